import { ChartColumnStacked } from 'lucide-react';
import { type Compared, EVERY_MS, useComparedTrend, type Within } from '../../app/workflowqueries';
import { named } from '../../url/range';
import type { WidgetDefinition } from '../widget';
import { ExecutionChart } from './ExecutionChart';

const definition: WidgetDefinition<Within<Compared>> = {
	type: 'execution_chart',
	name: 'widget.execution_chart',
	icon: ChartColumnStacked,
	size: { w: 6, h: 4 },
	least: { w: 2, h: 2 },
	settings: ['workflow', 'range'],
	useReading: ({ workflow, range }) => useComparedTrend(workflow, named(range ?? '24h')),
	everyMs: EVERY_MS,
	isEmpty: ({ answer }) => answer.now.points.every((point) => point.total === 0),
	empty: 'widget.noExecutions',
	href: ({ workflow, range }) =>
		workflow === null ? '/executions' : `/workflows/${encodeURIComponent(workflow)}?range=${range ?? '24h'}`,
	table: ({ answer }) => [
		['start', 'total', 'completed', 'failed'],
		...answer.now.points.map((point) => [new Date(point.start).toISOString(), point.total, point.completed, point.failed]),
	],
	View: ExecutionChart,
};

export default definition;
