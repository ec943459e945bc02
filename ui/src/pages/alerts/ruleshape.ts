import { type RuleType, TIME_UNITS } from '../../api/rules';
import type { Severity } from '../../api/severity';

/** What a condition of a type of rule asks for. */
export interface Shape {
	/** What can be compared; the first is the default. Empty: it goes without saying. */
	readonly metrics: readonly string[];
	readonly operators: 'all' | 'rising' | 'none';
	readonly threshold: boolean;
	/** minutes within which, or for how long; 'may': it can be left out. */
	readonly window: 'must' | 'may' | 'none';
	readonly consecutive: boolean;
	readonly sample: boolean;
	/** More than one condition can be said, all of which must be met. */
	readonly several: boolean;
	/** It is about executions of a workflow, so a workflow can be chosen, and the past can be tried. */
	readonly ofRuns: boolean;
}

const NOTHING: Shape = {
	metrics: [],
	operators: 'none',
	threshold: false,
	window: 'none',
	consecutive: false,
	sample: false,
	several: false,
	ofRuns: true,
};

export const SHAPES: Readonly<Record<RuleType, Shape>> = {
	execution_failed: NOTHING,
	consecutive_failures: { ...NOTHING, consecutive: true },
	high_error_rate: { ...NOTHING, metrics: ['errorRate'], operators: 'rising', threshold: true, window: 'must', sample: true },
	slow_execution: { ...NOTHING, metrics: ['duration'], operators: 'rising', threshold: true },
	execution_timeout: { ...NOTHING, threshold: true },
	queue_backlog: {
		...NOTHING,
		metrics: ['pending', 'oldestAgeSeconds'],
		operators: 'all',
		threshold: true,
		window: 'may',
		several: true,
		ofRuns: false,
	},
	resource_threshold: {
		...NOTHING,
		metrics: ['cpu', 'memory', 'disk', 'db_connections', 'queue_depth'],
		operators: 'all',
		threshold: true,
		window: 'may',
		several: true,
		ofRuns: false,
	},
	custom: {
		...NOTHING,
		metrics: ['duration', 'waitSeconds', 'progress', 'stepCount', 'failedSteps', 'retryCount', 'inputBytes', 'outputBytes'],
		operators: 'all',
		threshold: true,
		several: true,
	},
};

/** The names of metrics that the page has words for. */
export const KNOWN_METRICS = [
	'errorRate',
	'pending',
	'oldestAgeSeconds',
	'cpu',
	'memory',
	'disk',
	'db_connections',
	'queue_depth',
	'duration',
	'waitSeconds',
	'progress',
	'stepCount',
	'failedSteps',
	'retryCount',
	'inputBytes',
	'outputBytes',
] as const;
export type KnownMetric = (typeof KNOWN_METRICS)[number];

export const knownMetric = (name: string): KnownMetric | undefined => KNOWN_METRICS.find((one) => one === name);

/** The units in which a threshold can be said; of several the first is the default. */
export function unitsOf(type: RuleType, metric: string): readonly string[] {
	if (type === 'high_error_rate') return ['percent'];
	if (type === 'slow_execution' || type === 'execution_timeout') return ['min', 'h', 's', 'ms'];
	if (type === 'custom') return metric === 'duration' || metric === 'waitSeconds' ? ['min', 'h', 's', 'ms'] : [];
	if (type === 'queue_backlog') return metric === 'oldestAgeSeconds' ? ['s'] : [];
	if (type === 'resource_threshold') return isPercentage(metric) ? ['percent'] : [];
	return [];
}

/** The unit of a threshold that names none. */
export function impliedUnit(type: RuleType, metric: string): string {
	const units = unitsOf(type, metric);
	if (metric === 'waitSeconds') return 's';
	return units.some((unit) => TIME_UNITS.some((one) => one === unit)) && units.length > 1 ? 'ms' : (units[0] ?? '');
}

function isPercentage(metric: string): boolean {
	return ['cpu', 'memory', 'disk'].includes(metric) || metric.endsWith('percent');
}

/** The severity of a rule that says none. */
export function usualSeverity(type: RuleType): Severity {
	if (type === 'execution_failed') return 'error';
	return type === 'consecutive_failures' || type === 'high_error_rate' ? 'critical' : 'warning';
}
