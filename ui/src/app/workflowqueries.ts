import { type Bucket, fetchBottlenecks, fetchMetrics, fetchTrend, fetchWorkflowList, type Trend } from '../api/workflows';
import { type Bounds, before, bounds, bucketOf, type Range } from '../url/range';
import { useServices } from './services';
import { useLiveQuery } from './useLiveQuery';

/** Numbers of short ranges follow each change; those of long ones hardly move, and all of hundreds of workflows are not asked for with each change of one. */
export const EVERY_MS = 5_000;
/** Steps are summed up from the runs themselves. */
const STEPS_EVERY_MS = 60_000;

/** An answer about a range, with the ends that it was asked for. */
export interface Within<T> {
	readonly bounds: Bounds;
	readonly answer: T;
}

/** All workflows with what they amounted to lately. */
export function useWorkflowList() {
	const { http } = useServices();
	return useLiveQuery({
		key: ['workflows', 'numbers'],
		fetch: (signal) => fetchWorkflowList(http, null, signal),
		everyMs: EVERY_MS,
	});
}

/** One workflow as the list has it; null: there is none. */
export function useWorkflow(id: string) {
	const { http } = useServices();
	return useLiveQuery({
		key: ['workflows', 'numbers', id],
		fetch: async (signal) => (await fetchWorkflowList(http, id, signal))[0] ?? null,
		on: ['executions'],
		everyMs: EVERY_MS,
	});
}

export function useMetrics(id: string, range: Range) {
	const { http } = useServices();
	return useWithin(['metrics', id], range, EVERY_MS, (ends, signal) => fetchMetrics(http, id, ends, signal));
}

/** The trend of a workflow, or with null of all together. Where the buckets depend on the ends, they are chosen by them. */
export function useTrend(id: string | null, range: Range, bucket: Bucket | ((ends: Bounds) => Bucket)) {
	const { http } = useServices();
	const of = (ends: Bounds) => (typeof bucket === 'string' ? bucket : bucket(ends));
	return useWithin(['trend', id, typeof bucket === 'string' ? bucket : 'auto'], range, EVERY_MS, (ends, signal) =>
		fetchTrend(http, id, ends, of(ends), signal),
	);
}

/** A trend, and that of the range before in buckets of the same length. */
export interface Compared {
	readonly now: Trend;
	readonly former: Trend;
	readonly bucket: Bucket;
}

/** The trend of a workflow, or with null of all together, beside that of the range before; in buckets that suit the range unless one is chosen. */
export function useComparedTrend(id: string | null, range: Range, chosen: Bucket | null = null) {
	const { http } = useServices();
	return useWithin<Compared>(['compared', id, chosen], range, EVERY_MS, async (ends, signal) => {
		const bucket = chosen ?? bucketFor(ends);
		const [now, former] = await Promise.all([
			fetchTrend(http, id, ends, bucket, signal),
			fetchTrend(http, id, before(ends), bucket, signal),
		]);
		return { now, former, bucket };
	});
}

/** The bucket that draws a stretch with a readable number of points. */
export function bucketFor(ends: Bounds): Bucket {
	return ({ '1h': 'hour', '1d': 'day', '1w': 'week' } as const)[bucketOf(ends)];
}

export function useBottlenecks(id: string, range: Range) {
	const { http } = useServices();
	return useWithin(['bottlenecks', id], range, STEPS_EVERY_MS, (ends, signal) => fetchBottlenecks(http, id, ends, signal));
}

function useWithin<T>(
	key: readonly unknown[],
	range: Range,
	everyMs: number,
	fetch: (ends: Bounds, signal: AbortSignal) => Promise<T>,
) {
	const { clock } = useServices();
	const short = range.name === '1h' || range.name === '24h';
	return useLiveQuery<Within<T>>({
		key: [...key, range.name, range.from, range.to],
		fetch: async (signal) => {
			const ends = bounds(range, clock.now());
			return { bounds: ends, answer: await fetch(ends, signal) };
		},
		on: short ? ['executions'] : [],
		everyMs,
	});
}
