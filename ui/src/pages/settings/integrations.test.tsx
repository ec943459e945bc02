// @vitest-environment happy-dom
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { draw } from '../../testing/render';
import { IntegrationsPart } from './IntegrationsPart';
import { scheduleOf, workflowIdOf } from './PingKeyForm';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

const guide = {
	engine: 'n8n',
	title: 'n8n',
	summary: 'Zgłasza wszystko.',
	doors: ['n8n'],
	url: 'http://monitor:8080',
	blocks: [
		{ kind: 'paragraph', text: [{ text: 'Ustaw ' }, { text: 'X', code: true }] },
		{ kind: 'code', language: 'sh', code: 'curl {url} {token} {{ $json }}' },
		{ kind: 'list', items: [[{ text: 'jeden' }], [{ text: 'dwa', strong: true }]] },
	],
};
const receiver = {
	door: 'n8n',
	path: '/api/ingest/n8n',
	accepted: 2,
	duplicates: 0,
	ignored: 0,
	refused: 1,
	requestsRefused: 1,
	triable: true,
	sample: '{}',
	events: [
		{
			at: new Date().toISOString(),
			source: 'n8n',
			outcome: 'refused',
			code: 'malformed_json',
			reason: 'To nie jest JSON.',
			message: 'x',
		},
		{
			at: new Date().toISOString(),
			source: 'n8n',
			outcome: 'refused',
			index: 2,
			code: 'missing_field',
			message: 'id is required',
		},
	],
};

function answering(trial: unknown = {}) {
	vi.stubGlobal('fetch', async (url: string) => {
		const of: Record<string, unknown> = { guides: { items: [guide] }, n8n: guide, receivers: { items: [receiver] }, try: trial };
		return new Response(JSON.stringify(of[new URL(url, 'http://x').pathname.split('/').at(-1) ?? '']));
	});
}

describe('integrations', () => {
	it('say of each engine whether anything came, and what was refused', async () => {
		answering();
		draw(<IntegrationsPart item="" />);
		const counts = await screen.findByTestId('received-counts');
		expect([counts.dataset.accepted, counts.dataset.refused]).toEqual(['2', '2']);
		expect(screen.getByRole('link', { name: 'n8n' }).getAttribute('href')).toBe('/settings/integrations/n8n');
	});

	it('fill in the address and, where one is written, the secret', async () => {
		answering();
		draw(<IntegrationsPart item="n8n" />);
		const box = await screen.findByRole('region', { name: 'Przykład 1 (sh)' });
		expect(box.textContent).toBe('curl http://monitor:8080 {token} {{ $json }}');
		fireEvent.change(screen.getByLabelText('Token do przykładów'), { target: { value: ' tajny ' } });
		expect(box.textContent).toBe('curl http://monitor:8080 tajny {{ $json }}');
		expect(screen.queryByLabelText('Klucz adresu do przykładów')).toBeNull();
		const rows = await screen.findAllByTestId('received');
		expect(rows[0]?.textContent).toContain('Całe żądanie: To nie jest JSON.');
		expect(rows[1]?.textContent).toContain('Element 3: id is required');
	});

	it('try a body without storing it', async () => {
		answering({
			events: [],
			total: 0,
			rejected: [{ index: 0, code: 'missing_field', reason: 'Brakuje.', message: 'id is required' }],
		});
		draw(<IntegrationsPart item="n8n" />);
		fireEvent.submit((await screen.findByLabelText('Treść żądania')).closest('form') as HTMLFormElement);
		await screen.findByText('Powstałoby 0 zdarzeń.');
		expect(screen.getByTestId('trial').textContent).toContain('Brakuje. id is required');
		cleanup();
		answering({ refused: { status: 400, code: 'malformed_json', reason: 'To nie jest JSON.' } });
		draw(<IntegrationsPart item="n8n" />);
		fireEvent.submit((await screen.findByLabelText('Treść żądania')).closest('form') as HTMLFormElement);
		await screen.findByText('To nie jest JSON. · malformed_json');
	});
});

test('a script is expected when the form says', () => {
	const value = (name: string) => ({ time: '02:30', grace: '20', cron: ' */15 * * * * ' })[name] ?? '';
	expect(scheduleOf('none', value)).toBeNull();
	expect(scheduleOf('daily', value)).toEqual({ cron: '30 2 * * *', graceMinutes: 20, workingDaysOnly: false });
	expect(scheduleOf('workdays', value)).toEqual({ cron: '30 2 * * *', graceMinutes: 20, workingDaysOnly: true });
	expect(scheduleOf('cron', value)).toEqual({ cron: '*/15 * * * *', graceMinutes: 20, workingDaysOnly: false });
});

test('a workflow gets its id from the name', () => {
	expect(workflowIdOf(' Kopia płac – Łódź 2 ')).toBe('kopia-plac-lodz-2');
	expect(workflowIdOf('…')).toBe('');
});
