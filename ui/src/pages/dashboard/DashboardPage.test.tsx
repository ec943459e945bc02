// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from '../../app/App';
import { createServices } from '../../app/services';
import { draw } from '../../testing/render';
import DashboardPage from './DashboardPage';

let sent: { method: string; path: string; body: unknown }[] = [];
let stored: Record<string, unknown>[] = [];

const board = (id: string, part: object = {}) => ({
	id,
	name: `Pulpit ${id}`,
	layout: { columns: 12, rowHeight: 52 },
	version: 1,
	widgets: [
		{ id: 'low', type: 'failed_executions', title: '', config: { range: '30d' }, position: { x: 0, y: 3, w: 5, h: 3 } },
		{ id: 'high', type: 'hologram', title: 'Nowość', config: {}, position: { x: 3, y: 0, w: 3, h: 3 } },
	],
	...part,
});

beforeEach(() => {
	sent = [];
	stored = [board('a'), board('b', { isDefault: true })];
	vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
		const method = init.method ?? 'GET';
		if (method !== 'GET') sent.push({ method, path, body: JSON.parse(String(init.body ?? 'null')) });
		if (path === '/api/auth/me') return new Response(JSON.stringify({ user: { id: 'u', rights: ['dashboards.own'] } }));
		if (path.startsWith('/api/monitoring/attention')) return new Response('{"items":[],"total":3}');
		if (method === 'POST') return new Response(JSON.stringify(board('c', { name: 'Nowy' })), { status: 201 });
		return new Response(JSON.stringify({ items: path === '/api/monitoring/dashboards' ? stored : [] }));
	});
});
afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
	history.replaceState(null, '', '/');
});

async function opened(id?: string) {
	const services = createServices();
	await services.session.check();
	draw(<DashboardPage id={id} edit={false} />, undefined, services);
	await screen.findByTestId('dashboard-switch');
	return document.querySelector('main');
}

describe('the dashboard', () => {
	it('is the default where the address names none, and says which it is', async () => {
		expect((await opened())?.dataset.dashboardId).toBe('b');
		cleanup();
		expect((await opened('a'))?.dataset.dashboardId).toBe('a');
	});

	it('is drawn in reading order, and one unknown widget takes nothing with it', async () => {
		await opened('a');
		await screen.findByTestId('attention-count');
		const cards = screen.getAllByTestId('widget').map((one) => `${one.dataset.widgetId} ${one.dataset.state}`);
		expect(cards).toEqual(['high error', 'low ready']);
	});

	it('lays what the address says over what the widgets have set', async () => {
		history.replaceState(null, '', '/?range=7d&workflow=jpk');
		await opened('a');
		await screen.findByTestId('attention-count');
		const card = screen.getAllByTestId('widget')[1];
		expect(card?.querySelector('header')?.textContent).toContain('7 dni');
		expect(card?.querySelector('header')?.textContent).toContain('jpk');
		fireEvent.change(screen.getByTestId('range'), { target: { value: '' } });
		await waitFor(() => expect(location.search).toBe('?workflow=jpk'));
		expect(card?.querySelector('header')?.textContent).toContain('30 dni');
	});

	it('says that there is no such one', async () => {
		const services = createServices();
		draw(<DashboardPage id="gone" edit={false} />, undefined, services);
		await screen.findByText('Nie ma takiego pulpitu.');
	});

	it('makes a new one from a template', async () => {
		HTMLDialogElement.prototype.showModal ??= () => {};
		await opened('a');
		fireEvent.click(screen.getByTestId('dashboard-new'));
		const form = screen.getByTestId('dashboard-form');
		fireEvent.change(form.querySelector('[name=name]') ?? form, { target: { value: ' Telewizor ' } });
		fireEvent.click(form.querySelector('[value=screen]') ?? form);
		fireEvent.submit(form);
		await waitFor(() => expect(location.pathname).toBe('/d/c'));
		const body = sent[0]?.body as { name: string; layout: object; widgets: { type: string; position: object }[] };
		expect([body.name, body.layout]).toEqual(['Telewizor', { rowHeight: 52 }]);
		expect(body.widgets[0]).toMatchObject({ type: 'system_health', position: { x: 0, y: 0, w: 3, h: 4 } });
	});
});

describe('a dashboard with changes that are not stored', () => {
	const asked = () => screen.findByTestId('dashboard-leave');
	const stays = () => {
		expect(location.pathname).toBe('/d/a/edit');
		fireEvent(screen.getByTestId('dashboard-leave'), new Event('close'));
		expect(screen.queryByTestId('dashboard-leave')).toBeNull();
	};

	it('is left by no way without a question, and by the one that was chosen after it', async () => {
		HTMLDialogElement.prototype.showModal ??= () => {};
		vi.stubGlobal(
			'WebSocket',
			Object.assign(
				class {
					close() {}
				},
				{ OPEN: 1 },
			),
		);
		history.replaceState(null, '', '/d/a/edit');
		const { services } = draw(<App />);
		fireEvent.click(await screen.findByTestId('widget-add'));
		fireEvent.click(document.querySelector('[data-testid="widget-type"]') ?? document.body);
		await waitFor(() => expect(history.state?.held).toBe(true));

		fireEvent.click(document.querySelector('a[href="/queue"]') ?? document.body);
		await asked();
		stays();
		fireEvent.click(screen.getByTitle('Wyloguj'));
		await asked();
		expect(services.session.state.get().phase).toBe('in');
		stays();
		fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true });
		fireEvent.click(
			(await screen.findAllByTestId('palette-option')).find((one) => one.dataset.key === 'page:/queue') ?? document.body,
		);
		await asked();
		stays();
		for (const key of ['g', 'k']) fireEvent.keyDown(document.body, { key });
		await asked();
		fireEvent.click(screen.getByTestId('dashboard-discard'));
		await waitFor(() => expect(location.pathname).toBe('/queue'));
		expect(history.state?.held).toBeUndefined();
	});
});
