import type { Deadline } from '../api/deadlines';

/** A deadline of November's VAT, far enough away; parts of it as wanted. */
export function deadline(part: Partial<Deadline> = {}): Deadline {
	return {
		rule: 'vat-jpk-v7m',
		category: 'VAT',
		name: 'JPK_V7M – ewidencja z deklaracją i zapłata VAT',
		period: '2026-11',
		nominal: '2026-12-25',
		due: '2026-12-28',
		actBy: '2026-12-28',
		daysLeft: 11,
		shifted: true,
		offReason: 'holiday',
		confirmed: true,
		light: 'grey',
		runs: { completed: 0, running: 0, failed: 0 },
		filed: 0,
		clientRules: 0,
		forecast: { state: 'unknown', reason: 'nothingOpen', endsAt: null, expectedAt: null, openRuns: 0, sampleSize: 0 },
		...part,
	};
}
