import { HeartPulse } from 'lucide-react';
import type { Workflow } from '../../api/workflows';
import { EVERY_MS, useWorkflowList } from '../../app/workflowqueries';
import type { WidgetDefinition } from '../widget';
import { WorkflowHealth } from './WorkflowHealth';

const definition: WidgetDefinition<readonly Workflow[]> = {
	type: 'workflow_health',
	name: 'widget.workflow_health',
	icon: HeartPulse,
	size: { w: 4, h: 4 },
	least: { w: 2, h: 2 },
	settings: ['limit'],
	useReading: () => useWorkflowList(),
	everyMs: EVERY_MS,
	isEmpty: (all) => all.length === 0,
	empty: 'wf.none',
	href: () => '/workflows',
	table: (all) => [
		['workflowId', 'name', 'health', 'successRate7d', 'p95_7d', 'lastExecution'],
		...all.map((one) => [
			one.id,
			one.name,
			one.health,
			one.week?.successRate ?? null,
			one.week?.p95 ?? null,
			one.last?.id ?? null,
		]),
	],
	View: WorkflowHealth,
};

export default definition;
