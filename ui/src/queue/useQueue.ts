import type { UseQueryResult } from '@tanstack/react-query';
import { useEffect } from 'react';
import { fetchDepthAt, fetchQueue, type Queue, readQueue } from '../api/queue';
import { useServices } from '../app/services';
import { useLiveQuery, useWant } from '../app/useLiveQuery';

const KEY = ['queue'] as const;
/** Ages grow and rates fall without an event. */
export const QUEUE_EVERY_MS = 5_000;

/** The queue's numbers: each change is told whole, so nothing is asked for. */
export function useQueue(): UseQueryResult<Queue> {
	const { http, queries, whole, feed } = useServices();
	const query = useLiveQuery({ key: KEY, fetch: (signal) => fetchQueue(http, signal), everyMs: QUEUE_EVERY_MS });
	useWant('queue_status');
	useEffect(
		() =>
			whole.listen('queue_status', (data) => {
				if (feed.paused.get() !== null) return;
				// An answer under way is older than what was told; those about the past are not.
				void queries.cancelQueries({ queryKey: KEY, exact: true });
				queries.setQueryData(KEY, readQueue(data));
			}),
		[whole, feed, queries],
	);
	return query;
}

const QUARTER_MS = 15 * 60_000;
const BEFORE_EVERY_MS = 30_000;

/** How many waited a quarter of an hour ago; null: not known. What does not grow less since then is not worked off. */
export function useFormerDepth(): number | null {
	const { http, clock } = useServices();
	const { data } = useLiveQuery({
		key: [...KEY, 'former'],
		fetch: (signal) => fetchDepthAt(http, clock.now() - QUARTER_MS, signal),
		everyMs: BEFORE_EVERY_MS,
	});
	return data ?? null;
}
