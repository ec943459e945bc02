// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { draw } from '../../testing/render';
import { OneWebhook } from './OneWebhook';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

it('a test that failed says why in the language of the page, and behind it what the network said', async () => {
	const lastError = 'lookup erp.example: no such host';
	const hook = { id: 'h1', name: 'ERP', isActive: true, standing: { recent: [{ id: 't1', status: 'dead', lastError }] } };
	vi.stubGlobal('fetch', async (path: string) => {
		const answer = path.endsWith('/test') ? { deliveryId: 't1' } : path.includes('/webhooks/') ? hook : { items: [] };
		return new Response(JSON.stringify(answer));
	});
	draw(<OneWebhook id="h1" />);
	fireEvent.click(await screen.findByTestId('webhook-test'));
	const told = await screen.findByTestId('webhook-tested');
	expect(told.textContent).toBe(`Próba się nie udała. Nie znaleziono serwera o tej nazwie. ${lastError}`);
});

it('what somebody else changed meanwhile is loaded into the form on request, and saved over then', async () => {
	const stored = { id: 'h1', name: 'ERP', url: 'https://a.example', events: ['*'], version: 1, standing: { recent: [] } };
	const versions: (string | null)[] = [];
	vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
		if (init.method !== 'PATCH') return new Response(JSON.stringify(path.includes('/webhooks/') ? stored : { items: [] }));
		const version = new Headers(init.headers).get('If-Match');
		versions.push(version);
		if (version?.includes(String(stored.version))) return new Response(JSON.stringify(stored));
		return new Response('{"code":"version_mismatch"}', { status: 412 });
	});
	draw(<OneWebhook id="h1" />);
	fireEvent.click(await screen.findByTestId('webhook-change'));
	Object.assign(stored, { name: 'ERP i kadry', version: 2 });
	fireEvent.submit(await screen.findByTestId('webhook-form'));
	fireEvent.click(await screen.findByTestId('form-reload'));
	await waitFor(() =>
		expect(screen.getByTestId<HTMLFormElement>('webhook-form').elements).toHaveProperty('name.value', 'ERP i kadry'),
	);
	expect(screen.queryByTestId('form-error')).toBeNull();
	fireEvent.submit(screen.getByTestId('webhook-form'));
	await screen.findByTestId('webhook-change');
	expect(versions).toHaveLength(2);
});
