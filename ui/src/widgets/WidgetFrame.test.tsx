// @vitest-environment happy-dom
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { Gauge } from 'lucide-react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Widget, WidgetConfig } from '../api/dashboards';
import { ApiError } from '../api/http';
import { TimeSeries } from '../charts/TimeSeries';
import { draw } from '../testing/render';
import { stateOf } from './state';
import { WidgetFrame } from './WidgetFrame';
import type { Reading, WidgetDefinition } from './widget';

const NOTHING_SET: WidgetConfig = { workflow: null, execution: null, range: null, limit: null };
const widget = (type = 'success_rate'): Widget => ({
	id: 'w1',
	type,
	title: '',
	config: NOTHING_SET,
	stored: {},
	place: { x: 3, y: 0, w: 3, h: 2 },
});

let reading: Reading<number>;
let breaks = false;
let charted = false;
const probe: WidgetDefinition<number> = {
	type: 'success_rate',
	name: 'nav.resources',
	icon: Gauge,
	size: { w: 3, h: 3 },
	least: { w: 2, h: 2 },
	settings: ['workflow', 'range'],
	useReading: () => reading,
	everyMs: 5_000,
	isEmpty: (n) => n === 0,
	empty: 'list.empty',
	href: () => '/resources',
	table: (n) => [['a'], [n]],
	View: ({ data }) => {
		if (breaks) throw new Error('broken on purpose');
		return charted ? <TimeSeries title="h" times={[]} series={[]} unit="count" /> : <output>{data}</output>;
	},
};
vi.mock('./registry', () => ({ definitionOf: (type: string) => (type === 'success_rate' ? probe : undefined) }));

beforeEach(() => {
	breaks = false;
	charted = false;
	reading = { data: 7, error: null, dataUpdatedAt: Date.now(), refetch: vi.fn() };
});
afterEach(cleanup);

function shown(props: Partial<Parameters<typeof WidgetFrame>[0]> = {}) {
	const drawn = draw(<WidgetFrame widget={widget()} config={NOTHING_SET} tools={{}} {...props} />);
	return { ...drawn, card: () => screen.getByTestId('widget') };
}

describe('the frame of a widget', () => {
	it('carries its place, its state and the time of its data', () => {
		const { card } = shown();
		expect({ ...card().dataset }).toMatchObject({ state: 'ready', x: '3', y: '0', w: '3', h: '2', widgetId: 'w1' });
		expect(Date.parse(card().dataset.updatedAt ?? '')).toBe(reading.dataUpdatedAt);
		expect(card().textContent).toContain('7');
	});

	it('says that there is nothing', () => {
		reading = { ...reading, data: 0 };
		const { card } = shown();
		expect(card().dataset.state).toBe('empty');
		expect(card().textContent).toContain('Nie ma jeszcze żadnych wykonań.');
	});

	it('keeps old data when a fetch failed, with the number for support and a way to repeat it', () => {
		reading = { ...reading, error: new ApiError(500, 'internal', '', 'req-1') };
		const { card } = shown();
		expect(card().dataset.state).toBe('error');
		expect(card().textContent).toContain('req-1');
		expect(card().textContent).toContain('7');
		fireEvent.click(screen.getByText('Spróbuj ponownie'));
		expect(reading.refetch).toHaveBeenCalledOnce();
	});

	it('shows neither a number nor an error where the viewer may not look', () => {
		reading = { data: undefined, error: new ApiError(403, 'forbidden', '', null), dataUpdatedAt: 0, refetch: vi.fn() };
		expect(shown().card().textContent).toContain('Brak uprawnień');
	});

	it('says the age of data that are older than two rounds', () => {
		reading = { ...reading, dataUpdatedAt: Date.now() - 24_000 };
		const { card } = shown();
		expect(card().dataset.state).toBe('stale');
		expect(screen.getByTestId('widget-age').textContent).toContain('24');
	});

	it('stays when it breaks, and is tried again', () => {
		const silence = vi.spyOn(console, 'error').mockImplementation(() => {});
		breaks = true;
		const { card } = shown();
		expect(card().dataset.state).toBe('error');
		breaks = false;
		fireEvent.click(screen.getByText('Spróbuj ponownie'));
		expect(card().dataset.state).toBe('ready');
		silence.mockRestore();
	});

	it('that broke is tried again when it is set otherwise', () => {
		const silence = vi.spyOn(console, 'error').mockImplementation(() => {});
		breaks = true;
		const { card, redraw } = shown();
		breaks = false;
		redraw(<WidgetFrame widget={widget()} config={{ ...NOTHING_SET, range: '7d' }} tools={{}} />);
		expect([card().dataset.state, card().textContent?.includes('7 dni')]).toEqual(['ready', true]);
		silence.mockRestore();
	});

	it('that nobody sits at has neither a menu nor links', () => {
		const { card } = shown({ still: true, tools: { onMaximise: () => {} } });
		expect(card().querySelectorAll('a, button').length).toBe(0);
		cleanup();
		expect(
			shown({ tools: { onMaximise: () => {} } })
				.card()
				.querySelectorAll('a, button').length,
		).toBeGreaterThan(1);
	});

	it('can be saved as a picture while it shows a chart', () => {
		const { redraw } = shown();
		const open = () => fireEvent.click(screen.getByRole('button', { expanded: false }));
		open();
		expect(screen.getByTestId('widget-export')).toBeTruthy();
		expect(screen.queryByTestId('widget-picture')).toBeNull();
		charted = true;
		redraw(<WidgetFrame widget={widget()} config={{ ...NOTHING_SET, range: '7d' }} tools={{}} />);
		expect(screen.getByTestId('widget-picture')).toBeTruthy();
	});

	it('of an unknown type says so and can be removed', () => {
		const onRemove = vi.fn();
		const { card } = shown({ widget: widget('hologram'), tools: { onRemove } });
		expect(card().textContent).toContain('hologram');
		fireEvent.click(screen.getByText('Usuń z pulpitu', { selector: 'button:not([data-testid])' }));
		expect(onRemove).toHaveBeenCalledOnce();
	});

	it('takes a title for text, whatever it holds', () => {
		const { card } = shown({ widget: { ...widget(), title: '<b>JPK</b>' } });
		expect(card().querySelector('h2')?.textContent).toBe('<b>JPK</b>');
	});
});

describe('the state of a widget', () => {
	const calm = { now: 100_000, offline: false, paused: false, everyMs: 5_000 };
	const good = { data: 1, error: null, dataUpdatedAt: 99_000, refetch: () => {} };
	it.each([
		['ready', good, false, calm],
		['empty', good, true, calm],
		['loading', { ...good, data: undefined }, false, calm],
		['error', { ...good, data: undefined, error: new Error() }, false, { ...calm, offline: true }],
		['error', { ...good, error: new Error() }, false, calm],
		['stale', { ...good, error: new Error() }, false, { ...calm, offline: true }],
		['paused', { ...good, dataUpdatedAt: 1 }, false, { ...calm, paused: true }],
		['stale', { ...good, dataUpdatedAt: 89_999 }, false, calm],
		['ready', { ...good, dataUpdatedAt: 1 }, false, { ...calm, everyMs: 0 }],
	] as const)('is %s', (state, reading, empty, around) => {
		expect(stateOf(reading, empty, around)).toBe(state);
	});
});
