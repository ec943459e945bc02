import { type Execution, type Priority, readExecution, readWish, type Wish } from './execution';
import type { Http } from './http';
import { count, instant, list, number, object, optionalText, text } from './read';

/** The queue now. Lengths are in seconds, rates in executions a minute; null is unknown. */
export interface Queue {
	readonly pending: number;
	readonly processing: number;
	readonly byPriority: Readonly<Record<Priority, number>>;
	/** The execution that waits longest; null when none does, or it is not shown to the viewer. */
	readonly oldest: { readonly executionId: string; readonly workflowName: string; readonly queuedAt: number } | null;
	/** Of the executions that started in the last hour. */
	readonly wait: number | null;
	/** Of those that wait. */
	readonly currentWait: number | null;
	/** Of the last minute, and of the last quarter of an hour. */
	readonly rate: number;
	readonly rate15: number;
	/** Until it is empty at the rate of the last quarter of an hour if nothing came. */
	readonly clearance: number | null;
	readonly warning: Warning | null;
	/** Above which there is a warning; null: not told. */
	readonly warnDepth: number | null;
	/** How many deadlines raise. */
	readonly raised: number;
}

/** A threshold that was passed. */
export interface Warning {
	readonly code: string;
	readonly message: string;
	readonly value: number | null;
	readonly threshold: number | null;
	/** Whose value it is; '' where there is only one. */
	readonly source: string;
}

/** One of the queue, in the order in which Flowwatch would take it. */
export interface Queued {
	readonly execution: Execution;
	/** From 1. */
	readonly position: number;
	/** The deadline that raises it, in words; null: none does. */
	readonly boost: string | null;
	/** Who forbade that deadlines raise it; null: nobody. */
	readonly forbiddenBy: string | null;
	readonly wish: Wish | null;
}

const BASE = '/api/monitoring/queue';
/** Most runs that are listed: the server has no further pages. */
export const QUEUED_MAX = 100;

export async function fetchQueue(http: Http, signal?: AbortSignal): Promise<Queue> {
	return readQueue(await http.get(BASE, signal));
}

/** The first of the queue, in order. */
export async function fetchQueued(http: Http, now: number, signal?: AbortSignal): Promise<Queued[]> {
	const o = object(await http.get(`${BASE}/next?limit=${QUEUED_MAX}`, signal));
	return list(o.items).map((item) => readQueued(item, now));
}

/** How many waited at about an instant; null: nobody noted it. */
export async function fetchDepthAt(http: Http, at: number, signal?: AbortSignal): Promise<number | null> {
	const query = new URLSearchParams({
		start: new Date(at - NOTED_EVERY_MS).toISOString(),
		end: new Date(at).toISOString(),
		limit: '1',
	});
	const [newest] = list(object(await http.get(`${BASE}/history?${query}`, signal)).items);
	return newest === undefined ? null : number(object(newest).pendingCount);
}

/** The queue is noted at least this often, in ms. */
const NOTED_EVERY_MS = 75_000;

export interface Depths {
	/** Starts of buckets, in ms since 1970. */
	readonly times: readonly number[];
	/** The most that waited in each; null: not noted. */
	readonly depths: readonly (number | null)[];
}

const BUCKET_MS = 300_000;

/** How deep the queue was, at its worst in each five minutes; what was not noted is a gap. */
export async function fetchDepths(http: Http, start: number, end: number, signal?: AbortSignal): Promise<Depths> {
	const query = new URLSearchParams({
		metricTypes: 'queue.pending',
		aggregation: 'max',
		interval: '5m',
		startTime: new Date(start).toISOString(),
		endTime: new Date(end).toISOString(),
	});
	const series = list(object(await http.get(`/api/monitoring/metrics?${query}`, signal)).series);
	const known = new Map(
		list(object(series[0]).points).flatMap((point) => {
			const [at, value] = list(point).map(number);
			return at == null || value == null ? [] : [[at, value] as const];
		}),
	);
	const first = Math.floor(start / BUCKET_MS) * BUCKET_MS;
	const times = Array.from({ length: Math.floor((end - first) / BUCKET_MS) + 1 }, (_, n) => first + n * BUCKET_MS);
	return { times, depths: times.map((at) => known.get(at) ?? null) };
}

/** Wishes that an execution have a high priority. The engine decides. */
export async function prioritise(http: Http, id: string): Promise<void> {
	await http.post(`${BASE}/executions/${encodeURIComponent(id)}/priority`, { priority: 'HIGH' });
}

/** Says whether deadlines may raise an execution. */
export async function allowBoost(http: Http, id: string, allowed: boolean): Promise<void> {
	await http.post(`${BASE}/executions/${encodeURIComponent(id)}/boost`, { allowed });
}

export function readQueue(raw: unknown): Queue {
	const o = object(raw);
	const by = object(o.pendingByPriority);
	const oldest = object(o.oldestExecution);
	return {
		pending: count(o.pendingCount),
		processing: count(o.processingCount),
		byPriority: { HIGH: count(by.HIGH), NORMAL: count(by.NORMAL), LOW: count(by.LOW) },
		oldest:
			o.oldestExecution == null
				? null
				: {
						executionId: text(oldest.executionId),
						workflowName: text(oldest.workflowName),
						queuedAt: instant(oldest.queuedAt) ?? 0,
					},
		wait: count(o.waitSampleSize) === 0 ? null : number(o.averageWaitSeconds),
		currentWait: number(o.currentAverageWaitSeconds),
		rate: count(o.processingRatePerMinute),
		rate15: count(o.processingRate15m),
		clearance: number(o.estimatedClearanceSeconds),
		warning: o.warning == null ? null : readWarning(o.warning),
		warnDepth: number(o.warnDepth),
		raised: count(o.raisedCount),
	};
}

export function readWarning(raw: unknown): Warning {
	const o = object(raw);
	return {
		code: text(o.code),
		message: text(o.message),
		value: number(o.value),
		threshold: number(o.threshold),
		source: text(o.source),
	};
}

export function readQueued(raw: unknown, now: number): Queued {
	const o = object(raw);
	return {
		execution: readExecution(o, now),
		position: count(o.position),
		boost: optionalText(o.boostReason),
		forbiddenBy: o.boostForbidden == null ? null : text(object(object(o.boostForbidden).by).name),
		wish: readWish(o.priorityRequest),
	};
}
