import type { UseQueryResult } from '@tanstack/react-query';
import { fetchHealth, fetchResources, type Health, type Resource } from '../api/resources';
import { useServices } from '../app/services';
import { useLiveQuery } from '../app/useLiveQuery';

/** How often resources are read, told, and shown. */
export const RESOURCES_EVERY_MS = 5_000;
/** How often they are asked for should nothing be told. */
const ASKED_EVERY_MS = 2 * RESOURCES_EVERY_MS;
const RECENT_MS = 15 * 60_000;

/** The resources of the last quarter of an hour. */
export function useRecentResources(): UseQueryResult<readonly Resource[]> {
	const { http, clock } = useServices();
	return useLiveQuery<readonly Resource[]>({
		key: ['resources', 'recent'],
		fetch: (signal) => fetchResources(http, clock.now() - RECENT_MS, clock.now(), signal),
		on: ['resources'],
		everyMs: ASKED_EVERY_MS,
	});
}

/** Whether what is shown can be trusted; what crosses a threshold is told at once. */
export function useHealth(): UseQueryResult<Health> {
	const { http } = useServices();
	return useLiveQuery({
		key: ['health'],
		fetch: (signal) => fetchHealth(http, signal),
		on: ['resources', 'queue'],
		everyMs: ASKED_EVERY_MS,
	});
}
