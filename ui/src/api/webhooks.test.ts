import { describe, expect, it } from 'vitest';
import { hostOf, readWebhook } from './webhooks';

describe('a webhook', () => {
	it('is read under the names of the contract, with how it stands', () => {
		const read = readWebhook({
			id: 'w1',
			name: 'ERP',
			url: 'http://erp.lan/zdarzenia?klucz=••••',
			secret: '••••',
			events: ['execution.failed', 'alert.*'],
			workflowIds: ['jpk'],
			batch: true,
			isActive: true,
			version: 3,
			standing: {
				state: 'unreachable',
				since: '2026-11-27T01:00:00Z',
				retryAt: '2026-11-27T01:05:00Z',
				lastError: 'connection refused',
				waiting: 12,
				deliveredEvents: 40,
				refusedEvents: 1,
				skippedEvents: 2,
				lastDeliveredAt: '2026-11-27T00:59:00Z',
				recent: [
					{
						id: 'w1:e7',
						event: 'execution.failed',
						events: 2,
						status: 'dead',
						attempts: 1,
						lastError: 'HTTP 422',
						at: '2026-11-27T01:00:00Z',
						refusedId: '9',
					},
				],
			},
		});
		expect(read).toMatchObject({ name: 'ERP', hasSecret: true, batch: true, active: true, version: 3 });
		expect(read.standing).toMatchObject({
			state: 'unreachable',
			error: 'connection refused',
			waiting: 12,
			delivered: 40,
			skipped: 2,
		});
		expect(read.standing.retryAt).toBe(Date.UTC(2026, 10, 27, 1, 5));
		expect(read.standing.recent[0]).toMatchObject({ id: 'w1:e7', status: 'dead', events: 2, error: 'HTTP 422', refusedId: '9' });
	});

	it('is read from anything', () => {
		expect(readWebhook(null)).toMatchObject({ id: '', hasSecret: false, events: [], active: false });
		expect(readWebhook({ standing: { state: 'odd', recent: [7], retryAt: null } }).standing).toMatchObject({
			state: 'retrying',
			retryAt: null,
			recent: [{ id: '', status: 'queued', refusedId: '' }],
		});
	});

	it('is known by its host', () => {
		expect(hostOf('http://erp.lan:8443/zdarzenia?a=b')).toBe('erp.lan:8443');
		expect(hostOf('erp')).toBe('erp');
	});
});
