import { describe, expect, it } from 'vitest';
import { aStepDetail, NOON } from '../../testing/samples';
import { stepJson } from './stepjson';

describe('the copied data of a step (AC2.2d)', () => {
	it('are one JSON text with all that is shown', () => {
		const detail = aStepDetail({
			status: 'failed',
			startedAt: NOON,
			cpuPercent: 12.5,
			input: { kind: 'data', value: { nip: '***', kwoty: [1, 2] } },
			failure: { type: 'OcrError', code: 'E7', message: 'Skan nieczytelny', stack: null },
		});
		expect(JSON.parse(stepJson('fv-1', detail))).toMatchObject({
			executionId: 'fv-1',
			stepId: 'ocr',
			status: 'failed',
			startedAt: '2026-11-24T11:00:00.000Z',
			cpuUsagePercent: 12.5,
			memoryUsageMb: null,
			error: { code: 'E7', message: 'Skan nieczytelny' },
			input: { nip: '***', kwoty: [1, 2] },
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
