import { describe, expect, it } from 'vitest';
import { readScrape, readScrapeSetting } from './scrapes';

describe('what is scraped', () => {
	it('is read with how that goes', () => {
		const read = readScrape({
			name: 'postgres',
			url: 'http://db.lan:9187/metrics',
			intervalSeconds: 30,
			state: 'failed',
			lastAt: '2026-11-27T01:00:00Z',
			lastSuccessAt: null,
			lastError: 'HTTP 404',
			samples: 0,
		});
		expect(read).toMatchObject({ id: 'postgres', seconds: 30, state: 'failed', successAt: null, error: 'HTTP 404' });
		expect(read.at).toBe(Date.UTC(2026, 10, 27, 1));
		expect(readScrape(null)).toMatchObject({ id: '', state: 'waiting', at: null, error: '' });
	});

	it('is read as it is set', () => {
		const metrics = [{ metric: 'pg_stat_activity_count', labels: { state: 'active' }, as: 'db.active_connections' }];
		expect(readScrapeSetting({ name: 'postgres', url: 'u', intervalSeconds: 30, metrics })).toEqual({
			name: 'postgres',
			url: 'u',
			intervalSeconds: 30,
			metrics: [{ ...metrics[0], factor: null, rate: false }],
		});
		expect(readScrapeSetting({ metrics: [{ factor: 0.5, rate: true, labels: { a: 1 } }] }).metrics[0]).toEqual({
			metric: '',
			labels: { a: '' },
			as: '',
			factor: 0.5,
			rate: true,
		});
	});
});
