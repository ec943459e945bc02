import type { Timeline } from '../api/timeline';
import { type Gap, isOpen, type Scale } from './scale';

/** Shorter gaps are no trouble to the eye: a part of the whole. */
const GAP_SHARE_MIN = 0.05;

/** The long stretches in which no step ran, in their order. */
export function idleGaps(timeline: Timeline, whole: Scale): readonly Gap[] {
	const least = (whole.to - whole.from) * GAP_SHARE_MIN;
	const busy = timeline.rows
		.flatMap((row) => {
			if (row.startMs === null) return [];
			return [{ from: row.startMs, to: isOpen(row) ? Number.POSITIVE_INFINITY : row.startMs + (row.durationMs ?? 0) }];
		})
		.sort((a, b) => a.from - b.from);
	const gaps: Gap[] = [];
	let until = whole.from;
	for (const { from, to } of [...busy, { from: whole.to, to: whole.to }]) {
		if (from - until > least) gaps.push({ from: until, to: from });
		until = Math.max(until, to);
	}
	return gaps;
}
