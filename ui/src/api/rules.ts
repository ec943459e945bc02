import { CHANNELS, type ChannelType } from './deliveries';
import type { Http } from './http';
import { count, instant, type Json, list, number, object, oneOf, optionalText, text } from './read';
import { SEVERITIES, type Severity } from './severity';

export const RULE_TYPES = [
	'execution_failed',
	'consecutive_failures',
	'high_error_rate',
	'slow_execution',
	'execution_timeout',
	'queue_backlog',
	'resource_threshold',
	'custom',
] as const;
export type RuleType = (typeof RULE_TYPES)[number];

export const OPERATORS = ['gt', 'gte', 'lt', 'lte', 'eq', 'ne'] as const;
export type Operator = (typeof OPERATORS)[number];

export const TIME_UNITS = ['ms', 's', 'min', 'h'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/** One comparison; null where nothing is said. */
export interface Condition {
	readonly metric: string;
	readonly operator: Operator | null;
	readonly threshold: number | null;
	readonly unit: string;
	readonly windowMinutes: number | null;
	readonly consecutiveCount: number | null;
	readonly minSample: number | null;
}

export interface Channel {
	readonly type: ChannelType;
	/** As the server shows it, secrets masked; members that the page does not know stay. */
	readonly config: Json;
}

/** When somebody is to be told, and how. */
export interface Rule {
	readonly id: string;
	/** '' = all workflows. */
	readonly workflowId: string;
	readonly type: RuleType;
	readonly name: string;
	readonly conditions: readonly Condition[];
	readonly channels: readonly Channel[];
	readonly cooldownMinutes: number;
	readonly severity: Severity;
	readonly active: boolean;
	/** Its name when it ships with the product; '' otherwise. */
	readonly builtin: string;
	readonly createdAt: number | null;
	readonly version: number;
}

export function readRule(raw: unknown): Rule {
	const o = object(raw);
	return {
		id: text(o.id),
		workflowId: text(o.workflowId),
		type: oneOf(o.alertType, RULE_TYPES, 'custom'),
		name: text(o.alertName),
		conditions: list(o.conditions).map(readCondition),
		channels: list(o.notificationChannels).map((item) => {
			const c = object(item);
			return { type: oneOf(c.type, CHANNELS, 'in_app'), config: object(c.config) };
		}),
		cooldownMinutes: number(o.cooldownMinutes) ?? 15,
		severity: oneOf(o.severity, SEVERITIES, 'warning'),
		active: o.isActive === true,
		builtin: text(o.builtin),
		createdAt: instant(o.createdAt),
		version: count(o.version),
	};
}

function readCondition(raw: unknown): Condition {
	const c = object(raw);
	const operator = text(c.operator);
	return {
		metric: text(c.metric),
		operator: OPERATORS.find((one) => one === operator) ?? null,
		threshold: number(c.threshold),
		unit: text(c.unit),
		windowMinutes: number(c.timeWindowMinutes),
		consecutiveCount: number(c.consecutiveCount),
		minSample: number(c.minSample),
	};
}

/** A rule as it is sent. A number that is none is sent as it was written, so that the server refuses it. */
export interface RuleChange {
	readonly workflowId?: string | null;
	readonly alertType?: RuleType;
	readonly alertName?: string;
	readonly conditions?: readonly Json[];
	readonly notificationChannels?: readonly Channel[];
	readonly cooldownMinutes?: number | string;
	readonly severity?: Severity;
	readonly isActive?: boolean;
}

const BASE = '/api/monitoring/alerts';
const one = (id: string) => `${BASE}/${encodeURIComponent(id)}`;

export async function fetchRules(http: Http, signal?: AbortSignal): Promise<Rule[]> {
	return list(object(await http.get(BASE, signal)).items).map(readRule);
}

export async function fetchRule(http: Http, id: string, signal?: AbortSignal): Promise<Rule> {
	return readRule(await http.get(one(id), signal));
}

export async function createRule(http: Http, change: RuleChange): Promise<Rule> {
	return readRule(await http.post(BASE, change));
}

/** Changes the version of the rule that is known; another one is refused. */
export async function changeRule(http: Http, rule: Rule, change: RuleChange): Promise<Rule> {
	return readRule(await http.patch(one(rule.id), change, rule.version));
}

export async function deleteRule(http: Http, id: string): Promise<void> {
	await http.remove(one(id));
}

/** Sends a test message by each channel; answers the id by which the deliveries are known. */
export async function testRule(http: Http, id: string): Promise<string> {
	return text(object(await http.post(`${one(id)}/test`, {})).id);
}

/** When a rule would have raised an alert. */
export interface Backtest {
	readonly times: readonly number[];
	/** Executions that were looked at. */
	readonly runs: number;
	/** There were more; the newest were looked at. */
	readonly capped: boolean;
}

/** How long the server may go through the past, in ms. */
const BACKTEST_LIMIT_MS = 60_000;

export async function backtestRule(http: Http, rule: RuleChange, start: number, end: number): Promise<Backtest> {
	const body = { rule, start: new Date(start).toISOString(), end: new Date(end).toISOString() };
	const o = object(await http.post(`${BASE}/backtest`, body, undefined, BACKTEST_LIMIT_MS));
	return {
		times: list(o.wouldFire).flatMap((item) => instant(object(item).at) ?? []),
		runs: count(o.runs),
		capped: o.capped === true,
	};
}

const PRESETS = '/api/monitoring/alert-presets';

/** A rule that an office is offered. */
export interface Preset {
	readonly id: string;
	readonly rule: Rule;
}

/** The rules that are offered. */
export async function fetchPresets(http: Http, signal?: AbortSignal): Promise<Preset[]> {
	const o = object(await http.get(PRESETS, signal));
	return list(o.items).flatMap((item) => {
		const p = object(item);
		const id = optionalText(p.id);
		// What is for a workflow that the office does not have is no offer.
		if (id === null || p.available === false) return [];
		return [{ id, rule: { ...readRule(p.rule), workflowId: text(p.workflowId) } }];
	});
}
