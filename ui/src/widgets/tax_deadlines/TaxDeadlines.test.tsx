// @vitest-environment happy-dom
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { deadline } from '../../testing/deadlines';
import { draw } from '../../testing/render';
import definition from './definition';
import { countsOf, pauseAfter } from './reading';

afterEach(cleanup);

const config = { workflow: null, execution: null, range: null, limit: null };

describe('the widget of deadlines', () => {
	it('says what is due next, for whom it is done, and what nobody confirmed', () => {
		const near = deadline({
			rule: 'zus-20',
			category: 'ZUS',
			name: 'ZUS DRA – składki',
			light: 'red',
			daysLeft: 1,
			confirmed: false,
		});
		const clients = new Map([['vat-jpk-v7m/2026-11', countsOf(['filed', 'filed', 'failed', 'notStarted'])]]);
		draw(<definition.View data={{ items: [near, deadline()], clients }} config={config} />);
		const lines = screen.getAllByTestId('deadline').map((line) => line.textContent ?? '');
		expect(lines[0]).toContain('ZUS DRA');
		expect(lines[0]).toContain('1 dzień roboczy');
		expect(lines[0]).toContain('niepotwierdzony');
		expect(lines[1]).toContain('Złożone u 2 z 4 klientów');
		expect(lines[1]).toContain('nieudane: 1');
		fireEvent.click(screen.getByTestId('widget-endangered'));
		expect(screen.getAllByTestId('deadline').map((line) => line.dataset.rule)).toEqual(['zus-20']);
	});

	it('counts one client as one', () => {
		const clients = new Map([['vat-jpk-v7m/2026-11', countsOf(['failed'])]]);
		draw(<definition.View data={{ items: [deadline()], clients }} config={config} />);
		expect(screen.getByTestId('deadline').textContent).toContain('Złożone u 0 z 1 klienta');
	});

	it('is empty when nothing is due', () => {
		expect(definition.isEmpty({ items: [], clients: new Map() })).toBe(true);
		expect(definition.isEmpty({ items: [deadline()], clients: new Map() })).toBe(false);
	});
});

it('is asked for as often as its neighbours (AC8.1f), and less often of a server that has much to count', () => {
	expect([0, 30, 100, 162, 400, 9_000].map(pauseAfter)).toEqual([5_000, 5_000, 5_000, 9_000, 20_000, 60_000]);
	expect(pauseAfter(9_000)).toBe(definition.everyMs);
});
