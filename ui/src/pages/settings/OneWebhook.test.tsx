// @vitest-environment happy-dom
import { cleanup, fireEvent, screen } from '@testing-library/react';
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
