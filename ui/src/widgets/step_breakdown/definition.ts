import { ChartBarDecreasing } from 'lucide-react';
import { type Bottlenecks, fetchBottlenecks, fetchWorkflowList } from '../../api/workflows';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import { bounds, named, type RangeName } from '../../url/range';
import type { WidgetDefinition } from '../widget';
import { StepBreakdown } from './StepBreakdown';

export interface Breakdown {
	readonly workflow: { readonly id: string; readonly name: string } | null;
	readonly steps: Bottlenecks;
}

const RANGE: RangeName = '7d';
const EVERY_MS = 60_000;
const NOTHING: Bottlenecks = { items: [], runs: 0, capped: false };

function useReading(config: { readonly workflow: string | null; readonly range: RangeName | null }) {
	const { http, clock } = useServices();
	return useLiveQuery<Breakdown>({
		key: ['widget', 'step_breakdown', config.workflow, config.range],
		fetch: async (signal) => {
			const all = await fetchWorkflowList(http, config.workflow, signal);
			// Nobody chose one: that which runs the most says the most.
			const [workflow = null] = [...all].sort((a, b) => (b.week?.total ?? 0) - (a.week?.total ?? 0));
			if (workflow === null) return { workflow: null, steps: NOTHING };
			const ends = bounds(named(config.range ?? RANGE), clock.now());
			return { workflow, steps: await fetchBottlenecks(http, workflow.id, ends, signal) };
		},
		everyMs: EVERY_MS,
	});
}

const definition: WidgetDefinition<Breakdown> = {
	type: 'step_breakdown',
	name: 'widget.step_breakdown',
	icon: ChartBarDecreasing,
	size: { w: 5, h: 4 },
	least: { w: 2, h: 2 },
	settings: ['workflow', 'range'],
	useReading,
	everyMs: EVERY_MS,
	isEmpty: ({ steps }) => steps.items.length === 0,
	empty: 'wf.noSteps',
	href: ({ workflow, range }) =>
		workflow === null ? '/workflows' : `/workflows/${encodeURIComponent(workflow)}?range=${range ?? RANGE}`,
	table: ({ steps }) => [
		['stepId', 'name', 'count', 'averageDuration', 'p95', 'waitAverage', 'failures', 'shareOfTotal', 'deviationPercent'],
		...steps.items.map((s) => [s.id, s.name, s.count, s.average, s.p95, s.wait, s.failures, s.share, s.deviation]),
	],
	View: StepBreakdown,
};

export default definition;
