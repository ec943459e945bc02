import { describe, expect, it } from 'vitest';
import { before, bounds, bucketOf, named, parseRange, RANGES, serializeRange } from './range';

const NOON = Date.parse('2026-11-26T12:00:00Z');

describe('a range in the address', () => {
	it('survives writing and reading', () => {
		for (const name of RANGES) {
			const range = name === 'custom' ? { name, from: NOON - 7_200_000, to: NOON } : named(name);
			expect(parseRange(`?${serializeRange(range)}`, '24h')).toEqual(range);
		}
	});

	it('keeps what is not its own, and replaces two ends by a name', () => {
		const former = 'workflow=jpk&range=custom&from=2026-11-26T10:00&to=2026-11-26T11:00';
		expect(serializeRange(named('24h'), former)).toBe('workflow=jpk&range=24h');
	});

	it('takes the usual for what it cannot read', () => {
		for (const search of ['?range=2y', '?range=custom', '?range=custom&from=2026-11-26T10:00&to=2026-11-25T10:00', '']) {
			expect(parseRange(search, '7d')).toEqual(named('7d'));
		}
	});
});

describe('the ends of a range', () => {
	it('move with the clock', () => {
		expect(bounds(named('24h'), NOON)).toEqual({ start: NOON - 86_400_000, end: NOON });
	});

	it('begin a month at its local midnight, also when the clocks changed within it', () => {
		expect(new Date(bounds(named('month'), NOON).start).toISOString()).toBe('2026-10-31T23:00:00.000Z');
		const october = Date.parse('2026-10-30T12:00:00Z');
		expect(new Date(bounds(named('month'), october).start).toISOString()).toBe('2026-09-30T22:00:00.000Z');
	});

	it('have a stretch of the same length before them', () => {
		const now = bounds(named('1h'), NOON);
		const former = before(now);
		expect(former.end).toBe(now.start - 1);
		expect(former.end - former.start).toBe(now.end - now.start);
	});

	it('are drawn by hours, days or weeks', () => {
		expect(
			[named('24h'), named('30d'), { name: 'custom', from: NOON - 400 * 86_400_000, to: NOON } as const].map((range) =>
				bucketOf(bounds(range, NOON)),
			),
		).toEqual(['1h', '1d', '1w']);
	});
});
