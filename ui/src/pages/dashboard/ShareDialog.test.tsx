// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readDashboard } from '../../api/dashboards';
import { draw } from '../../testing/render';
import { ShareDialog } from './ShareDialog';

const LINK = '/api/monitoring/dashboards/d/share';
let asked: string[] = [];

beforeEach(() => {
	asked = [];
	vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
		const method = init.method ?? 'GET';
		asked.push(`${method} ${path}`);
		if (method === 'DELETE') return new Response(null, { status: 204 });
		const answer = method === 'POST' ? { url: 'https://biuro.example/kiosk/d#key' } : { items: [], screens: [{ id: 's' }] };
		return new Response(JSON.stringify(answer));
	});
});
afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

const dialog = (hasLink: boolean) => (
	<ShareDialog dashboard={readDashboard({ id: 'd', name: 'Ściana', hasLink })} onClose={() => {}} />
);

describe('the link of a screen', () => {
	it('is not asked for any more once it is taken back', async () => {
		const { redraw } = draw(dialog(true));
		await screen.findByTestId('share-screen');
		const before = asked.length;
		fireEvent.click(screen.getByTestId('share-withdraw'));
		await waitFor(() => expect((screen.getByTestId('share-withdraw') as HTMLButtonElement).disabled).toBe(true));
		await waitFor(() => expect((screen.getByTestId('share-withdraw') as HTMLButtonElement).disabled).toBe(false));
		await act(async () => redraw(dialog(true)));
		await act(async () => redraw(dialog(false)));
		expect(asked.slice(before)).toEqual([`DELETE ${LINK}`]);
		expect(screen.queryByTestId('share-screen')).toBeNull();
	});

	it('begins without the screens of a former one', async () => {
		const { redraw } = draw(dialog(true));
		await screen.findByTestId('share-screen');
		redraw(dialog(false));
		fireEvent.click(screen.getByTestId('share-make'));
		await screen.findByTestId('share-url');
		vi.stubGlobal('fetch', () => new Promise(() => {}));
		redraw(dialog(true));
		expect(screen.queryByTestId('share-screen')).toBeNull();
	});
});
