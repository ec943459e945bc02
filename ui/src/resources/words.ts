import type { Unit } from '../charts/unit';
import type { Format } from '../i18n/format';
import type { Translate } from '../i18n/translate';
import { COMMON } from './present';

/** What a metric is called: an own gauge by its own name. */
export function metricName(metric: string, t: Translate): string {
	const known = COMMON.find((one) => one === metric);
	return known === undefined ? metric : t(`resource.${known}`);
}

/** A value in the unit of its metric; "–" when it is not known. */
export function amountOf(metric: string, value: number | null, format: Format): string {
	if (value === null) return '–';
	if (metric.endsWith('_percent')) return format.percent(value);
	return metric.endsWith('_mb') ? format.megabytes(value) : format.number(value);
}

export function unitOf(metric: string): Unit {
	if (metric.endsWith('_percent')) return 'percent';
	return metric.endsWith('_mb') ? 'bytes' : 'count';
}

/** How much of its unit one is: charts count bytes. */
export function scaleOf(metric: string): number {
	return metric.endsWith('_mb') ? 1_000_000 : 1;
}
