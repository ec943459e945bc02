import { describe, expect, it } from 'vitest';
import { POLISH, translator } from '../../i18n/translate';
import { faultsIn, labelsOf, labelText, nextId, PRESETS, rowsOf, scrapeOf, withRow } from './scrapedraft';
import { webhookChange } from './WebhookForm';
import { eventInWords, eventsInWords } from './webhookwords';

const t = translator('pl', POLISH);

describe('what a program is told', () => {
	it('is said in words, by kind', () => {
		expect(eventsInWords(['*', 'step.failed'], t)).toBe('Wszystkie zdarzenia');
		expect(eventsInWords(['alert.*', 'execution.failed', 'execution.cancelled'], t)).toBe(
			'Wykonania: Nieudane, Anulowane; Alerty',
		);
		expect(eventInWords('priority.requested', t)).toBe('Priorytety: Zgłoszono życzenie');
		expect(eventInWords('webhook.test', t)).toBe('Próba');
		expect(eventInWords('queue.grew', t)).toBe('queue.grew');
	});

	it('is sent with a secret only where one is written or taken away', () => {
		const written: Record<string, string> = { name: ' ERP ', url: ' http://erp.lan ', batch: 'on' };
		const change = () =>
			webhookChange(
				(name) => written[name] ?? '',
				(name) => (name === 'events' ? ['*'] : []),
			);
		expect(change()).toEqual({ name: 'ERP', url: 'http://erp.lan', events: ['*'], workflowIds: [], batch: true });
		written.secretGone = 'on';
		expect(change().secret).toBe('');
		written.secret = 'nowy';
		expect(change().secret).toBe('nowy');
	});
});

describe('what is read of a program', () => {
	it('has labels as they are written', () => {
		expect(labelsOf(' state=active, datname="biuro, główne" ,')).toEqual({ state: 'active', datname: 'biuro, główne' });
		expect(labelText({ state: 'active', datname: 'biuro, główne' })).toBe('state=active, datname="biuro, główne"');
		expect(labelsOf('')).toEqual({});
		expect(labelsOf('state')).toEqual({ '': 'state' });
	});

	it('is set as it is filled in', () => {
		const rows = withRow(rowsOf(PRESETS.postgres, 3));
		expect([rows.map(({ id }) => id), nextId(rows), nextId([])]).toEqual([[3, 4], 5, 0]);
		const written: Record<string, string> = {
			name: ' postgres ',
			url: 'u',
			intervalSeconds: '30',
			'metric-3': 'pg_locks',
			'as-3': 'db.locks',
			'factor-3': '0,5',
			'factor-4': 'dwa',
			'labels-4': 'a=b',
			'rate-4': 'on',
		};
		const sent = scrapeOf((name) => written[name] ?? '', rows);
		expect(sent).toEqual({
			name: 'postgres',
			url: 'u',
			intervalSeconds: 30,
			metrics: [
				{ metric: 'pg_locks', labels: {}, as: 'db.locks', factor: 0.5, rate: false },
				{ metric: '', labels: { a: 'b' }, as: '', factor: 'dwa', rate: true },
			],
		});
		const fault = faultsIn((path) => path, 2, sent);
		expect(fault('metrics[0].factor')).toBe('scrapes[2].metrics[0].factor');
		expect(fault('metrics[1].factor')).toBe('scrapes.metrics.factor');
		expect(fault('name')).toBe('scrapes[2].name');
	});
});
