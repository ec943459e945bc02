import { describe, expect, it } from 'vitest';
import { auditExportPath, readAuditEntry } from './audit';

describe('the audit', () => {
	it('is read under the names of the contract', () => {
		const read = readAuditEntry({
			id: 'e-1',
			seq: 7,
			at: '2026-11-26T10:00:00.000Z',
			event: 'monitoring.user.created',
			actor: { id: 'u1', name: 'Anna', type: 'user' },
			object: { type: 'user', id: 'u2' },
			details: { roles: ['viewer'] },
			ip: '127.0.0.1',
			hash: 'ab',
		});
		expect(read).toMatchObject({ seq: 7, event: 'monitoring.user.created', objectType: 'user', objectId: 'u2', erased: false });
		expect(read.at).toBe(Date.UTC(2026, 10, 26, 10));
		expect(readAuditEntry(null)).toMatchObject({ id: '', at: null, details: null });
	});

	it('is exported as it is filtered', () => {
		const filter = { from: Date.UTC(2026, 10, 1), to: null, event: 'monitoring.user.', actor: 'u1' };
		expect(auditExportPath(filter, 'csv', 'pl')).toBe(
			'/api/audit/export?from=2026-11-01T00%3A00%3A00.000Z&event=monitoring.user.&actor=u1&format=csv&locale=pl',
		);
		expect(auditExportPath({ ...filter, from: null, event: '', actor: '' }, 'json', 'pl')).toBe('/api/audit/export?format=json');
	});
});
