import { Activity } from 'lucide-react';
import type { Execution } from '../../api/execution';
import { fetchExecutions, type StatusCounts } from '../../api/executions';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import { EVERYTHING, serializeFilter } from '../../url/filter';
import type { WidgetDefinition } from '../widget';
import { ActiveExecutions } from './ActiveExecutions';

/** The states of what is not over. */
export const ACTIVE = ['running', 'waiting', 'pending'] as const;

export interface Active {
	readonly counts: StatusCounts;
	/** The counts are lower bounds. */
	readonly capped: boolean;
	/** Those that run the longest. */
	readonly longest: readonly Execution[];
}

const LONGEST = 5;
const EVERY_MS = 5_000;

function useReading({ workflow, limit }: { readonly workflow: string | null; readonly limit: number | null }) {
	const { http, clock } = useServices();
	return useLiveQuery<Active>({
		key: ['widget', 'active_executions', workflow, limit],
		fetch: async (signal) => {
			const filter = { ...EVERYTHING, status: ACTIVE, workflow: workflow ?? '' };
			const request = { filter, cursor: null, limit: limit ?? LONGEST, sort: 'startedAt' } as const;
			const { items, counts, capped } = await fetchExecutions(http, request, clock.now(), signal);
			if (counts === null) throw new Error('BUG: a list without counts');
			return { counts, capped, longest: items.filter((one) => one.status !== 'pending') };
		},
		on: ['executions'],
		everyMs: EVERY_MS,
	});
}

export function activeTotal({ counts }: Active): number {
	return ACTIVE.reduce((sum, status) => sum + counts[status], 0);
}

export const activeHref = (workflow: string | null) =>
	`/executions?${serializeFilter({ ...EVERYTHING, status: ACTIVE, workflow: workflow ?? '' })}`;

const definition: WidgetDefinition<Active> = {
	type: 'active_executions',
	name: 'widget.active_executions',
	icon: Activity,
	size: { w: 6, h: 5 },
	least: { w: 2, h: 2 },
	settings: ['workflow', 'limit'],
	useReading,
	everyMs: EVERY_MS,
	// That nothing runs is a number too: 0 is known.
	isEmpty: () => false,
	empty: 'list.empty',
	href: ({ workflow }) => activeHref(workflow),
	table: ({ longest }) => [
		['executionId', 'workflow', 'client', 'status', 'progress', 'startedAt'],
		...longest.map((x) => [
			x.id,
			x.workflowName,
			x.client,
			x.status,
			x.progress,
			x.startedAt === null ? null : new Date(x.startedAt).toISOString(),
		]),
	],
	View: ActiveExecutions,
};

export default definition;
