import { Gauge } from 'lucide-react';
import { fetchMetrics, fetchTrend, type Trend, type WorkflowMetrics } from '../../api/workflows';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import { bucketFor, EVERY_MS } from '../../app/workflowqueries';
import { bounds, named, type RangeName } from '../../url/range';
import type { WidgetDefinition } from '../widget';
import { PerformanceMetrics } from './PerformanceMetrics';

export interface Performance {
	readonly trend: Trend;
	/** Of one workflow; percentiles of all together are only known bucket by bucket. */
	readonly metrics: WorkflowMetrics | null;
}

const RANGE: RangeName = '7d';

function useReading({ workflow, range }: { readonly workflow: string | null; readonly range: RangeName | null }) {
	const { http, clock } = useServices();
	return useLiveQuery<Performance>({
		key: ['widget', 'performance_metrics', workflow, range],
		fetch: async (signal) => {
			const ends = bounds(named(range ?? RANGE), clock.now());
			const [trend, metrics] = await Promise.all([
				fetchTrend(http, workflow, ends, bucketFor(ends), signal),
				workflow === null ? null : fetchMetrics(http, workflow, ends, signal),
			]);
			return { trend, metrics };
		},
		everyMs: EVERY_MS,
	});
}

const definition: WidgetDefinition<Performance> = {
	type: 'performance_metrics',
	name: 'widget.performance_metrics',
	icon: Gauge,
	size: { w: 4, h: 3 },
	least: { w: 2, h: 2 },
	settings: ['workflow', 'range'],
	useReading,
	everyMs: EVERY_MS,
	isEmpty: ({ trend }) => trend.points.every((point) => point.p95 === null),
	empty: 'widget.noFinished',
	href: ({ workflow, range }) =>
		workflow === null ? '/workflows?sort=p95' : `/workflows/${encodeURIComponent(workflow)}?range=${range ?? RANGE}`,
	table: ({ trend }) => [
		['start', 'averageDuration', 'p50', 'p95', 'p99'],
		...trend.points.map((point) => [new Date(point.start).toISOString(), point.averageDuration, point.p50, point.p95, point.p99]),
	],
	View: PerformanceMetrics,
};

export default definition;
