// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WidgetConfig } from '../api/dashboards';
import { draw } from '../testing/render';
import { DEFINITIONS, definitionOf } from './registry';
import { WidgetFrame } from './WidgetFrame';

const NOTHING_SET: WidgetConfig = { workflow: null, execution: null, range: null, limit: null };

/** Answers by the beginning of a path; what is not here is empty. */
let answers: Record<string, unknown> = {};
let asked: string[] = [];

beforeEach(() => {
	answers = {};
	asked = [];
	vi.stubGlobal(
		'ResizeObserver',
		class {
			observe() {}
			disconnect() {}
		},
	);
	vi.stubGlobal('fetch', async (path: string) => {
		asked.push(path);
		const key = Object.keys(answers).find((one) => path.startsWith(one));
		return new Response(JSON.stringify(key === undefined ? { items: [], nextCursor: null } : answers[key]));
	});
});
afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

function shown(type: string, config: Partial<WidgetConfig> = {}) {
	const set = { ...NOTHING_SET, ...config };
	const widget = { id: 'w', type, title: '', config: set, stored: {}, place: { x: 0, y: 0, w: 6, h: 5 } };
	return draw(<WidgetFrame widget={widget} config={set} tools={{}} />);
}

const run = (executionId: string, part: object = {}) => ({
	executionId,
	workflowId: 'jpk',
	workflowName: 'Generowanie JPK',
	status: 'running',
	progress: 40,
	startedAt: '2026-11-26T10:00:00.000Z',
	seq: 1,
	...part,
});
const counts = { pending: 2, running: 3, waiting: 1, completed: 9, failed: 4, cancelled: 0 };

describe('the registry', () => {
	it('has each type once, and finds none that is unknown', () => {
		const types = DEFINITIONS.map((one) => one.type);
		expect(new Set(types).size).toBe(types.length);
		for (const type of types) expect(definitionOf(type)?.type).toBe(type);
		expect(definitionOf('hologram')).toBeUndefined();
	});

	it('offers nothing smaller than can be read', () => {
		for (const { size, least } of DEFINITIONS) {
			expect(size.w >= least.w && size.h >= least.h && size.w <= 12).toBe(true);
		}
	});
});

describe('active executions', () => {
	it('say in words how many run, count each state, and name those that run the longest', async () => {
		answers['/api/monitoring/executions'] = { items: [run('a'), run('b', { status: 'pending' })], countsByStatus: counts };
		shown('active_executions', { workflow: 'jpk' });
		const total = await screen.findByTestId('active-count');
		expect([total.textContent, total.dataset.value]).toEqual(['6 wykonań w toku', '6']);
		expect(screen.getAllByTestId('active-status').map((one) => `${one.dataset.status} ${one.dataset.value}`)).toEqual([
			'running 3',
			'waiting 1',
			'pending 2',
		]);
		expect(screen.getByText('Generowanie JPK').getAttribute('href')).toBe('/executions/a');
		expect(asked.some((path) => path.includes('workflowId=jpk') && path.includes('sort=startedAt'))).toBe(true);
	});
});

describe('failed executions', () => {
	it('are counted and listed with what went wrong', async () => {
		const failed = run('f', { status: 'failed', error: 'KSeF nie odpowiedział', completedAt: '2026-11-26T10:05:00.000Z' });
		answers['/api/monitoring/attention'] = { items: [failed], total: 22, totalCapped: false };
		shown('failed_executions');
		const total = await screen.findByTestId('attention-count');
		expect([total.textContent, total.dataset.value]).toEqual(['22 wykonania wymagają uwagi', '22']);
		expect(screen.getByTestId('attention-row').textContent).toContain('KSeF nie odpowiedział');
	});

	it('say that nothing needs attention', async () => {
		answers['/api/monitoring/attention'] = { items: [], total: 0, totalCapped: false };
		shown('failed_executions');
		expect((await screen.findByTestId('attention-count')).textContent).toBe('Nic nie wymaga uwagi');
	});
});

describe('the list of alerts', () => {
	it('shows the latest with what became of them', async () => {
		const alert = { id: 'a1', alertId: 'r1', severity: 'critical', status: 'active', message: 'JPK nie powiodło się', seq: 1 };
		answers['/api/monitoring/alert-history'] = {
			items: [{ ...alert, triggeredAt: '2026-11-26T10:00:00.000Z' }],
			nextCursor: null,
		};
		shown('alert_list');
		const row = await screen.findByTestId('alert-row');
		expect({ ...row.dataset }).toMatchObject({ alertId: 'a1', ruleId: 'r1', status: 'active', severity: 'critical' });
		expect(within(row).queryByTestId('alert-ack')).toBeNull();
	});

	it('says that there are none', async () => {
		shown('alert_list');
		await screen.findByText('Brak alertów');
		expect(screen.getByTestId('widget').dataset.state).toBe('empty');
	});
});

describe('the timeline', () => {
	it('draws the newest that runs, step by step', async () => {
		answers['/api/monitoring/executions/a/timeline'] = {
			status: 'completed',
			startedAt: '2026-11-26T10:00:00.000Z',
			completedAt: '2026-11-26T10:00:04.000Z',
			totalDuration: 4_000,
			slowestSteps: ['s1'],
			rows: [{ stepId: 's1', name: 'Wysyłka', row: 0, status: 'completed', startOffset: 0, duration: 4_000 }],
		};
		answers['/api/monitoring/executions/a/explain'] = { summary: '', sentences: [] };
		answers['/api/monitoring/executions?'] = { items: [run('a')], nextCursor: null };
		shown('timeline');
		await screen.findByText('Wysyłka');
		expect(screen.getByTestId('timeline-total').dataset.value).toBe('4000');
		expect(screen.getByText('Wysyłka').getAttribute('href')).toBe('/executions/a?tab=timeline&step=s1');
	});
});

describe('the menu of a widget', () => {
	it('gives its rows as a file', async () => {
		answers['/api/monitoring/attention'] = { items: [run('f', { status: 'failed' })], total: 1 };
		const made = vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:x');
		HTMLElement.prototype.hidePopover ??= () => {};
		shown('failed_executions');
		await screen.findByTestId('attention-row');
		fireEvent.click(screen.getByTestId('widget-export'));
		const file = made.mock.calls[0]?.[0] as Blob;
		expect(await file.text()).toContain('f;Generowanie JPK');
	});
});
