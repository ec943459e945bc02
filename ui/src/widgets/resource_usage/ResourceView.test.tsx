// @vitest-environment happy-dom
import { cleanup, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readDashboard } from '../../api/dashboards';
import { readHealth, readResource } from '../../api/resources';
import { draw } from '../../testing/render';
import { DashboardGrid } from '../DashboardGrid';
import definition from './definition';

// Nothing is answered: what a view shows comes from its data.
beforeEach(() => void vi.stubGlobal('fetch', () => new Promise(() => undefined)));
afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

const config = { workflow: null, execution: null, range: null, limit: null };

const series = (metric: string, source: string, ...points: [number, number][]) =>
	readResource({ metric, labels: { source }, points });

it('shows the engine where it speaks, else the server, and what is above its threshold', () => {
	const resources = [
		series('cpu.usage_percent', 'self', [1, 2]),
		series('cpu.usage_percent', 'engine', [1, 91]),
		series('memory.used_mb', 'host', [1, 700]),
	];
	const health = readHealth({
		status: 'yellow',
		warnings: [{ code: 'cpu', message: 'procesor silnika 91%', value: 91, threshold: 80, source: 'engine' }],
		thresholds: { cpuWarnPercent: 80 },
	});
	draw(<definition.View data={{ resources, health }} config={config} />);
	const shown = screen.getAllByTestId('resource').map((one) => [one.dataset.metric, one.dataset.source, one.dataset.value]);
	expect(shown).toEqual([
		['cpu.usage_percent', 'engine', '91'],
		['memory.used_mb', 'host', '700'],
	]);
	expect(screen.getByTestId('resource-warning').dataset.code).toBe('cpu');
	cleanup();
	const board = readDashboard({ id: 'd', widgets: ['system_health', 'resource_usage'].map((type) => ({ id: type, type })) });
	draw(
		<DashboardGrid dashboard={board}>
			{({ id }) => <definition.View key={id} data={{ resources, health }} config={config} />}
		</DashboardGrid>,
	);
	expect(screen.getAllByTestId('resource')).toHaveLength(4);
	expect(screen.queryByTestId('resource-warning')).toBeNull();
	expect(definition.isEmpty({ resources: [], health: null })).toBe(true);
});
