import { CLIENT_STATES, type ClientState, type Deadline, fetchDeadlineClients, fetchDeadlines } from '../../api/deadlines';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import { addDays, dayAt } from '../../url/day';

/** Days ahead that are looked at: what is due in the next month and its shifts. */
const AHEAD_DAYS = 45;
/** Deadlines of which the clients are told apart. */
const CLIENTS_OF = 5;

export type ClientCounts = Readonly<Record<ClientState, number>>;

/** What is due next, in its order. */
export interface Due {
	readonly items: readonly Deadline[];
	/** How clients stand with the first ones that have any, by "rule/period". */
	readonly clients: ReadonlyMap<string, ClientCounts>;
}

export function keyOf(one: Pick<Deadline, 'rule' | 'period'>): string {
	return `${one.rule}/${one.period}`;
}

export function useDue(everyMs: number) {
	const { http, clock } = useServices();
	return useLiveQuery<Due>({
		key: ['deadlines', 'next'],
		fetch: async (signal) => {
			const today = dayAt(clock.now());
			const { items } = await fetchDeadlines(http, { from: today, to: addDays(today, AHEAD_DAYS), client: '' }, signal);
			const served = items.filter((one) => one.filed + one.runs.completed + one.runs.running + one.runs.failed > 0);
			const counted = await Promise.all(
				served.slice(0, CLIENTS_OF).map(async (one) => {
					const clients = await fetchDeadlineClients(http, one, signal);
					return [keyOf(one), countsOf(clients.items.map(({ state }) => state))] as const;
				}),
			);
			return { items, clients: new Map(counted) };
		},
		everyMs,
	});
}

export function countsOf(states: readonly ClientState[]): ClientCounts {
	return Object.fromEntries(CLIENT_STATES.map((state) => [state, states.filter((one) => one === state).length])) as ClientCounts;
}
