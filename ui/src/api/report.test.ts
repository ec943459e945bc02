import { expect, it } from 'vitest';
import { readMorningReport } from './report';

it('reads a report whatever is missing; what is unknown is not 0', () => {
	expect(readMorningReport(null)).toMatchObject({ failed: [], failedTotal: 0, due: [], backupAt: null, backupProblem: '' });
	const report = readMorningReport({
		from: '2026-11-25T06:30:00Z',
		failed: [
			{ executionId: 'jpk-1', workflowName: 'JPK', clientRef: null, step: 'Wysyłka', error: 'E', at: '2026-11-26T01:00:00Z' },
		],
		failedTotal: 0,
		due: [{ name: 'ZUS', period: '2026-11', due: '2026-11-30', businessDaysLeft: -1, confirmed: false }],
	});
	expect(report.failedTotal).toBe(1);
	expect(report.failed[0]).toEqual({
		executionId: 'jpk-1',
		workflowName: 'JPK',
		client: null,
		step: 'Wysyłka',
		error: 'E',
		at: Date.UTC(2026, 10, 26, 1),
	});
	expect(report.due[0]).toMatchObject({ businessDaysLeft: -1, confirmed: false });
});
