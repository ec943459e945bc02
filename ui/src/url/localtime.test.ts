import { describe, expect, it } from 'vitest';
import { localDay, offsetAt, parseLocal, serializeInstant, serializeLocal } from './localtime';

const HOUR = 3_600_000;

describe('local time of the office', () => {
	it('is an hour ahead of UTC in winter and two in summer', () => {
		expect(offsetAt(Date.parse('2026-11-24T12:00:00Z'))).toBe(HOUR);
		expect(offsetAt(Date.parse('2026-07-24T12:00:00Z'))).toBe(2 * HOUR);
	});

	it('changes at the very second of the change of clocks', () => {
		expect(offsetAt(Date.parse('2026-10-25T00:59:59Z'))).toBe(2 * HOUR);
		expect(offsetAt(Date.parse('2026-10-25T01:00:00Z'))).toBe(HOUR);
	});

	it('counts days by the local midnight, also those of 23 and of 25 hours', () => {
		const day = (utc: string) => localDay(Date.parse(utc));
		for (const [first, last, hours] of [
			['2026-10-24T22:00:00Z', '2026-10-25T22:59:59Z', 25],
			['2027-03-27T23:00:00Z', '2027-03-28T21:59:59Z', 23],
		] as const) {
			expect(day(first)).toBe(day(last));
			expect(localDay(Date.parse(first) - 1)).toBe(day(first) - 1);
			expect(localDay(Date.parse(first) + hours * HOUR)).toBe(day(first) + 1);
		}
	});

	it('is read to the instant it means', () => {
		const f = (text: string, utc: string) => expect(parseLocal(text)).toBe(Date.parse(utc));
		f('2026-11-23T08:00', '2026-11-23T07:00:00Z');
		f('2026-07-23T08:00', '2026-07-23T06:00:00Z');
		f('2026-11-23', '2026-11-22T23:00:00Z');
		f('2026-10-25T00:30', '2026-10-24T22:30:00Z');
		f('2026-10-25T01:30', '2026-10-24T23:30:00Z');
		f('2027-03-28T01:30', '2027-03-28T00:30:00Z');
		f('2026-10-25T04:00', '2026-10-25T03:00:00Z');
		f('2027-03-28T03:30', '2027-03-28T01:30:00Z');
		f('2026-11-23T08:00:00+03:00', '2026-11-23T05:00:00Z');
	});

	it('is nothing where there is no time', () => {
		for (const text of [null, '', 'yesterday', '2026-13-45', 'T10:00Z']) expect(parseLocal(text)).toBeNull();
	});

	it('names in addresses each hour of the night when clocks go back, and any other as inputs do', () => {
		const f = (utc: string, text: string) => {
			expect(serializeInstant(Date.parse(utc))).toBe(text);
			expect(parseLocal(text)).toBe(Date.parse(utc));
		};
		f('2026-10-24T23:59Z', '2026-10-25T01:59');
		f('2026-10-25T00:00Z', '2026-10-25T02:00+02:00');
		f('2026-10-25T00:59Z', '2026-10-25T02:59+02:00');
		f('2026-10-25T01:00Z', '2026-10-25T02:00');
		f('2026-10-25T02:00Z', '2026-10-25T03:00');
		f('2027-03-28T00:59Z', '2027-03-28T01:59');
		f('2027-03-28T01:00Z', '2027-03-28T03:00');
		expect(serializeInstant(Date.parse('2026-11-23T07:00:59.999Z'))).toBe('2026-11-23T08:00');
		expect(serializeLocal(Date.parse('2026-10-25T00:00Z'))).toBe('2026-10-25T02:00');
	});

	it('comes back from its writing', () => {
		for (const text of ['2026-11-23T08:00', '2026-07-01T00:00', '2026-12-31T23:59']) {
			expect(serializeLocal(parseLocal(text) ?? 0)).toBe(text);
		}
	});
});
