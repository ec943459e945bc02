import { describe, expect, it } from 'vitest';
import { aStepDetail, NOON } from '../../testing/samples';
import { stepJson } from './stepjson';

describe('the copied data of a step (AC2.2d)', () => {
	it('are one JSON text with all that is shown', () => {
		const detail = aStepDetail({
			status: 'failed',
			startedAt: NOON,
			cpuPercent: 12.5,
			input: { kind: 'data', json: '{"nip":"***","kwoty":[1.10,9007199254740993]}' },
			failure: { type: 'OcrError', code: 'E7', message: 'Skan nieczytelny', stack: null },
		});
		const text = stepJson('fv-1', detail);
		expect(text).toContain('1.10,\n      9007199254740993\n');
		expect(JSON.parse(text)).toMatchObject({
			executionId: 'fv-1',
			stepId: 'ocr',
			status: 'failed',
			startedAt: '2026-11-24T11:00:00.000Z',
			cpuUsagePercent: 12.5,
			memoryUsageMb: null,
			error: { code: 'E7', message: 'Skan nieczytelny' },
			input: { nip: '***' },
			output: null,
		});
	});

	it('say what was cut and what may not be seen', () => {
		const cut = aStepDetail({ output: { kind: 'cut', beginning: '[1,2', bytes: 300_000 } });
		expect(JSON.parse(stepJson('fv-1', cut)).output).toEqual({ truncated: true, sizeBytes: 300_000, data: '[1,2' });
		const hidden = aStepDetail({ input: { kind: 'hidden' }, output: { kind: 'hidden' } });
		expect(JSON.parse(stepJson('fv-1', hidden))).toMatchObject({ input: null, output: null, ioHidden: true });
	});
});
