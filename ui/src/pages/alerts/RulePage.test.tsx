// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { createServices } from '../../app/services';
import { draw } from '../../testing/render';
import { RulePage } from './RulePage';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

it('a switch leaves what was typed, and a failed save says nothing of an earlier one', async () => {
	const rule = {
		id: 'r1',
		alertName: 'JPK',
		alertType: 'execution_failed',
		severity: 'error',
		isActive: true,
		version: 1,
		cooldownMinutes: 15,
		notificationChannels: [{ type: 'in_app', config: {} }],
	};
	const sent: { match: string | null; change: Record<string, unknown> }[] = [];
	let refused = false;
	vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
		if (init?.method === 'PATCH') {
			const change = JSON.parse(String(init.body));
			sent.push({ match: new Headers(init.headers).get('If-Match'), change });
			if (refused) return new Response(JSON.stringify({ code: 'unavailable' }), { status: 503 });
			Object.assign(rule, change, { version: rule.version + 1 });
		}
		return new Response(JSON.stringify(path.includes('/alerts/r1') ? rule : { items: [] }));
	});
	const services = createServices();
	vi.spyOn(services.session.state, 'get').mockReturnValue({
		phase: 'in',
		viewer: { id: 'u', name: 'anna', rights: ['alerts.manage'] },
	} as never);
	draw(<RulePage id="r1" />, undefined, services);
	const name = () => document.querySelector<HTMLInputElement>('[name=alertName]');
	await screen.findByTestId('rule-form');
	fireEvent.change(name() as HTMLInputElement, { target: { value: 'Faktury' } });
	fireEvent.click(screen.getByTestId('rule-switch'));
	await waitFor(() => expect(screen.getByTestId('rule-switch').getAttribute('aria-checked')).toBe('false'));
	expect(name()?.value).toBe('Faktury');
	fireEvent.click(screen.getByRole('button', { name: 'Zapisz' }));
	await screen.findByTestId('rule-saved');
	expect(sent[1]).toMatchObject({ match: '"2"', change: { alertName: 'Faktury' } });
	refused = true;
	fireEvent.click(screen.getByRole('button', { name: 'Zapisz' }));
	await waitFor(() => expect(sent).toHaveLength(3));
	await waitFor(() => expect(screen.queryByTestId('rule-saved')).toBeNull());
	fireEvent.change(name() as HTMLInputElement, { target: { value: 'Listy płac' } });
	fireEvent.click(screen.getByTestId('rule-switch'));
	await waitFor(() => expect(sent).toHaveLength(4));
	await waitFor(() => expect(screen.getByTestId('rule-switch').hasAttribute('disabled')).toBe(false));
	expect(name()?.value).toBe('Listy płac'); // a switch that failed takes nothing away
});
