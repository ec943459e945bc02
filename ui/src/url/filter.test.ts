import { describe, expect, it } from 'vitest';
import { EVERYTHING, narrowed, parseFilter, serializeFilter, toggleStatus } from './filter';

describe('the filter in the address', () => {
	it('is written as one readable status list', () => {
		expect(serializeFilter({ ...EVERYTHING, status: ['running', 'failed'] })).toBe('status=running,failed');
	});

	it('is nothing when it narrows nothing', () => {
		expect(serializeFilter(EVERYTHING)).toBe('');
		expect(parseFilter('')).toEqual(EVERYTHING);
	});

	it('comes back as it was written', () => {
		const filter = {
			status: ['pending', 'failed'] as const,
			workflow: 'invoice-processing',
			client: 'Piekarnia „Złote Kłosy” & syn',
			priority: 'HIGH' as const,
			q: 'fv 2026,11:42',
			from: Date.parse('2026-11-23T07:00:00Z'),
			to: Date.parse('2026-07-23T07:30:00Z'),
			tag: 'vat',
			minMs: 1_500,
			maxMs: 60_000,
			sort: '-duration' as const,
		};
		expect(parseFilter(serializeFilter(filter))).toEqual(filter);
	});

	it('takes statuses in the order given, once each, as a list or repeated', () => {
		expect(parseFilter('?status=failed,running,failed').status).toEqual(['failed', 'running']);
		expect(parseFilter('?status=failed&status=running').status).toEqual(['failed', 'running']);
		expect(parseFilter('?status=running%2Cfailed').status).toEqual(['running', 'failed']);
	});

	it('counts as absent what it does not understand', () => {
		expect(parseFilter('?status=broken&priority=URGENT&from=soon')).toEqual(EVERYTHING);
	});

	it('keeps what is not its own and drops what is empty', () => {
		expect(serializeFilter(EVERYTHING, '?status=failed&theme=dark')).toBe('theme=dark');
	});

	it('toggles one status and leaves the others', () => {
		const failed = toggleStatus(EVERYTHING, 'failed');
		expect(failed.status).toEqual(['failed']);
		expect(toggleStatus(failed, 'running').status).toEqual(['failed', 'running']);
		expect(toggleStatus(failed, 'failed').status).toEqual([]);
	});

	it('says whether anything but the status narrows', () => {
		expect(narrowed({ ...EVERYTHING, status: ['failed'] })).toBe(false);
		expect(narrowed({ ...EVERYTHING, client: 'kowalski' })).toBe(true);
	});
});
