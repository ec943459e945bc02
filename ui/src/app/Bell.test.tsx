// @vitest-environment happy-dom
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { draw } from '../testing/render';
import { Bell } from './Bell';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

it('the inbox says in the language of the page why a message did not arrive, and behind it what the network said', async () => {
	const error = 'dial tcp 10.0.0.1:587: connect: connection refused';
	const item = { id: 'm1', recordId: 'test-1', kind: 'undelivered', target: 'biuro@biuro.example', error };
	vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ items: [item], unread: 1 })));
	draw(<Bell />);
	fireEvent.click(screen.getByTestId('bell'));
	const text = (await screen.findByTestId('inbox-item')).textContent;
	expect(text).toContain(
		`Wiadomość do biuro@biuro.example nie dotarła. Połączenie odrzucono: pod tym adresem nic teraz nie działa. ${error}`,
	);
});
