import { offsetAt, parseLocal, serializeInstant } from './localtime';

export const RANGES = ['1h', '24h', '7d', '30d', 'month', 'custom'] as const;
export type RangeName = (typeof RANGES)[number];

/** A stretch of time as somebody chose it: by a name that moves with the clock, or by two ends. */
export interface Range {
	readonly name: RangeName;
	/** Ends of 'custom' in ms since 1970, both inclusive; null of any other. */
	readonly from: number | null;
	readonly to: number | null;
}

export interface Bounds {
	/** Milliseconds since 1970, both inclusive. */
	readonly start: number;
	readonly end: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const LENGTHS: Readonly<Partial<Record<RangeName, number>>> = { '1h': HOUR, '24h': DAY, '7d': 7 * DAY, '30d': 30 * DAY };

export function named(name: RangeName): Range {
	return { name, from: null, to: null };
}

/** Reads a query string. A custom range without two ends in order, or an unknown name, is the one that stands in. */
export function parseRange(search: string, otherwise: RangeName): Range {
	const query = new URLSearchParams(search);
	const name = RANGES.find((one) => one === query.get('range'));
	if (name === undefined) return named(otherwise);
	if (name !== 'custom') return named(name);
	const [from, to] = [parseLocal(query.get('from')), parseLocal(query.get('to'))];
	return from === null || to === null || to < from ? named(otherwise) : { name, from, to };
}

/** Writes a range as a query string without '?', also the usual one: somebody chose it, and a link to it means it. Keys it does not own are kept from former. */
export function serializeRange(range: Range, former = ''): string {
	const query = new URLSearchParams(former);
	const set = (key: string, value: string) => (value === '' ? query.delete(key) : query.set(key, value));
	set('range', range.name);
	set('from', range.from === null ? '' : serializeInstant(range.from));
	set('to', range.to === null ? '' : serializeInstant(range.to));
	return query.toString().replaceAll('%3A', ':');
}

/** The ends of a range at an instant. 'month' is the calendar month so far, in the office's zone. */
export function bounds(range: Range, now: number): Bounds {
	if (range.from !== null && range.to !== null) return { start: range.from, end: range.to };
	const length = LENGTHS[range.name];
	return { start: length === undefined ? monthStart(now) : now - length, end: now };
}

/** The stretch of the same length just before, to compare with. */
export function before({ start, end }: Bounds): Bounds {
	return { start: start - (end - start) - 1, end: start - 1 };
}

/** The bucket that draws a stretch with a readable number of points. */
export function bucketOf({ start, end }: Bounds): '1h' | '1d' | '1w' {
	const length = end - start;
	if (length <= 3 * DAY) return '1h';
	return length <= 120 * DAY ? '1d' : '1w';
}

function monthStart(now: number): number {
	const wall = new Date(now + offsetAt(now));
	const day = new Date(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), 1)).toISOString().slice(0, 10);
	return parseLocal(day) ?? now;
}
