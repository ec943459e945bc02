// @vitest-environment happy-dom
import { cleanup, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readHealth } from '../../api/resources';
import { draw } from '../../testing/render';
import definition from './definition';

// Nothing is answered: what a view shows comes from its data.
beforeEach(() => void vi.stubGlobal('fetch', () => new Promise(() => undefined)));
afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

const config = { workflow: null, execution: null, range: null, limit: null };

it('says in sentences why it is not green, each once', () => {
	const health = readHealth({
		status: 'red',
		reasons: ['Silniki milczą od 400 s', 'Procesor silnika 91%', 'Kolejka przekroczyła próg'],
		warnings: [
			{ code: 'cpu', message: 'Procesor silnika 91%', source: 'engine' },
			{ code: 'queue_backlog', message: 'Kolejka przekroczyła próg' },
		],
		notes: [{ code: 'backup_off', message: 'Nocne kopie zapasowe są wyłączone' }],
	});
	draw(<definition.View data={health} config={config} />);
	expect(screen.getByTestId('health').dataset.status).toBe('red');
	expect(screen.getAllByTestId('health-reason').map((one) => one.textContent)).toEqual([
		'Silniki milczą od 400 s',
		'Kolejka przekroczyła próg',
	]);
	expect(screen.getByTestId('resource-warning').textContent).toBe('Procesor silnika 91%');
	expect(screen.getByText('Nocne kopie zapasowe są wyłączone')).toBeDefined();
	expect(definition.isEmpty(readHealth(null))).toBe(false);
});
