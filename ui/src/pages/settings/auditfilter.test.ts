import { describe, expect, it } from 'vitest';
import { belongsToArea } from '../../audit/auditevents';
import { parseAuditFilter, serializeAuditFilter } from './useAuditFilter';

describe('the filter of the audit', () => {
	it('stands in the address as it was chosen', () => {
		const search = 'from=2026-11-26T08:00&to=2026-11-26T09:30&event=monitoring.user.&actor=u1';
		const filter = parseAuditFilter(search);
		expect(filter).toEqual({
			from: Date.UTC(2026, 10, 26, 7),
			to: Date.UTC(2026, 10, 26, 8, 30),
			event: 'monitoring.user.',
			actor: 'u1',
		});
		expect(serializeAuditFilter(filter)).toBe(search);
	});

	it('is empty where nothing, or nonsense, is asked for', () => {
		expect(serializeAuditFilter(parseAuditFilter('from=yesterday&colour=red'))).toBe('');
	});

	it('knows areas from what belongs to them', () => {
		expect(belongsToArea('monitoring.user.created')).toBe(true);
		expect(belongsToArea('monitoring.user.')).toBe(false);
		expect(belongsToArea('monitoring.login.failed')).toBe(false);
	});
});
