import { list, number, object, optionalText, text } from '../api/read';

/** Frames of the protocol flowwatch.v1, as far as the page uses them. */

export const PROTOCOL = 'flowwatch.v1';
export const LIVE_PATH = '/api/monitoring/ws';

/** Topics of which each frame tells the whole: the queue's numbers, values of resources. */
export const WHOLE_TOPICS = ['queue_status', 'metrics_stream'] as const;
export type WholeTopic = (typeof WHOLE_TOPICS)[number];

export type Topic = 'execution_updates' | 'step_updates' | 'alerts' | WholeTopic;

export interface Interest {
	readonly topic: Topic;
	readonly executionId?: string;
	/** Ask for the present state before the changes. */
	readonly snapshot: boolean;
}

/** Where a connection stood in the organisation's history. */
export interface Position {
	readonly epoch: string;
	readonly seq: number;
}

export type Frame =
	| { readonly kind: 'hello'; readonly serverTime: number | null; readonly build: string | null }
	| {
			readonly kind: 'ack';
			readonly id: number;
			readonly subscriptionId: number | null;
			readonly position: Position | null;
			readonly mode: string;
			/** False when changes since the named position were lost; null when no position was named. */
			readonly recovered: boolean | null;
	  }
	| { readonly kind: 'error'; readonly id: number | null; readonly code: string }
	| {
			readonly kind: 'snapshot';
			readonly subscriptionId: number;
			readonly asOf: number;
			readonly items: readonly unknown[];
			readonly more: boolean;
	  }
	| { readonly kind: 'execution'; readonly seq: number; readonly data: unknown }
	| { readonly kind: 'step'; readonly seq: number; readonly data: unknown }
	/** fresh: it was raised now. */
	| { readonly kind: 'alert'; readonly seq: number; readonly fresh: boolean; readonly data: unknown }
	| { readonly kind: 'whole'; readonly topic: WholeTopic; readonly data: unknown }
	| { readonly kind: 'heartbeat'; readonly seq: number; readonly serverTime: number | null }
	/** Changes were lost. erased: something that was shown must not be shown any more. */
	| { readonly kind: 'resync'; readonly erased: boolean }
	| { readonly kind: 'goaway'; readonly reconnectAfterMs: readonly [number, number] }
	| { readonly kind: 'other' };

const OTHER: Frame = { kind: 'other' };

/** Reads one frame. What is unknown or broken is `other`: a newer server may say more. */
export function readFrame(raw: string): Frame {
	let parsed: unknown;
	try {
		parsed = JSON.parse(raw);
	} catch {
		return OTHER;
	}
	const o = object(parsed);
	const data = object(o.data);
	switch (o.event) {
		case 'hello':
			return { kind: 'hello', serverTime: readTime(data.serverTime), build: optionalText(data.buildId) };
		case 'ack':
			return readAck(number(o.id) ?? -1, data);
		case 'error':
			return { kind: 'error', id: number(o.id), code: text(object(o.error).code) };
		case 'snapshot':
			return {
				kind: 'snapshot',
				subscriptionId: number(data.subscriptionId) ?? -1,
				asOf: number(data.asOf) ?? 0,
				items: list(data.items),
				more: data.more === true,
			};
		case 'execution:update':
			return { kind: 'execution', seq: number(o.seq) ?? 0, data };
		case 'step:update':
			return { kind: 'step', seq: number(o.seq) ?? 0, data };
		case 'alert:triggered':
		case 'alert:update':
			return { kind: 'alert', seq: number(o.seq) ?? 0, fresh: o.event === 'alert:triggered', data };
		case 'queue:update':
			return { kind: 'whole', topic: 'queue_status', data };
		case 'metrics:update':
			return { kind: 'whole', topic: 'metrics_stream', data };
		case 'heartbeat':
			return { kind: 'heartbeat', seq: number(data.seq) ?? 0, serverTime: readTime(data.ts) };
		case 'resync':
			return { kind: 'resync', erased: data.reason === 'erased' };
		case 'goaway':
			return { kind: 'goaway', reconnectAfterMs: readWindow(data.reconnectAfterMs) };
		default:
			return OTHER;
	}
}

function readAck(id: number, data: Readonly<Record<string, unknown>>): Frame {
	const epoch = optionalText(data.epoch);
	const seq = number(data.seq);
	return {
		kind: 'ack',
		id,
		subscriptionId: number(data.subscriptionId),
		position: epoch !== null && seq !== null ? { epoch, seq } : null,
		mode: text(data.mode),
		recovered: typeof data.recovered === 'boolean' ? data.recovered : null,
	};
}

function readTime(value: unknown): number | null {
	if (typeof value === 'number') return value;
	const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
	return Number.isNaN(ms) ? null : ms;
}

function readWindow(value: unknown): readonly [number, number] {
	const [low, high] = list(value).map(number);
	return [low ?? 200, high ?? 5_000];
}
