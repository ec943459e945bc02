import { type QueryKey, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Topic } from '../live/protocol';
import { Refresher } from '../live/refresher';
import { useCatchUp, useSignal } from './hooks';
import { useServices } from './services';

export interface LiveQuery<T> {
	readonly key: QueryKey;
	readonly fetch: (signal: AbortSignal) => Promise<T>;
	/** What makes the answer old: executions, alerts, the queue, resources that changed. It is then asked for again soon, at most once a second. */
	readonly on?: readonly ('executions' | 'alerts' | 'queue' | 'resources')[];
	/** The answer is asked for again this often, in ms, if nothing made it old before; 0: never. It may depend on the latest one. */
	readonly everyMs: number | ((latest: T | undefined) => number);
	readonly enabled?: boolean;
}

/** An answer of the server that is kept new while it is shown. While paused it stands still; offline it is tried every 5 s. */
export function useLiveQuery<T>({ key, fetch, on = [], everyMs, enabled = true }: LiveQuery<T>): UseQueryResult<T> {
	const { feed, alerts, whole } = useServices();
	const paused = useSignal(feed.paused) !== null;
	const query = useQuery({
		queryKey: key,
		queryFn: ({ signal }) => fetch(signal),
		enabled,
		refetchInterval: ({ state }) => (paused ? 0 : typeof everyMs === 'number' ? everyMs : everyMs(state.data)) || false,
		placeholderData: (former: T | undefined) => former as never,
	});
	const { refetch } = query;
	useCatchUp(() => enabled && !paused && void refetch());
	useWant('execution_updates', on.includes('executions') && enabled);
	useWant('queue_status', on.includes('queue') && enabled);
	useWant('metrics_stream', on.includes('resources') && enabled);
	const follows = enabled && !paused ? on.join() : '';
	useEffect(() => {
		if (follows === '') return;
		const refresher = new Refresher(() => refetch().then(() => undefined));
		const sources = {
			executions: (request: () => void) => feed.listen(request),
			alerts: (request: () => void) => alerts.listen(request),
			queue: (request: () => void) => whole.listen('queue_status', request),
			resources: (request: () => void) => whole.listen('metrics_stream', request),
		};
		const leave = Object.entries(sources).flatMap(([name, listen]) =>
			follows.split(',').includes(name) ? listen(() => refresher.request()) : [],
		);
		return () => {
			for (const stop of leave) stop();
			refresher.stop();
		};
	}, [feed, alerts, whole, refetch, follows]);
	return query;
}

/** Wants the frames of a topic while it is shown. */
export function useWant(topic: Topic, wanted = true): void {
	const { connection } = useServices();
	useEffect(() => (wanted ? connection.want({ topic, snapshot: false }) : undefined), [connection, topic, wanted]);
}
