import { CircleCheckBig } from 'lucide-react';
import { type Compared, EVERY_MS, useComparedTrend, type Within } from '../../app/workflowqueries';
import { sumsOf } from '../../live/trendsums';
import { named } from '../../url/range';
import type { WidgetDefinition } from '../widget';
import { SuccessRate } from './SuccessRate';

const definition: WidgetDefinition<Within<Compared>> = {
	type: 'success_rate',
	name: 'widget.success_rate',
	icon: CircleCheckBig,
	size: { w: 3, h: 3 },
	least: { w: 2, h: 2 },
	settings: ['workflow', 'range'],
	useReading: ({ workflow, range }) => useComparedTrend(workflow, named(range ?? '24h')),
	everyMs: EVERY_MS,
	// That nothing finished is said with its numbers.
	isEmpty: () => false,
	empty: 'list.empty',
	href: ({ workflow, range }) =>
		workflow === null ? '/workflows?sort=successRate' : `/workflows/${encodeURIComponent(workflow)}?range=${range ?? '24h'}`,
	table: ({ answer }) => [
		['start', 'completed', 'failed', 'successRate'],
		...answer.now.points.map((point) => [new Date(point.start).toISOString(), point.completed, point.failed, point.successRate]),
		['', sumsOf(answer.now.points).completed, sumsOf(answer.now.points).failed, sumsOf(answer.now.points).successRate],
	],
	View: SuccessRate,
};

export default definition;
