// @vitest-environment happy-dom
import { cleanup, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { draw } from '../../testing/render';
import KioskPage from './KioskPage';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

it('a screen says how true it is before it has anything to show, and when there is nothing', async () => {
	let answer = (_: Response) => {};
	vi.stubGlobal('fetch', () => new Promise<Response>((resolve) => (answer = resolve)));
	draw(<KioskPage first="d1" />);
	expect(screen.getByTestId('connection').dataset.state).toBe('offline');
	answer(new Response(JSON.stringify({ items: [] })));
	await screen.findByText('Nie ma takiego pulpitu.');
	expect(screen.getByTestId('connection')).toBeDefined();
});
