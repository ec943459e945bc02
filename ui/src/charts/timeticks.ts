import { offsetAt, parseLocal } from '../url/localtime';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface TimeTicks {
	/** Milliseconds since 1970. */
	readonly at: readonly number[];
	/** How far a mark is from the next: it decides how they are written. */
	readonly step: 'hour' | 'day' | 'month';
}

const CLOCK_STEPS = [MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR];
const DAY_STEPS = [1, 2, 7, 14];
const MONTH_STEPS = [1, 3, 6, 12, 60];

/**
 * Marks of a time axis, at most so many, at round times of the office's clock. A day begins at its midnight and has 23 or 25 hours when the clocks change; the hour
 * that comes twice is marked twice.
 */
export function timeTicks(from: number, to: number, most: number): TimeTicks {
	const length = to - from;
	const fits = (step: number) => length / step <= Math.max(1, most);
	const clock = CLOCK_STEPS.find(fits);
	if (clock !== undefined)
		return { at: clock <= HOUR ? multiples(from, to, clock) : wallHours(from, to, clock / HOUR), step: 'hour' };
	const days = DAY_STEPS.find((n) => fits(n * DAY));
	if (days !== undefined) return { at: wallDays(from, to, days), step: 'day' };
	const months = MONTH_STEPS.find((n) => fits(n * 30 * DAY)) ?? 60;
	return { at: wallMonths(from, to, months), step: 'month' };
}

/** The office's offset is whole hours, so what is round in UTC is round there. */
function multiples(from: number, to: number, step: number): number[] {
	const at: number[] = [];
	for (let ms = Math.ceil(from / step) * step; ms <= to; ms += step) at.push(ms);
	return at;
}

function wallHours(from: number, to: number, step: number): number[] {
	const at: number[] = [];
	for (const day of daysBetween(from, to)) {
		for (let hour = 0; hour < 24; hour += step) at.push(instantOf(day + hour * HOUR));
	}
	return within(at, from, to);
}

function wallDays(from: number, to: number, step: number): number[] {
	// Weeks begin on Mondays: the fourth day of 1970 was one.
	const chosen = daysBetween(from, to).filter((day) => (day / DAY - 4) % step === 0);
	return within(chosen.map(instantOf), from, to);
}

function wallMonths(from: number, to: number, step: number): number[] {
	const first = new Date(wall(from));
	const at: number[] = [];
	for (let month = first.getUTCFullYear() * 12; ; month += step) {
		const ms = instantOf(Date.UTC(Math.floor(month / 12), month % 12, 1));
		if (ms > to) return within(at, from, to);
		at.push(ms);
	}
}

/** The days that a stretch touches, as midnights of wall-clock time. */
function daysBetween(from: number, to: number): number[] {
	const days: number[] = [];
	for (let day = Math.floor(wall(from) / DAY) * DAY; day <= wall(to); day += DAY) days.push(day);
	return days;
}

function wall(ms: number): number {
	return ms + offsetAt(ms);
}

function instantOf(wallMs: number): number {
	return parseLocal(new Date(wallMs).toISOString().slice(0, 16)) ?? wallMs;
}

function within(at: readonly number[], from: number, to: number): number[] {
	return at.filter((ms) => ms >= from && ms <= to);
}
