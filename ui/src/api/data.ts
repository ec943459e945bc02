import { type Http, LONG_ANSWER_LIMIT_MS } from './http';
import { count, instant, list, object, text } from './read';

/** How long what is kept, in days. */
export interface RetentionPolicy {
	readonly stepDataDays: number;
	readonly rawMetricsDays: number;
	readonly executionsDays: number;
	readonly alertHistoryDays: number;
	readonly auditDays: number;
}

export const REMOVED = ['executions', 'stepData', 'points', 'seriesDays', 'queueSnapshots', 'auditEntries'] as const;

export interface RetentionRun {
	readonly startedAt: number | null;
	readonly finishedAt: number | null;
	readonly removed: Readonly<Record<(typeof REMOVED)[number], number>>;
	/** '' when it went well. */
	readonly error: string;
}

export interface RetentionState {
	readonly policy: RetentionPolicy;
	/** The latest clean-ups, newest first. */
	readonly runs: readonly RetentionRun[];
	readonly nextAt: number | null;
	/** What the next clean-up removes if nothing more is heard. */
	readonly due: { readonly executions: number; readonly stepData: number };
}

/** What an erasure is about: a client, or executions. */
export interface ErasureTarget {
	readonly clientRef: string;
	readonly executionIds: readonly string[];
}

export const ERASED = [
	'executions',
	'stepData',
	'filings',
	'clientRules',
	'auditDetails',
	'alerts',
	'messages',
	'views',
] as const;

/** The report of an erasure. It does not say whom it was about. */
export interface Erasure {
	readonly id: string;
	readonly running: boolean;
	readonly by: string;
	readonly requestedAt: number | null;
	readonly doneAt: number | null;
	readonly reason: string;
	readonly ofClient: boolean;
	readonly erased: Readonly<Record<(typeof ERASED)[number], number>>;
	/** What it did not reach, and until when that is there (null: unknown, or it stays and tells of no person). */
	readonly remains: readonly { readonly what: string; readonly where: string; readonly until: number | null }[];
}

const RETENTION = '/api/admin/retention';
const ERASURE = '/api/admin/erasure';

export async function fetchRetention(http: Http, signal?: AbortSignal): Promise<RetentionState> {
	const o = object(await http.get(RETENTION, signal));
	const policy = object(o.policy);
	const due = object(o.due);
	return {
		policy: {
			stepDataDays: count(policy.stepDataDays),
			rawMetricsDays: count(policy.rawMetricsDays),
			executionsDays: count(policy.executionsDays),
			alertHistoryDays: count(policy.alertHistoryDays),
			auditDays: count(policy.auditDays),
		},
		runs: list(o.runs).map(readRetentionRun),
		nextAt: instant(o.nextRunAt),
		due: { executions: count(due.executions), stepData: count(due.stepData) },
	};
}

/** Cleans up now. */
export async function runRetention(http: Http): Promise<RetentionRun> {
	return readRetentionRun(await http.post(`${RETENTION}/run`, {}, undefined, LONG_ANSWER_LIMIT_MS));
}

/** How many executions of a client there are, before they are erased. */
export async function countOfClient(http: Http, clientRef: string): Promise<number> {
	const query = new URLSearchParams({ clientRef, limit: '1' });
	const counts = object(object(await http.get(`/api/monitoring/executions?${query}`)).countsByStatus);
	return Object.values(counts).reduce<number>((sum, n) => sum + count(n), 0);
}

export async function erase(http: Http, target: ErasureTarget, reason: string): Promise<Erasure> {
	const what = target.clientRef === '' ? { executionIds: target.executionIds } : { clientRef: target.clientRef };
	return readErasure(await http.post(ERASURE, { ...what, reason }, undefined, LONG_ANSWER_LIMIT_MS));
}

/** Erasures, newest first. */
export async function fetchErasures(http: Http, signal?: AbortSignal): Promise<Erasure[]> {
	return list(object(await http.get(ERASURE, signal)).items).map(readErasure);
}

function readRetentionRun(raw: unknown): RetentionRun {
	const o = object(raw);
	return {
		startedAt: instant(o.startedAt),
		finishedAt: instant(o.finishedAt),
		removed: counts(o.removed, REMOVED),
		error: text(o.error),
	};
}

export function readErasure(raw: unknown): Erasure {
	const o = object(raw);
	return {
		id: text(o.id),
		running: text(o.state) === 'running',
		by: text(object(o.requestedBy).name),
		requestedAt: instant(o.requestedAt),
		doneAt: instant(o.doneAt),
		reason: text(o.reason),
		ofClient: o.ofClient === true,
		erased: counts(o.erased, ERASED),
		remains: list(o.remains).map((item) => {
			const r = object(item);
			return { what: text(r.what), where: text(r.where), until: instant(r.until) };
		}),
	};
}

function counts<K extends string>(raw: unknown, names: readonly K[]): Readonly<Record<K, number>> {
	const o = object(raw);
	return Object.fromEntries(names.map((name) => [name, count(o[name])])) as Record<K, number>;
}
