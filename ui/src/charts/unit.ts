import type { Format } from '../i18n/format';
import type { Translate } from '../i18n/translate';

export type Unit = 'ms' | 'percent' | 'count' | 'perMinute' | 'bytes';

/** A value as people read it; what is unknown is said to be. */
export function written(value: number | null | undefined, unit: Unit, format: Format, t: Translate): string {
	if (value == null) return t('chart.noData');
	if (unit === 'ms') return format.duration(value);
	if (unit === 'percent') return format.percent(value);
	if (unit === 'bytes') return format.bytes(value);
	return unit === 'perMinute' ? t('chart.perMinute', { n: format.number(value) }) : format.number(value);
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Distances between the marks of an axis, such that the marks are round in the unit. */
export function stepsOf(unit: Unit): number[] {
	if (unit === 'ms') {
		return [
			...decades(1, 500),
			...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
			...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
			...[1, 2, 3, 6, 12].map((n) => n * HOUR),
			...decades(1, 500_000).map((n) => n * DAY),
		];
	}
	return unit === 'count' || unit === 'bytes' ? decades(1, 5e15) : decades(0.1, 5e9);
}

function decades(from: number, to: number): number[] {
	const steps: number[] = [];
	for (let power = from; power <= to; power *= 10) steps.push(...[1, 2, 5].map((n) => n * power).filter((n) => n <= to));
	return steps;
}

/** The ends of the axis. Amounts begin at 0, so that twice as high is twice as much; rates end at 100 and show the part in which something happens. */
export function yRange(unit: Unit, least: number | null, most: number | null): [number, number] {
	if (unit === 'percent') {
		const low = least ?? 0;
		return [Math.max(0, Math.floor((low - 2) / 10) * 10), Math.max(100, most ?? 100)];
	}
	const high = most ?? 0;
	if (high <= 0) return [0, 1];
	return [0, unit === 'count' ? Math.max(high * 1.08, 1) : high * 1.08];
}
