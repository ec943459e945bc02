import type { UseQueryResult } from '@tanstack/react-query';
import { fetchQueued, type Queued } from '../api/queue';
import { useServices } from '../app/services';
import { useLiveQuery } from '../app/useLiveQuery';

export const QUEUED_KEY = ['queued'] as const;
const EVERY_MS = 5_000;

/** The first runs of the queue, in the order in which Flowwatch would take them. */
export function useQueued(): UseQueryResult<readonly Queued[]> {
	const { http, clock } = useServices();
	return useLiveQuery<readonly Queued[]>({
		key: QUEUED_KEY,
		fetch: (signal) => fetchQueued(http, clock.now(), signal),
		on: ['executions', 'queue'],
		everyMs: EVERY_MS,
	});
}
