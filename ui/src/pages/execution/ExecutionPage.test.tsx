// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createServices } from '../../app/services';
import { draw } from '../../testing/render';
import ExecutionPage from './ExecutionPage';

afterEach(() => {
	cleanup();
	vi.restoreAllMocks();
	history.replaceState(null, '', '/');
});

const run = {
	executionId: 'fv-2',
	workflowId: 'faktury',
	workflowName: '<script>alert(1)</script>',
	status: 'completed',
	startedAt: '2026-11-24T08:00:00Z',
	completedAt: '2026-11-24T08:10:00Z',
	duration: 600_000,
	retryOf: 'fv-1',
	seq: 3,
	metadata: { externalId: '231' },
	steps: [
		{ stepId: 'a', name: 'Odczyt', status: 'completed' },
		{ stepId: 'b', name: 'Zapis', status: 'failed' },
	],
};
const workflow = {
	workflowId: 'faktury',
	owner: 'Anna Nowak',
	instruction: 'Sprawdzić skan.',
	executionUrl: 'https://n8n.example/e/{externalId}',
};
const facts = (total: number) => [
	{ name: 'totalDuration', value: total },
	{ name: 'p90Duration', value: 500_000 },
];
const audit = { id: '9', seq: 9, at: run.startedAt, event: 'monitoring.queue.prioritised', actor: { name: 'Ewa' } };

/** The page as somebody sees it: their rights, the clients that they see, and parts of the run that differ. */
async function page(who: { rights?: readonly string[]; clients?: readonly string[] } = {}, part: object = {}, total = 600_000) {
	const asked: string[] = [];
	vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
		const path = String(input);
		asked.push(path);
		if (path.endsWith('/me')) return Response.json({ id: 'u', login: 'ewa', rights: [], clients: [], ...who });
		if (path.endsWith('/explain'))
			return Response.json({ summary: 'Trwało 10 min.', sentences: ['Długo.'], facts: facts(total) });
		if (path.startsWith('/api/audit')) return Response.json({ items: [audit] });
		if (path.endsWith('/workflows')) return Response.json({ items: [workflow] });
		if (path.includes('/steps/'))
			return Response.json({ stepId: path.split('/').at(-1), input: { krok: path.split('/').at(-1) } });
		return Response.json({ ...run, ...part });
	});
	const services = createServices();
	await services.session.check();
	draw(<ExecutionPage id="fv-2" />, undefined, services);
	await screen.findByTestId('execution-header');
	return asked;
}
const tabs = () =>
	within(screen.getByRole('group', { name: 'Część strony' }))
		.getAllByRole('button')
		.map((one) => one.textContent);

describe('the page of an execution', () => {
	it('shows names as texts, what it retries, and what the office noted for it', async () => {
		await page();
		expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('<script>alert(1)</script>');
		expect(screen.getByTestId('retry-of').getAttribute('href')).toBe('/executions/fv-1');
		expect((await screen.findByTestId('workflow-note')).textContent).toBe('Opiekun procesuAnna NowakInstrukcjaSprawdzić skan.');
		expect(screen.getByTestId('engine-link').getAttribute('href')).toBe('https://n8n.example/e/231');
	});

	it('explains a run that was slow or failed, and no other', async () => {
		await page();
		expect((await screen.findByTestId('explanation')).textContent).toContain('Długo.');
		cleanup();
		await page({}, { status: 'failed' }, 1);
		expect(await screen.findByTestId('explanation')).toBeTruthy();
		cleanup();
		const asked = await page({}, {}, 1);
		await vi.waitFor(() => expect(asked.some((path) => path.endsWith('/explain'))).toBe(true));
		await screen.findByTestId('workflow-note');
		expect(screen.queryByTestId('explanation')).toBeNull();
	});

	it('has an audit and evidence for those with the rights, who see all clients', async () => {
		await page();
		expect(tabs()).toEqual(['Przebieg', 'Oś czasu', 'Dane', 'Alerty']);
		expect(screen.queryByTestId('evidence')).toBeNull();
		cleanup();
		await page({ rights: ['audit.read'], clients: ['kowalski'] });
		expect(tabs()).not.toContain('Audyt');
		cleanup();
		const asked = await page({ rights: ['audit.read', 'evidence.export'] });
		expect(screen.getByTestId('evidence').getAttribute('href')).toBe('/api/monitoring/executions/fv-2/evidence');
		fireEvent.click(screen.getByText('Audyt'));
		expect((await screen.findByTestId('audit-row')).textContent).toContain('Ewa');
		expect(asked).toContain('/api/audit?object=execution%3Afv-2&limit=50');
		expect(location.search).toBe('?tab=audit');
	});

	it('shows the data of one step, first of the one that failed, and goes on to others', async () => {
		history.replaceState(null, '', '/?tab=data');
		await page();
		expect(await screen.findByText('"b"')).toBeTruthy();
		expect(screen.getAllByTestId('step-input')).toHaveLength(1);
		fireEvent.click(screen.getByText('Poprzedni krok'));
		expect(await screen.findByText('"a"')).toBeTruthy();
		expect(location.search).toBe('?tab=data&step=a');
		expect(screen.getByText('"231"')).toBeTruthy();
	});
});
