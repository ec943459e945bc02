// @vitest-environment happy-dom
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { readQueued } from '../api/queue';
import { createServices } from '../app/services';
import { draw } from '../testing/render';
import { PriorityWish } from './PriorityWish';

afterEach(() => {
	cleanup();
	vi.restoreAllMocks();
});

const queued = (part: object) => readQueued({ executionId: 'jpk-1', workflowId: 'w', ...part }, 0);

/** Services of somebody who may prioritise; the server takes every wish. */
async function signedIn() {
	const asked: string[] = [];
	vi.spyOn(globalThis, 'fetch').mockImplementation(async (path, init) => {
		asked.push(`${init?.method} ${String(path)} ${String(init?.body ?? '')}`);
		const viewer = { id: 'u', login: 'anna', roles: ['accountant'], rights: ['prioritise'] };
		return new Response(JSON.stringify(viewer), { status: 200 });
	});
	const services = createServices();
	await services.session.check();
	return { services, asked };
}

it('asks with one click, and says honestly how far the wish has come', async () => {
	const { services, asked } = await signedIn();
	const { redraw } = draw(<PriorityWish queued={queued({})} />, undefined, services);
	fireEvent.click(screen.getByTestId('prioritise'));
	await vi.waitFor(() => expect(asked).toContain('POST /api/monitoring/queue/executions/jpk-1/priority {"priority":"HIGH"}'));
	redraw(<PriorityWish queued={queued({ priorityRequest: { state: 'requested', priority: 'HIGH' } })} />);
	expect(screen.getByTestId('priority-state').textContent).toContain('silnik jeszcze nie potwierdził');
	expect(screen.queryByTestId('prioritise')).toBeNull();
	redraw(<PriorityWish queued={queued({ priorityRequest: { state: 'refused', priority: 'HIGH', message: 'już w obróbce' } })} />);
	expect(screen.getByTestId('priority-state').textContent).toBe('Silnik odmówiłjuż w obróbce');
	expect(screen.getByTestId('prioritise')).toBeDefined();
});

it('leaves the click to a person where only a rule asked, and takes a boost back', async () => {
	const { services, asked } = await signedIn();
	const raised = { boostReason: 'JPK_V7M, termin 25.11', priorityRequest: { state: 'requested', priority: 'HIGH', boost: {} } };
	draw(<PriorityWish queued={queued(raised)} boosts />, undefined, services);
	expect(screen.getByTestId('prioritise')).toBeDefined();
	fireEvent.click(screen.getByTestId('boost-forbid'));
	await vi.waitFor(() => expect(asked).toContain('POST /api/monitoring/queue/executions/jpk-1/boost {"allowed":false}'));
});
