import { describe, expect, it } from 'vitest';
import { ALL_ALERTS, parseAlertFilter, serializeAlertFilter, toggled } from './alertfilter';

describe('the filter of alerts in the address', () => {
	it('comes back as it was written', () => {
		const filter = {
			status: ['active', 'resolved'] as const,
			severity: ['critical'] as const,
			workflow: 'jpk-generation',
			from: Date.parse('2026-11-23T07:00:00Z'),
			to: null,
		};
		expect(serializeAlertFilter(filter)).toBe(
			'status=active,resolved&severity=critical&workflow=jpk-generation&from=2026-11-23T08:00',
		);
		expect(parseAlertFilter(serializeAlertFilter(filter))).toEqual(filter);
	});

	it('is nothing when it narrows nothing, and takes what it does not know for absent', () => {
		expect(serializeAlertFilter(ALL_ALERTS, '?status=active&theme=dark')).toBe('theme=dark');
		expect(parseAlertFilter('?status=broken&severity=fatal&from=soon')).toEqual(ALL_ALERTS);
		expect(parseAlertFilter('?status=active&status=resolved').status).toEqual(['active', 'resolved']);
	});

	it('toggles a word', () => {
		expect(toggled(['active'], 'resolved')).toEqual(['active', 'resolved']);
		expect(toggled(['active', 'resolved'], 'active')).toEqual(['resolved']);
	});
});
