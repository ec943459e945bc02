import type { Http } from './http';
import { readWarning, type Warning } from './queue';
import { count, type Json, list, number, object, oneOf, text } from './read';

/** Whose resource it is: the monitor's own, its server's, or what engines say of theirs. */
export const SOURCES = ['engine', 'host', 'self'] as const;
export type Source = (typeof SOURCES)[number];

/** Values of one resource over time. */
export interface Resource {
	readonly metric: string;
	readonly source: Source;
	/** Further labels, as in "process=worker". */
	readonly tags: readonly string[];
	/** Instants in ms since 1970 and values, in order. */
	readonly points: readonly (readonly [at: number, value: number])[];
}

export const HEALTHS = ['green', 'yellow', 'red'] as const;

/** Whether what is shown can be trusted. */
export interface Health {
	readonly status: (typeof HEALTHS)[number];
	/** Why it is not green, the worst first. */
	readonly reasons: readonly string[];
	readonly warnings: readonly Warning[];
	/** Worth knowing, and no warning. */
	readonly notes: readonly Warning[];
	/** Above which values warn, by metric; what is missing warns never. */
	readonly thresholds: Readonly<Record<string, number>>;
}

/** What one workflow used; null where no engine said it. */
export interface Consumer {
	readonly workflowId: string;
	readonly workflowName: string;
	readonly cpuPercent: number | null;
	readonly memoryMb: number | null;
	readonly sharePercent: number | null;
	readonly stepSeconds: number;
}

export const WINDOWS = ['5m', '1h'] as const;
export type Window = (typeof WINDOWS)[number];

export interface Consumers {
	/** The share is of CPU; else, where no engine said any, of the time in which steps ran. */
	readonly byCpu: boolean;
	readonly items: readonly Consumer[];
}

const BASE = '/api/monitoring/system';

export async function fetchResources(http: Http, start: number, end: number, signal?: AbortSignal): Promise<Resource[]> {
	const query = new URLSearchParams({ startTime: new Date(start).toISOString(), endTime: new Date(end).toISOString() });
	return list(object(await http.get(`${BASE}/metrics?${query}`, signal)).series).map(readResource);
}

export async function fetchHealth(http: Http, signal?: AbortSignal): Promise<Health> {
	return readHealth(await http.get(`${BASE}/health`, signal));
}

export async function fetchConsumers(http: Http, window: Window, signal?: AbortSignal): Promise<Consumers> {
	const o = object(await http.get(`${BASE}/consumers?window=${window}`, signal));
	return {
		byCpu: o.basis === 'cpu',
		items: list(o.items).map((item) => {
			const c = object(item);
			return {
				workflowId: text(c.workflowId),
				workflowName: text(c.workflowName),
				cpuPercent: number(c.cpuPercent),
				memoryMb: number(c.memoryMb),
				sharePercent: number(c.sharePercent),
				stepSeconds: count(c.stepSeconds),
			};
		}),
	};
}

export function readResource(raw: unknown): Resource {
	const o = object(raw);
	const { source, ...tags } = object(o.labels);
	return {
		metric: text(o.metric),
		source: oneOf(source, SOURCES, 'engine'),
		tags: Object.entries(tags as Json).map(([name, value]) => `${name}=${text(value)}`),
		points: list(o.points).flatMap((point) => {
			const [at, value] = list(point).map(number);
			return at == null || value == null ? [] : [[at, value] as const];
		}),
	};
}

export function readHealth(raw: unknown): Health {
	const o = object(raw);
	const thresholds = object(o.thresholds);
	const known = {
		'cpu.usage_percent': thresholds.cpuWarnPercent,
		'memory.usage_percent': thresholds.memWarnPercent,
		'disk.used_percent': thresholds.diskWarnPercent,
		'queue.depth': thresholds.queueWarnDepth,
	};
	return {
		status: oneOf(o.status, HEALTHS, 'red'),
		reasons: list(o.reasons).map(text),
		warnings: list(o.warnings).map(readWarning),
		notes: list(o.notes).map(readWarning),
		thresholds: Object.fromEntries(
			Object.entries(known).flatMap(([metric, value]) => {
				const n = number(value);
				return n === null ? [] : [[metric, n]];
			}),
		),
	};
}
