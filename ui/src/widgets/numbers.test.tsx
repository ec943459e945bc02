// @vitest-environment happy-dom
import { cleanup, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import type { WidgetConfig } from '../api/dashboards';
import { readWorkflow, type Trend, type TrendPoint } from '../api/workflows';
import type { Compared, Within } from '../app/workflowqueries';
import { draw } from '../testing/render';
import executionChart from './execution_chart/definition';
import performanceMetrics from './performance_metrics/definition';
import { definitionOf } from './registry';
import stepBreakdown from './step_breakdown/definition';
import successRate from './success_rate/definition';
import workflowHealth from './workflow_health/definition';

afterEach(cleanup);

const NOTHING_SET: WidgetConfig = { workflow: null, execution: null, range: null, limit: null };
const HOUR = 3_600_000;

function point(hour: number, completed: number, failed: number, p95: number | null): TrendPoint {
	const start = Date.parse('2026-11-26T06:00:00Z') + hour * HOUR;
	const finished = completed + failed;
	const successRate = finished === 0 ? null : (100 * completed) / finished;
	return {
		start,
		end: start + HOUR,
		total: finished,
		completed,
		failed,
		successRate,
		averageDuration: p95,
		p50: p95,
		p95,
		p99: p95,
	};
}

const trend = (...points: TrendPoint[]): Trend => ({ points, degradation: null });
const compared = (now: Trend, former: Trend): Within<Compared> => ({
	bounds: { start: 0, end: 0 },
	answer: { now, former, bucket: 'hour' },
});
const busy = compared(trend(point(0, 3, 1, 2_000), point(1, 0, 0, null), point(2, 5, 1, 3_000)), trend(point(0, 9, 1, 1_000)));
const idle = compared(trend(point(0, 0, 0, null)), trend(point(0, 0, 0, null)));

/** The figures that are shown, by the names that the contract has for them. */
const figures = () => Object.fromEntries(screen.getAllByTestId('metric').map(({ dataset }) => [dataset.metric, dataset.value]));

describe('success_rate', () => {
	it('is of all buckets together, with what it is of and how it changed', () => {
		const { container } = draw(<successRate.View data={busy} config={NOTHING_SET} />);
		expect(container.textContent).toContain('80%');
		expect(container.textContent).toContain('o 10 pp gorzej');
		expect(container.textContent).toContain('z 10 wykonań');
		expect(figures()).toEqual({ successRate: '80' });
	});

	it('is no 0 % when nothing finished', () => {
		const { container } = draw(<successRate.View data={idle} config={NOTHING_SET} />);
		expect(container.textContent).toContain('brak danych');
		expect(container.textContent).not.toContain('0%');
		expect(figures()).toEqual({ successRate: '' });
	});
});

it('execution_chart says how many there were, and is empty without any', () => {
	const { container } = draw(<executionChart.View data={busy} config={{ ...NOTHING_SET, range: '7d' }} />);
	expect(container.textContent).toContain('10 wykonań2 nieudane7 dni');
	expect([executionChart.isEmpty(busy), executionChart.isEmpty(idle)]).toEqual([false, true]);
	expect(executionChart.table?.(busy)).toHaveLength(4);
});

it('performance_metrics shows the last known p95 and how it changed', () => {
	const data = { trend: busy.answer.now, metrics: null };
	const { container } = draw(<performanceMetrics.View data={data} config={NOTHING_SET} />);
	expect(container.textContent).toContain('p95 3 s');
	expect(figures()).toEqual({ p95: '3000' });
	expect(container.textContent).toContain('o 1 s gorzej');
	expect([performanceMetrics.isEmpty(data), performanceMetrics.isEmpty({ ...data, trend: idle.answer.now })]).toEqual([
		false,
		true,
	]);
});

it('workflow_health has a card a workflow, what fails first', () => {
	const all = [
		readWorkflow({ workflowId: 'a', workflowName: 'A', health: 'healthy', lastResults: ['completed'] }),
		readWorkflow({ workflowId: 'b', workflowName: 'B', health: 'failing', lastResults: ['failed', 'completed'] }),
	];
	const { container } = draw(<workflowHealth.View data={all} config={NOTHING_SET} />);
	expect(container.textContent).toContain('1 z 2 sprawnych');
	expect(screen.getAllByTestId('workflow-card').map((card) => card.dataset.workflowId)).toEqual(['b', 'a']);
	expect([workflowHealth.isEmpty(all), workflowHealth.isEmpty([])]).toEqual([false, true]);
});

it('workflow_health has a card for each of many workflows', () => {
	const all = Array.from({ length: 150 }, (_, n) => readWorkflow({ workflowId: `w${n}`, workflowName: `W${n}` }));
	draw(<workflowHealth.View data={all} config={NOTHING_SET} />);
	expect(screen.getAllByTestId('workflow-card')).toHaveLength(150);
});

it('step_breakdown names the slowest step and lists all', () => {
	const step = { count: 4, p95: 9_000, wait: 200, failures: 1, deviation: 40 };
	const items = [
		{ ...step, id: 's2', name: 'Wysyłka', average: 6_000, share: 75 },
		{ ...step, id: 's1', name: 'Wczytanie', average: 2_000, share: 25 },
	];
	const data = { workflow: { id: 'jpk', name: 'JPK_V7M' }, steps: { items, runs: 4, capped: false } };
	const { container } = draw(<stepBreakdown.View data={data} config={NOTHING_SET} />);
	expect(container.textContent).toContain('Wysyłka to 75% czasu wszystkich kroków');
	expect(screen.getAllByRole('listitem')).toHaveLength(2);
	expect(stepBreakdown.isEmpty({ workflow: null, steps: { items: [], runs: 0, capped: false } })).toBe(true);
});

it('all of them are known', () => {
	for (const definition of [successRate, executionChart, performanceMetrics, workflowHealth, stepBreakdown]) {
		expect(definitionOf(definition.type)).toBe(definition);
	}
});
