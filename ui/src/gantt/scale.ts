import type { Timeline, TimelineRow } from '../api/timeline';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Distances between marks that people read easily, in ms. */
const STEPS = [
	...[1, 2, 5, 10, 20, 50, 100, 200, 500],
	...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
	...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
	...[1, 2, 3, 6, 12].map((n) => n * HOUR),
	...[1, 2, 7, 14, 28, 91, 182, 364].map((n) => n * DAY),
];
const MARKS_MAX = 5;

/** The part of time that a chart shows, in ms from the execution's start. */
export interface Scale {
	readonly from: number;
	readonly to: number;
}

/** Everything that the timeline knows of: also what began before the execution or outlived it. */
export function scaleOf(timeline: Timeline): Scale {
	let from = 0;
	let to = timeline.totalMs ?? 0;
	for (const row of timeline.rows) {
		if (row.startMs === null) continue;
		from = Math.min(from, row.startMs);
		to = Math.max(to, row.startMs + (row.durationMs ?? 0));
	}
	return { from, to: Math.max(to, from + 1) };
}

/** Where a time stands, in percent of the chart's width. */
export function place(scale: Scale, ms: number): number {
	const percent = ((ms - scale.from) / (scale.to - scale.from)) * 100;
	return Math.min(100, Math.max(0, percent));
}

/** How wide a length of time is, in percent. */
export function width(scale: Scale, ms: number): number {
	return Math.min(100, Math.max(0, (ms / (scale.to - scale.from)) * 100));
}

/** The times to mark, few and round. */
export function marks(scale: Scale): number[] {
	const length = scale.to - scale.from;
	const last = STEPS[STEPS.length - 1] ?? DAY;
	const step = STEPS.find((one) => length / one <= MARKS_MAX) ?? Math.ceil(length / MARKS_MAX / last) * last;
	const out: number[] = [];
	for (let at = Math.ceil(scale.from / step) * step; at <= scale.to; at += step) out.push(at === 0 ? 0 : at);
	return out;
}

/** The timeline as it is some ms after it was drawn: what runs goes on. */
export function grown(timeline: Timeline, ms: number): Timeline {
	if (ms <= 0 || timeline.runsAt === null) return timeline;
	const more = (value: number | null) => (value === null ? null : value + ms);
	return {
		...timeline,
		totalMs: more(timeline.totalMs),
		stepsMs: timeline.stepsMs + ms * timeline.rows.filter(isOpen).length,
		activeMs: timeline.status === 'waiting' ? timeline.activeMs : more(timeline.activeMs),
		rows: timeline.rows.map((row) =>
			isOpen(row) ? { ...row, durationMs: more(row.durationMs), attempts: growLast(row, ms) } : row,
		),
	};
}

export function isOpen(row: TimelineRow): boolean {
	return row.startMs !== null && (row.status === 'running' || row.status === 'retrying');
}

function growLast(row: TimelineRow, ms: number): TimelineRow['attempts'] {
	return row.attempts.map((one, i) => (i === row.attempts.length - 1 ? { ...one, durationMs: one.durationMs + ms } : one));
}
