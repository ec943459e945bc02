import { describe, expect, it } from 'vitest';
import { aTimeline, aTimelineRow, NOON } from '../testing/samples';
import { idleGaps } from './idle';
import { folded, grown, markStep, marks, outside, place, type Scale, scaleOf, timeAt, width } from './scale';
import { parseExtent, printExtent, shifted, within, zoomed } from './zoom';

const plain = (from: number, to: number): Scale => ({ from, to, folds: [] });

describe('the scale of a timeline', () => {
	it('reaches from the start to the end of the execution', () => {
		const rows = [aTimelineRow({ startMs: 100, durationMs: 500 })];
		expect(scaleOf(aTimeline({ totalMs: 1_000, rows }))).toEqual(plain(0, 1_000));
	});

	it('also shows what began before it or outlived it', () => {
		const rows = [aTimelineRow({ startMs: -50, durationMs: 100 }), aTimelineRow({ startMs: 900, durationMs: 300 })];
		expect(scaleOf(aTimeline({ totalMs: 1_000, rows }))).toEqual(plain(-50, 1_200));
	});

	it('has a length even where nothing has', () => {
		const scale = scaleOf(aTimeline({ totalMs: 0, rows: [] }));
		expect(width(scale, 0, 0)).toBe(0);
		expect(place(scale, 0)).toBe(0);
	});

	it('places times in proportion (AC3.1a)', () => {
		const scale = plain(-100, 900);
		expect(place(scale, -100)).toBe(0);
		expect(place(scale, 400)).toBe(50);
		expect(width(scale, 0, 250)).toBe(25);
		expect(place(scale, 5_000)).toBe(100);
	});

	it('has few marks, and round ones', () => {
		expect(marks(plain(0, 5_000))).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000]);
		expect(marks(plain(-40, 130))).toEqual([0, 50, 100]);
		expect(marks(plain(0, 155_000))).toEqual([0, 60_000, 120_000]);
		for (const to of [1, 3, 77, 86_400_000, 771 * 86_400_000, 5e12]) {
			const all = marks(plain(0, to));
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

describe('a scale with breaks', () => {
	const scale = folded(plain(0, 10_000), [
		{ from: 1_000, to: 5_000 },
		{ from: 6_000, to: 9_000 },
	]);

	it('draws what is between them in proportion, and each of them narrow', () => {
		expect([0, 1_000, 5_000, 6_000, 9_000, 10_000].map((ms) => Math.round(place(scale, ms) * 100) / 100)).toEqual([
			0, 31.33, 34.33, 65.67, 68.67, 100,
		]);
		expect(width(scale, 5_000, 6_000)).toBeCloseTo(width(scale, 0, 1_000));
	});

	it('says which time stands where', () => {
		for (const ms of [0, 300, 999, 1_500, 5_200, 9_999])
			expect(Math.abs(timeAt(scale, place(scale, ms)) - ms)).toBeLessThanOrEqual(1);
		expect([timeAt(scale, 0), timeAt(scale, 100)]).toEqual([0, 10_000]);
	});

	it('marks no time within a break, and none over another', () => {
		const all = marks(scale);
		expect(markStep(scale)).toBe(1_000);
		expect(all.every((ms) => ms <= 1_000 || (ms >= 5_000 && ms <= 6_000) || ms >= 9_000)).toBe(true);
		const places = all.map((ms) => place(scale, ms));
		for (let n = 1; n < places.length; n++) expect((places[n] ?? 0) - (places[n - 1] ?? 0)).toBeGreaterThanOrEqual(7);
	});

	it('is cut to what is looked at, and shows it as it is where it is a break alone', () => {
		expect(folded(plain(4_000, 7_000), scale.folds).folds).toEqual([
			{ from: 4_000, to: 5_000 },
			{ from: 6_000, to: 7_000 },
		]);
		expect(folded(plain(2_000, 3_000), scale.folds).folds).toEqual([]);
	});

	it('knows what lies outside', () => {
		const part = plain(1_000, 2_000);
		expect([outside(part, 0, 500), outside(part, 500, 1_500), outside(part, 2_000, 2_100), outside(part, 1_000, 1_000)]).toEqual([
			'before',
			null,
			'after',
			null,
		]);
	});
});

describe('the gaps of a timeline', () => {
	it('are long and free of any step', () => {
		const rows = [
			aTimelineRow({ startMs: 0, durationMs: 100 }),
			aTimelineRow({ startMs: 50, durationMs: 10 }),
			aTimelineRow({ startMs: 140, durationMs: 60 }),
			aTimelineRow({ startMs: 700, durationMs: 300 }),
			aTimelineRow({ startMs: null, durationMs: null }),
		];
		const timeline = aTimeline({ totalMs: 1_000, rows });
		expect(idleGaps(timeline, scaleOf(timeline))).toEqual([{ from: 200, to: 700 }]);
	});

	it('end where a step still runs', () => {
		const rows = [aTimelineRow({ startMs: 500, durationMs: 10, status: 'running' })];
		const timeline = aTimeline({ totalMs: 1_000, rows });
		expect(idleGaps(timeline, scaleOf(timeline))).toEqual([{ from: 0, to: 500 }]);
	});
});

describe('looking closer', () => {
	const whole = { from: 0, to: 10_000 };

	it('keeps the time under the pointer where it stands', () => {
		expect(zoomed(whole, whole, 2, 2_000)).toEqual({ from: 1_000, to: 6_000 });
		expect(zoomed(whole, { from: 1_000, to: 6_000 }, 0.5, 2_000)).toBeNull();
	});

	it('stays within the whole, and never comes too close', () => {
		expect(within(whole, { from: -500, to: 500 })).toEqual({ from: 0, to: 1_000 });
		expect(within(whole, { from: 9_900, to: 10_900 })).toEqual({ from: 9_000, to: 10_000 });
		expect(within(whole, { from: 100, to: 100 })).toEqual({ from: 100, to: 105 });
		expect(shifted(whole, { from: 8_000, to: 9_500 }, 0.5)).toEqual({ from: 8_500, to: 10_000 });
	});

	it('is kept in the address', () => {
		expect(parseExtent(printExtent({ from: -50, to: 1_200 }))).toEqual({ from: -50, to: 1_200 });
		for (const text of [null, '', '5', '5..', '9..3', '1e3..2e3', '0..99999999999999999']) expect(parseExtent(text)).toBeNull();
	});
});
