import { useRef } from 'react';
import { CLIENT_STATES, type ClientState, type Deadline, fetchDeadlineClients, fetchDeadlines } from '../../api/deadlines';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import { addDays, dayAt } from '../../url/day';

/** Days ahead that are looked at: what is due in the next month and its shifts. */
const AHEAD_DAYS = 45;
/** Deadlines of which the clients are told apart. */
const CLIENTS_OF = 5;

/** The answer is counted from the runs: who asks takes at most one part in this many of the server's time, and asks this often, in ms. */
const SHARE = 50;
const EVERY_MS = { least: 5_000, most: 60_000 };

export type ClientCounts = Readonly<Record<ClientState, number>>;

/** What is due next, in its order. */
export interface Due {
	readonly items: readonly Deadline[];
	/** How clients stand with the first ones that have any, by "rule/period". */
	readonly clients: ReadonlyMap<string, ClientCounts>;
	/** How often it is to be asked for, in ms. */
	readonly everyMs?: number;
}

export function keyOf(one: Pick<Deadline, 'rule' | 'period'>): string {
	return `${one.rule}/${one.period}`;
}

/** In ms, of an answer that took so long: whole seconds, so that like answers stay alike. */
export function pauseAfter(tookMs: number): number {
	return Math.min(EVERY_MS.most, Math.max(EVERY_MS.least, Math.ceil((SHARE * tookMs) / 1_000) * 1_000));
}

export function useDue() {
	const { http, clock } = useServices();
	// The first answer is late because everything is asked for at once.
	const first = useRef(true);
	return useLiveQuery<Due>({
		key: ['deadlines', 'next'],
		fetch: async (signal) => {
			const begun = Date.now();
			const today = dayAt(clock.now());
			const { items } = await fetchDeadlines(http, { from: today, to: addDays(today, AHEAD_DAYS), client: '' }, signal);
			const served = items.filter((one) => one.filed + one.runs.completed + one.runs.running + one.runs.failed > 0);
			const counted = await Promise.all(
				served.slice(0, CLIENTS_OF).map(async (one) => {
					const clients = await fetchDeadlineClients(http, one, signal);
					return [keyOf(one), countsOf(clients.items.map(({ state }) => state))] as const;
				}),
			);
			const everyMs = pauseAfter(first.current ? 0 : Date.now() - begun);
			first.current = false;
			return { items, clients: new Map(counted), everyMs };
		},
		everyMs: (latest) => latest?.everyMs ?? EVERY_MS.least,
	});
}

export function countsOf(states: readonly ClientState[]): ClientCounts {
	return Object.fromEntries(CLIENT_STATES.map((state) => [state, states.filter((one) => one === state).length])) as ClientCounts;
}
