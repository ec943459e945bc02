import { CircleX } from 'lucide-react';
import { type Attention, fetchAttention } from '../../api/attention';
import type { WidgetConfig } from '../../api/dashboards';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import { EVERYTHING, serializeFilter } from '../../url/filter';
import { bounds, named, type RangeName } from '../../url/range';
import type { WidgetDefinition } from '../widget';
import { FailedExecutions } from './FailedExecutions';

const EVERY_MS = 5_000;
/** Pages that ask within a minute ask the same, so that the server computes it once. */
const WHOLE_MS = 60_000;
const USUAL_RANGE: RangeName = '7d';
const USUAL_LIMIT = 20;

function useReading({ workflow, range, limit }: WidgetConfig) {
	const { http, clock } = useServices();
	const name = range ?? USUAL_RANGE;
	return useLiveQuery<Attention>({
		key: ['widget', 'failed_executions', workflow, name, limit],
		fetch: (signal) => {
			const now = clock.now();
			const { start } = bounds(named(name), now);
			const from = start - (start % WHOLE_MS);
			return fetchAttention(http, { workflow, from, limit: limit ?? USUAL_LIMIT }, now, signal);
		},
		on: ['executions', 'alerts'],
		everyMs: EVERY_MS,
	});
}

const definition: WidgetDefinition<Attention> = {
	type: 'failed_executions',
	name: 'widget.failed_executions',
	icon: CircleX,
	size: { w: 5, h: 4 },
	least: { w: 2, h: 2 },
	settings: ['workflow', 'range', 'limit'],
	useReading,
	everyMs: EVERY_MS,
	// 0 is a number worth its place: the count stays.
	isEmpty: () => false,
	empty: 'failed.none',
	emptyIsGood: true,
	href: ({ workflow }) => `/executions?${serializeFilter({ ...EVERYTHING, status: ['failed'], workflow: workflow ?? '' })}`,
	table: ({ items }) => [
		['executionId', 'workflow', 'client', 'step', 'error', 'completedAt'],
		...items.map((x) => [
			x.id,
			x.workflowName,
			x.client,
			x.currentStep,
			x.error,
			x.completedAt === null ? null : new Date(x.completedAt).toISOString(),
		]),
	],
	View: FailedExecutions,
};

export default definition;
