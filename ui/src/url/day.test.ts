import { describe, expect, it } from 'vitest';
import { addDays, addMonths, dayAt, lastDay, parseDay, parseMonth, sameDayIn, weekday, weeksOf } from './day';

describe('a calendar day', () => {
	it("is that of the office's clock", () => {
		expect(dayAt(Date.parse('2026-12-24T22:59:59Z'))).toBe('2026-12-24');
		expect(dayAt(Date.parse('2026-12-24T23:00:00Z'))).toBe('2026-12-25');
		expect(dayAt(Date.parse('2026-07-31T22:00:00Z'))).toBe('2026-08-01');
	});

	it('is read only if it exists', () => {
		expect([parseDay('2028-02-29'), parseDay('2027-02-29'), parseDay('2026-1-1'), parseDay(null)]).toEqual([
			'2028-02-29',
			null,
			null,
			null,
		]);
		expect([parseMonth('2026-12'), parseMonth('2026-13'), parseMonth('grudzień')]).toEqual(['2026-12', null, null]);
	});

	it('goes on over ends of months, years and changes of clocks', () => {
		expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
		expect(addDays('2027-03-28', 1)).toBe('2027-03-29');
		expect(addMonths('2026-12', 1)).toBe('2027-01');
		expect(addMonths('2026-01', -1)).toBe('2025-12');
		expect(lastDay('2028-02')).toBe('2028-02-29');
		expect(sameDayIn('2026-12-31', 2)).toBe('2027-02-28');
		expect(sameDayIn('2026-12-15', -12)).toBe('2025-12-15');
	});
});

describe('a month', () => {
	it('stands in weeks from Monday to Sunday', () => {
		const weeks = weeksOf('2026-12');
		expect(weeks.length).toBe(5);
		expect([weeks[0]?.[0], weeks.at(-1)?.[6]]).toEqual(['2026-11-30', '2027-01-03']);
		expect(weeksOf('2027-02').length).toBe(4);
		expect(weekday('2026-12-28')).toBe(0);
	});
});
