import { describe, expect, it } from 'vitest';
import { aTimeline, aTimelineRow, NOON } from '../testing/samples';
import { grown, marks, place, scaleOf, width } from './scale';

describe('the scale of a timeline', () => {
	it('reaches from the start to the end of the execution', () => {
		const rows = [aTimelineRow({ startMs: 100, durationMs: 500 })];
		expect(scaleOf(aTimeline({ totalMs: 1_000, rows }))).toEqual({ from: 0, to: 1_000 });
	});

	it('also shows what began before it or outlived it', () => {
		const rows = [aTimelineRow({ startMs: -50, durationMs: 100 }), aTimelineRow({ startMs: 900, durationMs: 300 })];
		expect(scaleOf(aTimeline({ totalMs: 1_000, rows }))).toEqual({ from: -50, to: 1_200 });
	});

	it('has a length even where nothing has', () => {
		const scale = scaleOf(aTimeline({ totalMs: 0, rows: [] }));
		expect(width(scale, 0)).toBe(0);
		expect(place(scale, 0)).toBe(0);
	});

	it('places times in proportion (AC3.1a)', () => {
		const scale = { from: -100, to: 900 };
		expect(place(scale, -100)).toBe(0);
		expect(place(scale, 400)).toBe(50);
		expect(width(scale, 250)).toBe(25);
		expect(place(scale, 5_000)).toBe(100);
	});

	it('has few marks, and round ones', () => {
		expect(marks({ from: 0, to: 5_000 })).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000]);
		expect(marks({ from: -40, to: 130 })).toEqual([0, 50, 100]);
		expect(marks({ from: 0, to: 155_000 })).toEqual([0, 60_000, 120_000]);
		for (const to of [1, 3, 77, 86_400_000, 771 * 86_400_000, 5e12]) {
			const all = marks({ from: 0, to });
			expect(all.length).toBeGreaterThan(0);
			expect(all.length).toBeLessThanOrEqual(6);
		}
	});
});

describe('a timeline of what runs', () => {
	const open = aTimelineRow({
		status: 'running',
		startMs: 400,
		durationMs: 600,
		attempts: [
			{ attempt: 1, status: 'failed', startMs: 400, durationMs: 100 },
			{ attempt: 2, status: 'running', startMs: 600, durationMs: 400 },
		],
	});
	const done = aTimelineRow({ id: 'done', status: 'completed', startMs: 0, durationMs: 400 });
	const drawn = aTimeline({ status: 'running', runsAt: NOON, totalMs: 1_000, activeMs: 900, rows: [done, open] });

	it('goes on: the total, and the bars that are open', () => {
		const later = grown(drawn, 250);
		expect([later.totalMs, later.activeMs, later.stepsMs]).toEqual([1_250, 1_150, 1_250]);
		expect(later.rows.map((row) => row.durationMs)).toEqual([400, 850]);
		expect(later.rows[1]?.attempts.map((one) => one.durationMs)).toEqual([100, 650]);
	});

	it('stands still where it has ended, and works no more while it waits', () => {
		expect(grown({ ...drawn, runsAt: null }, 250)).toEqual({ ...drawn, runsAt: null });
		expect(grown({ ...drawn, status: 'waiting' }, 250).activeMs).toBe(900);
	});
});
