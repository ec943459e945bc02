import type { ScrapeMetric, ScrapeSetting } from '../../api/scrapes';
import { type FaultOf, numberOf } from '../../office/OfficeFields';

const EMPTY: ScrapeMetric = { metric: '', labels: {}, as: '', factor: null, rate: false };

/** What well-known programs expose, and what it is here. */
export const PRESETS: Readonly<Record<'other' | 'postgres' | 'rabbitmq' | 'process', readonly ScrapeMetric[]>> = {
	other: [EMPTY],
	postgres: [{ ...EMPTY, metric: 'pg_stat_activity_count', labels: { state: 'active' }, as: 'db.active_connections' }],
	rabbitmq: [{ ...EMPTY, metric: 'rabbitmq_queue_messages_ready', as: 'queue.depth' }],
	process: [
		{ ...EMPTY, metric: 'process_cpu_seconds_total', as: 'cpu.usage_percent', factor: 100, rate: true },
		{ ...EMPTY, metric: 'process_resident_memory_bytes', as: 'memory.used_mb', factor: 0.000001 },
	],
};
export const PRESET_NAMES = ['postgres', 'rabbitmq', 'process', 'other'] as const;

/** A metric in a form, by a number that it keeps while others come and go. */
export interface MetricRow {
	readonly id: number;
	readonly metric: ScrapeMetric;
}

/** Rows of metrics, numbered from first. */
export function rowsOf(metrics: readonly ScrapeMetric[], first = 0): MetricRow[] {
	return metrics.map((metric, n) => ({ id: first + n, metric }));
}

/** One more row, empty. */
export function withRow(rows: readonly MetricRow[]): MetricRow[] {
	return [...rows, ...rowsOf([EMPTY], nextId(rows))];
}

/** A number that no row has. */
export function nextId(rows: readonly MetricRow[]): number {
	return Math.max(-1, ...rows.map(({ id }) => id)) + 1;
}

/** What was filled in, as it is set. */
export function scrapeOf(value: (name: string) => string, rows: readonly MetricRow[]): ScrapeSetting {
	return {
		name: value('name').trim(),
		url: value('url').trim(),
		intervalSeconds: numberOf(value('intervalSeconds')),
		metrics: rows.map(({ id }) => ({
			metric: value(`metric-${id}`).trim(),
			labels: labelsOf(value(`labels-${id}`)),
			as: value(`as-${id}`).trim(),
			factor: value(`factor-${id}`).trim() === '' ? null : numberOf(value(`factor-${id}`)),
			rate: value(`rate-${id}`) !== '',
		})),
	};
}

/** The labels of a text such as 'state=active, queue="a, b"'. What has no "=" gets no name, so that the server refuses it. */
export function labelsOf(written: string): Record<string, string> {
	const pairs = written.match(/(?:[^,"]|"[^"]*")+/g) ?? [];
	return Object.fromEntries(
		pairs
			.filter((pair) => pair.trim() !== '')
			.map((pair) => {
				const at = pair.indexOf('=');
				if (at < 0) return ['', pair.trim()];
				const value = pair.slice(at + 1).trim();
				return [pair.slice(0, at).trim(), /^".*"$/.test(value) ? value.slice(1, -1) : value];
			}),
	);
}

/** Labels as they are written. */
export function labelText(labels: Readonly<Record<string, string>>): string {
	return Object.entries(labels)
		.map(([name, value]) => `${name}=${/[,\s]/.test(value) ? `"${value}"` : value}`)
		.join(', ');
}

/** What is wrong with the one at a place, by paths within it. Of what is no number the server does not say at which place it stands. */
export function faultsIn(fault: FaultOf, place: number, sent: ScrapeSetting | null): FaultOf {
	return (path) => {
		const metric = sent?.metrics[Number(/^metrics\[(\d+)\]\.factor$/.exec(path)?.[1])];
		if (typeof metric?.factor === 'string') return fault('scrapes.metrics.factor');
		if (path === 'intervalSeconds' && typeof sent?.intervalSeconds === 'string') return fault('scrapes.intervalSeconds');
		return fault(`scrapes[${place}].${path}`);
	};
}
