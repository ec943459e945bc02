import { offsetAt } from './localtime';

/** A calendar day as "2026-12-28", whatever the zone. */
export type Day = string;
/** A calendar month as "2026-12". */
export type Month = string;

const DAY_MS = 86_400_000;

/** The day on the office's clock. */
export function dayAt(ms: number): Day {
	return new Date(ms + offsetAt(ms)).toISOString().slice(0, 10);
}

/** Reads a day or a month; null if it is none. */
export function parseDay(value: string | null): Day | null {
	return value !== null && /^\d{4}-\d\d-\d\d$/.test(value) && iso(Date.parse(value)) === value ? value : null;
}

export function parseMonth(value: string | null): Month | null {
	return value !== null && parseDay(`${value}-01`) !== null ? value : null;
}

export function monthOf(day: Day): Month {
	return day.slice(0, 7);
}

export function addDays(day: Day, n: number): Day {
	return iso(Date.parse(day) + n * DAY_MS) ?? day;
}

/** The month n later. */
export function addMonths(month: Month, n: number): Month {
	const first = new Date(`${month}-01`);
	return monthOf(iso(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + n, 1)) ?? `${month}-01`);
}

/** The same day n months later, or the last one of a shorter month. */
export function sameDayIn(day: Day, n: number): Day {
	const month = addMonths(monthOf(day), n);
	const last = lastDay(month);
	const wanted = `${month}-${day.slice(8)}`;
	return wanted > last ? last : wanted;
}

export function lastDay(month: Month): Day {
	return addDays(`${addMonths(month, 1)}-01`, -1);
}

/** 0 is Monday. */
export function weekday(day: Day): number {
	return (new Date(day).getUTCDay() + 6) % 7;
}

/** The weeks that hold a month, each from Monday to Sunday. */
export function weeksOf(month: Month): readonly (readonly Day[])[] {
	const first = `${month}-01`;
	const begin = addDays(first, -weekday(first));
	const weeks: Day[][] = [];
	for (let monday = begin; monday <= lastDay(month); monday = addDays(monday, 7)) {
		weeks.push(Array.from({ length: 7 }, (_, n) => addDays(monday, n)));
	}
	return weeks;
}

/** Noon of a day in UTC: the same day in the office's zone, for formats that take an instant. */
export function noon(day: Day): number {
	return Date.parse(`${day}T12:00:00Z`);
}

function iso(ms: number): Day | null {
	return Number.isNaN(ms) ? null : new Date(ms).toISOString().slice(0, 10);
}
