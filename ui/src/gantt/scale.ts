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

/** A stretch of time in which nothing ran, in ms from the execution's start. */
export interface Gap {
	readonly from: number;
	readonly to: number;
}

/** The part of time that a chart shows, in ms from the execution's start. */
export interface Scale {
	readonly from: number;
	readonly to: number;
	/** Stretches that are drawn as narrow breaks, in their order and apart. */
	readonly folds: readonly Gap[];
}

/** How wide breaks are drawn: each so many percent, all together no more than so many. */
const BREAK_PERCENT = 3;
const BREAKS_PERCENT_MAX = 40;
/** Marks nearer to each other than this would write over one another, in percent. */
const MARK_PERCENT_MIN = 7;

/** Everything that the timeline knows of: also what began before the execution or outlived it. */
export function scaleOf(timeline: Timeline): Scale {
	let from = 0;
	let to = timeline.totalMs ?? 0;
	for (const row of timeline.rows) {
		if (row.startMs === null) continue;
		from = Math.min(from, row.startMs);
		to = Math.max(to, row.startMs + (row.durationMs ?? 0));
	}
	return { from, to: Math.max(to, from + 1), folds: [] };
}

/** A scale with breaks in it. Where it would show nothing else, nothing is folded. */
export function folded(scale: Scale, gaps: readonly Gap[]): Scale {
	const folds = gaps
		.map((gap) => ({ from: Math.max(gap.from, scale.from), to: Math.min(gap.to, scale.to) }))
		.filter((gap) => gap.to > gap.from);
	const next = { ...scale, folds };
	return shownMs(next) > 0 ? next : { ...scale, folds: [] };
}

/** How much time is drawn in proportion, in ms. */
function shownMs({ from, to, folds }: Scale): number {
	return folds.reduce((rest, fold) => rest - (fold.to - fold.from), to - from);
}

function breakPercent({ folds }: Scale): number {
	return folds.length === 0 ? 0 : Math.min(BREAK_PERCENT, BREAKS_PERCENT_MAX / folds.length);
}

/** Where a time stands, in percent of the chart's width. */
export function place(scale: Scale, ms: number): number {
	const { from, to, folds } = scale;
	const time = Math.min(to, Math.max(from, ms));
	const each = breakPercent(scale);
	let breaks = 0;
	let hidden = 0;
	for (const fold of folds) {
		if (time <= fold.from) break;
		const within = Math.min(time, fold.to) - fold.from;
		hidden += within;
		breaks += within / (fold.to - fold.from);
	}
	return ((time - from - hidden) / shownMs(scale)) * (100 - each * folds.length) + breaks * each;
}

/** The time that stands at a place. */
export function timeAt(scale: Scale, percent: number): number {
	let [low, high] = [scale.from, scale.to];
	while (high - low > 0.5) {
		const middle = (low + high) / 2;
		if (place(scale, middle) < percent) low = middle;
		else high = middle;
	}
	return Math.round((low + high) / 2);
}

/** How wide a stretch of time is, in percent; what lies outside has no width. */
export function width(scale: Scale, from: number, to: number): number {
	return Math.max(0, Number((place(scale, to) - place(scale, from)).toFixed(6)));
}

/** Whether a stretch lies before or after all that is shown. */
export function outside(scale: Scale, from: number, to: number): 'before' | 'after' | null {
	if (from >= scale.to) return 'after';
	return to < scale.from || (to === scale.from && to > from) ? 'before' : null;
}

/** The distance between marks, in ms. */
export function markStep(scale: Scale): number {
	const length = shownMs(scale);
	const last = STEPS[STEPS.length - 1] ?? DAY;
	return STEPS.find((one) => length / one <= MARKS_MAX) ?? Math.ceil(length / MARKS_MAX / last) * last;
}

/** The times to mark, few and round. */
export function marks(scale: Scale): number[] {
	const step = markStep(scale);
	const out: number[] = [];
	const mark = (from: number, to: number) => {
		for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
			const former = out.at(-1);
			if (former === undefined || place(scale, at) - place(scale, former) >= MARK_PERCENT_MIN) out.push(at === 0 ? 0 : at);
		}
	};
	let from = scale.from;
	for (const fold of scale.folds) {
		mark(from, fold.from);
		from = fold.to;
	}
	mark(from, scale.to);
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
