import { useQuery } from '@tanstack/react-query';
import { fetchBackups } from '../../api/appliance';
import { fetchDeliveries } from '../../api/deliveries';
import { fetchExecutions } from '../../api/executions';
import type { Http } from '../../api/http';
import { fetchOffice } from '../../api/office';
import { fetchUsers } from '../../api/users';
import { EVERYTHING } from '../../url/filter';
import { useRight, useSignal } from '../hooks';
import { useServices } from '../services';
import { useLiveQuery } from '../useLiveQuery';
import { STEPS, type Step } from './choices';
import { type StepState, statesOf } from './state';

const LOOK_AT = 100;
const STALE_MS = 60_000;

export interface Start {
	readonly states: Readonly<Record<Step, StepState>>;
	readonly skipped: readonly Step[];
	readonly dismissed: boolean;
	/** Steps that are done, or that somebody skipped. */
	readonly settled: number;
	readonly complete: boolean;
	/** The viewer sets up the office. */
	readonly may: boolean;
}

/** How the first steps stand. everyMs: how often the server is asked while they are shown; 0: once. */
export function useStart(everyMs: number): Start {
	const { http, clock, start } = useServices();
	const { dismissed, skipped } = useSignal(start.chosen);
	const may = useRight('settings.manage');
	const backsUp = useRight('backup');
	const often = {
		enabled: may && (!dismissed || everyMs > 0),
		staleTime: everyMs === 0 ? STALE_MS : 0,
		refetchInterval: everyMs === 0 ? (false as const) : everyMs,
	};
	const office = useQuery({
		queryKey: ['office'],
		queryFn: ({ signal }) => fetchOffice(http, signal),
		...often,
		refetchInterval: false,
	});
	const mail = useQuery({
		queryKey: ['start', 'mail'],
		queryFn: async ({ signal }) =>
			(await fetchDeliveries(http, 'delivered', null, signal, LOOK_AT)).items.some((one) => one.channel === 'email'),
		...often,
	});
	const backups = useQuery({
		queryKey: ['start', 'backups'],
		queryFn: ({ signal }) => fetchBackups(http, null, signal),
		...often,
		enabled: often.enabled && backsUp,
	});
	const since = useQuery({
		queryKey: ['start', 'since'],
		queryFn: async ({ signal }) => {
			const made = (await fetchUsers(http, signal)).flatMap((user) => user.createdAt ?? []);
			return made.length === 0 ? null : Math.min(...made);
		},
		...often,
		refetchInterval: false,
	});
	const executions = useQuery({ queryKey: HEARD, queryFn: ({ signal }) => hasHeard(http, clock.now(), signal), ...often });
	const known = {
		office: office.data,
		mailDelivered: mail.data,
		backups: backsUp ? backups.data : null,
		since: since.data,
		executions: executions.data,
	};
	const states = statesOf(known, clock.now());
	const settled = STEPS.filter((step) => states[step] === 'done' || skipped.includes(step)).length;
	return { states, skipped, dismissed, settled, complete: settled === STEPS.length, may };
}

const HEARD = ['start', 'executions'] as const;

async function hasHeard(http: Http, now: number, signal: AbortSignal): Promise<boolean> {
	const page = await fetchExecutions(http, { filter: EVERYTHING, cursor: null, limit: 1 }, now, signal);
	return page.items.length > 0;
}

/** Whether something was heard of an engine, noticed at once. */
export function useHeard() {
	const { http, clock } = useServices();
	const { data } = useQuery({ queryKey: HEARD, queryFn: ({ signal }) => hasHeard(http, clock.now(), signal) });
	return useLiveQuery({
		key: HEARD,
		fetch: (signal) => hasHeard(http, clock.now(), signal),
		on: ['executions'],
		everyMs: 0,
		enabled: data === false,
	});
}
