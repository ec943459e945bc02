// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import type { Deadline } from '../../api/deadlines';
import { createServices } from '../../app/services';
import { draw } from '../../testing/render';
import { ClientMatrix } from './ClientMatrix';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

it('a filing that is marked from a row is confirmed', async () => {
	vi.stubGlobal('fetch', async (_path: string, init?: RequestInit) => {
		const filed = { clientRef: 'K-1', upo: 'UPO-1', filedAt: '2026-11-20T10:00:00Z' };
		const clients = { items: [{ clientRef: 'K-1', state: 'missing', executions: [] }] };
		return new Response(JSON.stringify(init?.method === undefined || init.method === 'GET' ? clients : filed));
	});
	const services = createServices();
	vi.spyOn(services.session.state, 'get').mockReturnValue({
		phase: 'in',
		viewer: { id: 'u', name: 'anna', rights: ['deadlines.file'] },
	} as never);
	const deadline = { rule: 'jpk', period: '2026-10' } as Deadline;
	draw(<ClientMatrix deadline={deadline} client="" />, undefined, services);
	const row = (await screen.findByText('K-1')).closest('li') as HTMLElement;
	fireEvent.click(within(row).getByRole('button'));
	const form = screen.getByTestId('filing-form');
	expect(within(form).getByDisplayValue('K-1')).toBeTruthy();
	fireEvent.submit(form);
	expect((await screen.findByTestId('filed')).textContent).toContain('K-1');
	expect(form.querySelector<HTMLInputElement>('[name=clientRef]')?.value).toBe('');
});
