import { describe, expect, it } from 'vitest';
import { NOON } from '../testing/samples';
import { readExplanation, readTimeline } from './timeline';

const answer = {
	executionId: 'fv-1',
	status: 'running',
	startedAt: new Date(NOON).toISOString(),
	completedAt: null,
	asOf: new Date(NOON + 5_000).toISOString(),
	totalDuration: 5_000,
	activeDuration: 4_000,
	stepsDuration: 3_000,
	queueDuration: null,
	totalWaitMs: 250,
	criticalPath: ['ocr'],
	slowestSteps: ['ocr'],
	sampleSize: 30,
	rows: [
		{
			stepId: 'ocr',
			name: 'Odczyt',
			row: 0,
			status: 'completed',
			startOffsetMs: 250,
			duration: 3_000,
			waitBeforeMs: 250,
			attempt: 2,
			interrupted: false,
			shareOfTotal: 60,
			average: { durationMs: 1_500.5, p50: 1_400, p95: 2_900, sampleSize: 30, deviationPercent: 99.93 },
			attempts: [{ attempt: 1, status: 'failed', startOffsetMs: 250, duration: 100 }],
		},
		{ stepId: 'post', name: '', row: 1, status: 'pending', startOffsetMs: null, duration: null, waitBeforeMs: null, attempt: 0 },
	],
};

describe('a timeline', () => {
	it('is read under the names of the contract', () => {
		const read = readTimeline(answer);
		expect(read).toMatchObject({ totalMs: 5_000, activeMs: 4_000, queuedMs: null, waitMs: 250, runs: 30, runsAt: NOON + 5_000 });
		expect(read.rows[0]).toMatchObject({ id: 'ocr', startMs: 250, durationMs: 3_000, critical: true, slowest: true, attempt: 2 });
		expect(read.rows[0]?.average).toEqual({ durationMs: 1_500.5, p50: 1_400, p95: 2_900, runs: 30, deviationPercent: 99.93 });
		expect(read.rows[0]?.attempts).toEqual([{ attempt: 1, status: 'failed', startMs: 250, durationMs: 100 }]);
	});

	it('marks the three slowest steps', () => {
		const rows = ['a', 'b', 'c', 'd'].map((stepId) => ({ stepId }));
		const read = readTimeline({ ...answer, slowestSteps: ['d', 'b', 'a', 'c'], rows });
		expect(read.rows.filter((row) => row.slowest).map((row) => row.id)).toEqual(['a', 'b', 'd']);
	});

	it('keeps apart what is unknown and what is nothing', () => {
		expect(readTimeline(answer).rows[1]).toMatchObject({ name: 'post', startMs: null, durationMs: null, average: null });
		expect(readTimeline({ ...answer, completedAt: answer.asOf }).runsAt).toBeNull();
		expect(readTimeline(null)).toMatchObject({ totalMs: null, rows: [] });
	});

	it('is slow where it took longer than nearly all runs before', () => {
		const facts = (total: number) => [
			{ name: 'totalDuration', value: total },
			{ name: 'p90Duration', value: 100 },
		];
		expect([99, 100, 101].map((total) => readExplanation({ facts: facts(total) }).slow)).toEqual([false, false, true]);
		expect(readExplanation({ facts: facts(101).slice(0, 1) }).slow).toBe(false);
	});

	it('comes with sentences', () => {
		expect(readExplanation({ summary: 'Trwało 5 s.', sentences: ['Raz.', 7] })).toEqual({
			summary: 'Trwało 5 s.',
			sentences: ['Raz.'],
			slow: false,
		});
	});
});
