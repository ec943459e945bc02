import type { Bounds } from '../url/range';
import { STATUSES, type Status } from './execution';
import type { Http } from './http';
import { count, instant, list, number, object, oneOf, optionalText, text, texts } from './read';

export const HEALTHS = ['failing', 'degraded', 'healthy', 'unknown'] as const;
export type Health = (typeof HEALTHS)[number];

/** What executions amounted to. Rates are percent, durations ms; null: there is nothing to tell it from. */
export interface RunNumbers {
	readonly total: number;
	readonly completed: number;
	readonly failed: number;
	readonly successRate: number | null;
	readonly p95: number | null;
}

export interface Schedule {
	readonly cron: string;
	readonly graceMinutes: number;
	readonly workingDaysOnly: boolean;
}

export interface Workflow {
	readonly id: string;
	readonly name: string;
	readonly version: string;
	/** When the version took the place of another. */
	readonly versionSince: number | null;
	readonly state: 'draft' | 'active' | 'paused' | 'archived';
	readonly health: Health;
	/** Executions that are in each state now. */
	readonly pending: number;
	readonly running: number;
	readonly waiting: number;
	/** Statuses of the newest executions, oldest first. */
	readonly results: readonly Status[];
	readonly last: {
		readonly id: string;
		readonly status: Status;
		readonly startedAt: number | null;
		readonly error: string | null;
	} | null;
	readonly nextRunAt: number | null;
	/** Today, the last seven days, and the four weeks before them; null where they were not asked for. */
	readonly today: RunNumbers | null;
	readonly week: RunNumbers | null;
	readonly usual: RunNumbers | null;
	readonly degraded: boolean;
	readonly owner: string;
	readonly instruction: string;
	readonly executionUrl: string;
	readonly schedule: Schedule | null;
	readonly tags: readonly string[];
}

const BASE = '/api/monitoring/workflows';

/** The workflows of the organisation, or only that of an id, with what they amounted to lately, by name in Polish order. */
export async function fetchWorkflowList(http: Http, id: string | null, signal?: AbortSignal): Promise<Workflow[]> {
	const query = new URLSearchParams({ numbers: 'true' });
	if (id !== null) query.set('workflowId', id);
	const o = object(await http.get(`${BASE}?${query}`, signal));
	return list(o.items)
		.map(readWorkflow)
		.filter((one) => one.id !== '')
		.sort((a, b) => a.name.localeCompare(b.name, 'pl') || a.id.localeCompare(b.id));
}

export function readWorkflow(raw: unknown): Workflow {
	const o = object(raw);
	const [counts, numbers] = [object(o.countsByStatus), object(o.numbers)];
	const id = text(o.workflowId);
	return {
		id,
		name: optionalText(o.workflowName) ?? optionalText(o.name) ?? id,
		version: text(o.version),
		versionSince: instant(o.versionSince),
		state: oneOf(o.state, ['draft', 'active', 'paused', 'archived'], 'active'),
		health: oneOf(o.health, HEALTHS, 'unknown'),
		pending: count(counts.pending),
		running: count(counts.running),
		waiting: count(counts.waiting),
		results: texts(o.lastResults)
			.flatMap((one) => STATUSES.find((status) => status === one) ?? [])
			.reverse(),
		last: readLast(o.lastExecution),
		nextRunAt: instant(o.nextRunAt),
		today: readNumbers(numbers.today),
		week: readNumbers(numbers.week),
		usual: readNumbers(numbers.usual),
		degraded: numbers.degraded === true,
		owner: text(o.owner),
		instruction: text(o.instruction),
		executionUrl: text(o.executionUrl),
		schedule: readSchedule(o.schedule),
		tags: texts(o.tags),
	};
}

function readLast(raw: unknown): Workflow['last'] {
	const o = object(raw);
	const id = text(o.executionId);
	if (id === '') return null;
	return { id, status: oneOf(o.status, STATUSES, 'pending'), startedAt: instant(o.startedAt), error: optionalText(o.error) };
}

export function readSchedule(raw: unknown): Schedule | null {
	const o = object(raw);
	const cron = text(o.cron);
	return cron === '' ? null : { cron, graceMinutes: count(o.graceMinutes), workingDaysOnly: o.workingDaysOnly === true };
}

function readNumbers(raw: unknown): RunNumbers | null {
	if (typeof raw !== 'object' || raw === null) return null;
	const o = object(raw);
	return {
		total: count(o.total),
		completed: count(o.completed),
		failed: count(o.failed),
		successRate: number(o.successRate),
		p95: number(o.p95),
	};
}

/** The numbers of a stretch of time. What nothing can be told from is null. */
export interface Figures {
	readonly total: number;
	readonly completed: number;
	readonly failed: number;
	readonly finished: number;
	/** Executions with a duration: what the average and the percentiles are of. */
	readonly samples: number;
	readonly successRate: number | null;
	readonly averageDuration: number | null;
	readonly p50: number | null;
	readonly p95: number | null;
	readonly p99: number | null;
}

export interface WorkflowMetrics {
	readonly name: string;
	readonly now: Figures;
	/** Those of the stretch of the same length before. */
	readonly former: Figures;
}

export async function fetchMetrics(http: Http, id: string, bounds: Bounds, signal?: AbortSignal): Promise<WorkflowMetrics> {
	const query = rangeQuery(bounds);
	query.set('compare', 'previous');
	const o = object(await http.get(`${pathOf(id)}/metrics?${query}`, signal));
	return { name: optionalText(o.workflowName) ?? id, now: readFigures(o), former: readFigures(o.previous) };
}

function readFigures(raw: unknown): Figures {
	const o = object(raw);
	const percentiles = object(o.percentiles);
	const [finished, samples] = [count(o.finishedExecutions), count(o.sampleSize)];
	// The server answers 0 where there is nothing, for the sake of old programs.
	const known = (value: unknown, of: number) => (of === 0 ? null : number(value));
	return {
		total: count(o.totalExecutions),
		completed: count(o.successfulExecutions),
		failed: count(o.failedExecutions),
		finished,
		samples,
		successRate: known(o.successRate, finished),
		averageDuration: known(o.averageDuration, samples),
		p50: known(percentiles.p50, samples),
		p95: known(percentiles.p95, samples),
		p99: known(percentiles.p99, samples),
	};
}

export const BUCKETS = ['hour', 'day', 'week'] as const;
export type Bucket = (typeof BUCKETS)[number];

const INTERVALS: Readonly<Record<Bucket, string>> = { hour: '1h', day: '1d', week: '1w' };

/** Hours and what is shorter are of UTC, days and weeks of the office's calendar. */
export interface TrendPoint extends RunNumbers {
	readonly start: number;
	/** The next one's start. */
	readonly end: number;
	readonly averageDuration: number | null;
	readonly p50: number | null;
	readonly p99: number | null;
}

/** The last week against the four before it. */
export interface Degradation {
	readonly degraded: boolean;
	readonly since: number | null;
	readonly p95ChangePercent: number | null;
	readonly successChangePoints: number | null;
	readonly samples: number;
	readonly baselineSamples: number;
}

export interface Trend {
	readonly points: readonly TrendPoint[];
	/** Null of all workflows together. */
	readonly degradation: Degradation | null;
}

/** The numbers bucket by bucket, empty ones too; of all workflows together where id is null. */
export async function fetchTrend(
	http: Http,
	id: string | null,
	bounds: Bounds,
	bucket: Bucket,
	signal?: AbortSignal,
): Promise<Trend> {
	const query = rangeQuery(bounds);
	query.set('interval', INTERVALS[bucket]);
	const o = object(await http.get(`${id === null ? '/api/monitoring' : pathOf(id)}/trend?${query}`, signal));
	return { points: list(o.points).map(readPoint), degradation: readDegradation(o.degradation) };
}

function readPoint(raw: unknown): TrendPoint {
	const o = object(raw);
	return {
		start: instant(o.start) ?? 0,
		end: instant(o.end) ?? 0,
		total: count(o.total),
		completed: count(o.completed),
		failed: count(o.failed),
		successRate: number(o.successRate),
		averageDuration: number(o.averageDuration),
		p50: number(o.p50),
		p95: number(o.p95),
		p99: number(o.p99),
	};
}

function readDegradation(raw: unknown): Degradation | null {
	if (typeof raw !== 'object' || raw === null) return null;
	const o = object(raw);
	return {
		degraded: o.degraded === true,
		since: instant(o.since),
		p95ChangePercent: number(o.p95ChangePercent),
		successChangePoints: number(o.successChangePoints),
		samples: count(o.samples),
		baselineSamples: count(o.baselineSamples),
	};
}

/** What one step took over all runs of a stretch. Durations are ms. */
export interface Bottleneck {
	readonly id: string;
	readonly name: string;
	/** Runs in which it ended. */
	readonly count: number;
	readonly average: number;
	readonly p95: number;
	readonly wait: number;
	/** Tries that failed. */
	readonly failures: number;
	/** Percent of what all steps took together. */
	readonly share: number;
	/** Percent by which it was longer than in the stretch before; null: too little to compare with. */
	readonly deviation: number | null;
}

export interface Bottlenecks {
	readonly items: readonly Bottleneck[];
	readonly runs: number;
	readonly capped: boolean;
}

/** The steps of a workflow, the greatest share first. */
export async function fetchBottlenecks(http: Http, id: string, bounds: Bounds, signal?: AbortSignal): Promise<Bottlenecks> {
	const o = object(await http.get(`${pathOf(id)}/bottlenecks?${rangeQuery(bounds)}`, signal));
	return { items: list(o.items).map(readBottleneck), runs: count(o.runs), capped: o.runsCapped === true };
}

function readBottleneck(raw: unknown): Bottleneck {
	const o = object(raw);
	const id = text(o.stepId);
	return {
		id,
		name: optionalText(o.name) ?? id,
		count: count(o.count),
		average: count(o.averageDuration),
		p95: count(o.p95),
		wait: count(o.waitAverage),
		failures: count(o.failures),
		share: count(o.shareOfTotal),
		deviation: number(o.deviationPercent),
	};
}

/** Address of a workflow's numbers as a file. */
export function exportPath(id: string, bounds: Bounds, format: 'csv' | 'json', language: string): string {
	const query = rangeQuery(bounds);
	query.set('format', format);
	query.set('locale', language === 'pl' ? 'pl' : 'C');
	return `${pathOf(id)}/export?${query}`;
}

function pathOf(id: string): string {
	return `${BASE}/${encodeURIComponent(id)}`;
}

function rangeQuery({ start, end }: Bounds): URLSearchParams {
	return new URLSearchParams({ start: new Date(start).toISOString(), end: new Date(end).toISOString() });
}
