/** Conversion between instants and wall-clock time in the office's zone, whatever zone the computer is set to. */

export const ZONE = 'Europe/Warsaw';

const parts = new Intl.DateTimeFormat('en-GB', {
	timeZone: ZONE,
	hourCycle: 'h23',
	year: 'numeric',
	month: '2-digit',
	day: '2-digit',
	hour: '2-digit',
	minute: '2-digit',
	second: '2-digit',
});

const MINUTE_MS = 60_000;
/** Zones change their offsets at whole quarters of an hour, so that one answer holds for all of a quarter. */
const QUARTER_MS = 900_000;
/** Most quarters that are remembered; then all are forgotten. */
const REMEMBERED_MAX = 4_096;
const remembered = new Map<number, number>();

/** The zone's distance from UTC at an instant, in ms; east is positive. */
export function offsetAt(ms: number): number {
	const quarter = Math.floor(ms / QUARTER_MS);
	let offset = remembered.get(quarter);
	if (offset === undefined) {
		offset = readOffset(quarter * QUARTER_MS);
		if (remembered.size >= REMEMBERED_MAX) remembered.clear();
		remembered.set(quarter, offset);
	}
	return offset;
}

function readOffset(ms: number): number {
	const p: Record<string, number> = {};
	for (const { type, value } of parts.formatToParts(ms)) p[type] = Number(value);
	const wall = Date.UTC(p.year ?? 0, (p.month ?? 1) - 1, p.day ?? 1, p.hour ?? 0, p.minute ?? 0, p.second ?? 0);
	return wall - Math.floor(ms / 1000) * 1000;
}

/** The number of the local day since 1970: instants of one local day have the same. */
export function localDay(ms: number): number {
	return Math.floor((ms + offsetAt(ms)) / 86_400_000);
}

/** Reads "2026-11-23T08:00" as local time, a bare date as its midnight, or a time with an explicit offset. Null if it is none. */
export function parseLocal(value: string | null): number | null {
	if (value === null || value === '') return null;
	if (/(Z|[+-]\d\d:\d\d)$/.test(value) && value.includes('T')) {
		const ms = Date.parse(value);
		return Number.isNaN(ms) ? null : ms;
	}
	const wall = Date.parse(`${value.includes('T') ? value : `${value}T00:00`}Z`);
	if (Number.isNaN(wall)) return null;
	// The offset is that of the instant itself, which is not known yet: the second look corrects the first near a change of clocks.
	const guess = wall - offsetAt(wall);
	return wall - offsetAt(guess);
}

/** Writes an instant for an address: as local time, with its offset where that alone would mean another hour, in the night when clocks go back. */
export function serializeInstant(ms: number): string {
	const local = serializeLocal(ms);
	if (parseLocal(local) === Math.floor(ms / MINUTE_MS) * MINUTE_MS) return local;
	return `${local}+${new Date(offsetAt(ms)).toISOString().slice(11, 16)}`;
}

/** Writes an instant as local time to the minute, the form of datetime-local inputs. */
export function serializeLocal(ms: number): string {
	return new Date(ms + offsetAt(ms)).toISOString().slice(0, 16);
}
