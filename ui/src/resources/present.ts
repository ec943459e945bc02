import type { Resource, Source } from '../api/resources';

/** The latest of one resource; null where nobody said it. */
export interface Present {
	/** The same for one resource, and another for others. */
	readonly key: string;
	readonly metric: string;
	readonly source: Source;
	readonly tags: readonly string[];
	readonly value: number | null;
	readonly at: number | null;
	/** The values of late, for a small line. */
	readonly recent: readonly number[];
}

/** Resources that every engine has: one that says nothing of them is told so. */
const EXPECTED = ['cpu.usage_percent', 'memory.used_mb', 'db.active_connections'] as const;

/** Those that come first, in this order; own gauges follow by name. */
export const COMMON = [
	'cpu.usage_percent',
	'memory.usage_percent',
	'memory.used_mb',
	'db.active_connections',
	'queue.depth',
	'disk.used_percent',
] as const;

/** The same number under another name: it is shown once. */
const TWICE = 'queue.pending';

/** What there is now: the engine's first, then the server's and the monitor's own. */
export function presentOf(all: readonly Resource[]): Present[] {
	const known = all
		.filter(({ metric }) => metric !== TWICE)
		.map(({ metric, source, tags, points }) => {
			const last = points.at(-1);
			return {
				key: [metric, source, ...tags].join(' '),
				metric,
				source,
				tags,
				value: last?.[1] ?? null,
				at: last?.[0] ?? null,
				recent: points.map(([, value]) => value),
			};
		});
	const missing = EXPECTED.filter((metric) => !known.some((one) => one.metric === metric && one.source === 'engine')).map(
		(metric) => ({ key: `${metric} engine`, metric, source: 'engine' as const, tags: [], value: null, at: null, recent: [] }),
	);
	return [...known, ...missing].sort((a, b) => rank(a.metric) - rank(b.metric) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function rank(metric: string): number {
	const place = (COMMON as readonly string[]).indexOf(metric);
	return place === -1 ? COMMON.length : place;
}

export interface Aligned {
	readonly times: readonly number[];
	/** In the order of the series; null: nothing was said in that stretch. */
	readonly values: readonly (readonly (number | null)[])[];
}

const STRETCHES = 120;

/** Puts values of several resources on common times: in each stretch the greatest. */
export function align(all: readonly Resource[], start: number, end: number): Aligned {
	const length = Math.max(1, (end - start) / STRETCHES);
	const times = Array.from({ length: STRETCHES }, (_, n) => Math.round(start + n * length));
	const values = all.map(({ points }) => {
		const line: (number | null)[] = times.map(() => null);
		for (const [at, value] of points) {
			const place = Math.min(STRETCHES - 1, Math.floor((at - start) / length));
			if (place >= 0) line[place] = Math.max(line[place] ?? value, value);
		}
		return line;
	});
	return { times, values };
}
