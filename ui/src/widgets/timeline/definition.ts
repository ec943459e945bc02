import { ChartGantt } from 'lucide-react';
import type { WidgetConfig } from '../../api/dashboards';
import type { Execution } from '../../api/execution';
import { fetchExecution, fetchExecutions } from '../../api/executions';
import type { Http } from '../../api/http';
import { fetchTimeline, type Timeline } from '../../api/timeline';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import { EVERYTHING } from '../../url/filter';
import type { WidgetDefinition } from '../widget';
import { TimelineView } from './TimelineView';

/** An execution and when its steps ran. */
export interface Drawn {
	readonly execution: Execution;
	readonly timeline: Timeline;
}

const EVERY_MS = 5_000;

function useReading({ workflow, execution }: WidgetConfig) {
	const { http, clock } = useServices();
	return useLiveQuery<Drawn | null>({
		key: ['widget', 'timeline', workflow, execution],
		fetch: async (signal) => {
			const found = await findExecution(http, workflow, execution, clock.now(), signal);
			if (found === null) return null;
			const timeline = await fetchTimeline(http, found.id, signal);
			return { execution: found, timeline };
		},
		on: ['executions'],
		everyMs: EVERY_MS,
	});
}

/** The one that was set; else the newest that runs, else the newest. */
async function findExecution(
	http: Http,
	workflow: string | null,
	id: string | null,
	now: number,
	signal: AbortSignal,
): Promise<Execution | null> {
	if (id !== null) return (await fetchExecution(http, id, now, signal)).execution;
	const newest = async (status: 'running' | null) => {
		const filter = { ...EVERYTHING, workflow: workflow ?? '', status: status === null ? [] : [status] };
		return (await fetchExecutions(http, { filter, cursor: null, limit: 1 }, now, signal)).items[0];
	};
	return (await newest('running')) ?? (await newest(null)) ?? null;
}

const definition: WidgetDefinition<Drawn | null> = {
	type: 'timeline',
	name: 'widget.timeline',
	icon: ChartGantt,
	size: { w: 5, h: 7 },
	least: { w: 2, h: 2 },
	settings: ['workflow', 'execution'],
	useReading,
	everyMs: EVERY_MS,
	isEmpty: (drawn) => drawn === null || drawn.timeline.rows.length === 0,
	empty: 'timeline.none',
	href: ({ execution, workflow }) => {
		if (execution !== null) return `/executions/${encodeURIComponent(execution)}?tab=timeline`;
		return workflow === null ? '/executions' : `/executions?workflow=${encodeURIComponent(workflow)}`;
	},
	table: (drawn) => [
		['stepId', 'name', 'status', 'startMs', 'durationMs', 'waitMs'],
		...(drawn?.timeline.rows ?? []).map((row) => [row.id, row.name, row.status, row.startMs, row.durationMs, row.waitMs]),
	],
	View: TimelineView,
};

export default definition;
