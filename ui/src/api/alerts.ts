import { type Delivery, readDelivery } from './deliveries';
import type { Http } from './http';
import { count, instant, list, number, object, oneOf, optionalText, text } from './read';
import { type Rule, readRule } from './rules';
import { SEVERITIES, type Severity } from './severity';

export const ALERT_STATUSES = ['active', 'escalated', 'acknowledged', 'resolved'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

/** What somebody wrote with an action. */
export interface Remark {
	/** What who wrote it was called then; null: not kept. */
	readonly by: string | null;
	readonly at: number | null;
	readonly text: string;
}

/** Something that deserves somebody's attention. Times are in ms since 1970. */
export interface Alert {
	readonly id: string;
	readonly ruleId: string;
	readonly ruleName: string;
	readonly workflowId: string | null;
	readonly workflowName: string | null;
	readonly executionId: string | null;
	readonly severity: Severity;
	readonly message: string;
	readonly status: AlertStatus;
	/** How often it happened while it was open. */
	readonly count: number;
	readonly suppressed: number;
	readonly late: boolean;
	/** The error that it is about, masked; null when there is none. */
	readonly error: string | null;
	readonly step: string | null;
	readonly triggeredAt: number;
	readonly lastSeenAt: number | null;
	readonly acknowledgedBy: string | null;
	readonly acknowledgedById: string | null;
	readonly acknowledgedAt: number | null;
	readonly escalatedAt: number | null;
	readonly escalationLevel: number;
	readonly nextEscalationAt: number | null;
	readonly resolvedBy: string | null;
	/** "system": nobody did it. */
	readonly resolvedById: string | null;
	readonly resolvedAt: number | null;
	readonly resolvedWhy: string;
	readonly remarks: readonly Remark[];
	readonly deliveries: readonly Delivery[];
	readonly seq: number;
}

/** An alert with the rule as it was when it was raised. */
export interface AlertDetail {
	readonly alert: Alert;
	readonly rule: Rule | null;
}

export function readAlert(raw: unknown): Alert {
	const o = object(raw);
	const context = object(o.context);
	return {
		id: text(o.id),
		ruleId: text(o.alertId),
		ruleName: text(o.alertName),
		workflowId: optionalText(o.workflowId),
		workflowName: optionalText(o.workflowName),
		executionId: optionalText(o.executionId),
		severity: oneOf(o.severity, SEVERITIES, 'warning'),
		message: text(o.message),
		status: oneOf(o.status, ALERT_STATUSES, 'active'),
		count: number(o.count) ?? 1,
		suppressed: count(o.suppressedCount),
		late: o.late === true,
		error: optionalText(context.error),
		step: optionalText(context.step),
		triggeredAt: instant(o.triggeredAt) ?? 0,
		lastSeenAt: instant(o.lastSeenAt),
		acknowledgedById: optionalText(o.acknowledgedBy),
		acknowledgedBy: optionalText(o.acknowledgedByName) ?? optionalText(o.acknowledgedBy),
		acknowledgedAt: instant(o.acknowledgedAt),
		escalatedAt: instant(o.escalatedAt),
		escalationLevel: count(o.escalationLevel),
		nextEscalationAt: instant(o.nextEscalationAt),
		resolvedById: optionalText(o.resolvedBy),
		resolvedBy: optionalText(o.resolvedByName) ?? optionalText(o.resolvedBy),
		resolvedAt: instant(o.resolvedAt),
		resolvedWhy: text(o.resolvedWhy),
		remarks: list(o.comments).map((item) => {
			const c = object(item);
			return { by: optionalText(c.byName), at: instant(c.at), text: text(c.text) };
		}),
		deliveries: list(o.deliveries).map(readDelivery),
		seq: count(o.seq),
	};
}

/** What a list of alerts is narrowed to; empty = all. */
export interface AlertFilter {
	readonly status: readonly AlertStatus[];
	readonly severity: readonly Severity[];
	readonly workflow: string;
	/** Of the trigger, ms since 1970, both inclusive; null = open. */
	readonly from: number | null;
	readonly to: number | null;
}

export interface AlertPage {
	readonly items: readonly Alert[];
	readonly next: string | null;
}

const BASE = '/api/monitoring/alert-history';

/** A page of alerts, newest first. It may be empty and have a next one. */
export async function fetchAlerts(
	http: Http,
	filter: Partial<AlertFilter> & { readonly execution?: string },
	cursor: string | null,
	signal?: AbortSignal,
	limit = 50,
): Promise<AlertPage> {
	const query = new URLSearchParams({ limit: String(limit) });
	for (const status of filter.status ?? []) query.append('status', status);
	for (const severity of filter.severity ?? []) query.append('severity', severity);
	if (filter.workflow) query.set('workflowId', filter.workflow);
	if (filter.execution) query.set('executionId', filter.execution);
	if (filter.from != null) query.set('from', new Date(filter.from).toISOString());
	if (filter.to != null) query.set('to', new Date(filter.to).toISOString());
	if (cursor !== null) query.set('cursor', cursor);
	const o = object(await http.get(`${BASE}?${query}`, signal));
	return { items: list(o.items).map(readAlert), next: optionalText(o.nextCursor) };
}

/** Most pages that are read of the alerts that are open: 2,000 alerts. */
const OPEN_PAGES_MAX = 20;

/** All alerts that are not resolved, newest first. */
export async function fetchOpenAlerts(http: Http, signal?: AbortSignal): Promise<Alert[]> {
	const all: Alert[] = [];
	let cursor: string | null = null;
	for (let page = 0; page < OPEN_PAGES_MAX; page++) {
		const { items, next }: AlertPage = await fetchAlerts(
			http,
			{ status: ['active', 'escalated', 'acknowledged'] },
			cursor,
			signal,
			100,
		);
		all.push(...items);
		cursor = next;
		if (cursor === null) break;
	}
	return all;
}

export async function fetchAlert(http: Http, id: string, signal?: AbortSignal): Promise<AlertDetail> {
	const raw = object(await http.get(`${BASE}/${encodeURIComponent(id)}`, signal));
	return { alert: readAlert(raw), rule: raw.rule == null ? null : readRule(raw.rule) };
}

export const ALERT_ACTIONS = ['acknowledge', 'escalate', 'resolve'] as const;
export type AlertAction = (typeof ALERT_ACTIONS)[number];

export async function actOnAlert(http: Http, id: string, action: AlertAction, comment: string): Promise<Alert> {
	const body = comment.trim() === '' ? {} : { comment: comment.trim() };
	return readAlert(await http.post(`${BASE}/${encodeURIComponent(id)}/${action}`, body));
}
