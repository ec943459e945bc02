import { describe, expect, it } from 'vitest';
import { readExecution, readExecutionDetail, readStep, readStepDetail } from './execution';

/** An answer of the server, which is a text. */
const step = (value: unknown) => readStepDetail(JSON.stringify(value));

describe('an execution from the server', () => {
	it('is read into the form that the page shows', () => {
		const x = readExecution(
			{
				executionId: 'fv-1',
				workflowId: 'invoice-processing',
				workflowName: 'Przetwarzanie faktur',
				status: 'failed',
				priority: 'HIGH',
				progress: 42.4,
				currentSteps: ['OCR', 7],
				startedAt: '2026-11-24T08:15:00Z',
				duration: 1_500,
				clientRef: 'kowalski',
				error: { code: 'E1', message: 'pierwsza\n\tat stack' },
				seq: 9,
			},
			1,
		);
		expect(x).toMatchObject({
			id: 'fv-1',
			status: 'failed',
			priority: 'HIGH',
			progress: 42,
			currentSteps: ['OCR'],
			startedAt: Date.UTC(2026, 10, 24, 8, 15),
			sortAt: Date.UTC(2026, 10, 24, 8, 15),
			durationMs: 1_500,
			client: 'kowalski',
			error: 'pierwsza',
			seq: 9,
		});
	});

	it('survives any JSON at all', () => {
		for (const raw of [null, 7, 'x', [], {}, { progress: 'much', currentSteps: {}, startedAt: 'soon', status: 'upside down' }]) {
			const x = readExecution(raw, 55);
			expect(x).toMatchObject({ status: 'pending', progress: 0, startedAt: null, sortAt: 55, currentSteps: [] });
			expect(readExecutionDetail(JSON.stringify(raw), 55).steps).toEqual([]);
		}
	});

	it('has a progress between 0 and 100', () => {
		expect(readExecution({ progress: -3 }, 0).progress).toBe(0);
		expect(readExecution({ progress: 250 }, 0).progress).toBe(100);
	});

	it('sorts by its start, else by its time in the queue, else by when it was heard of', () => {
		expect(readExecution({ startedAt: '1970-01-01T00:00:00Z', queuedAt: '2026-01-01T00:00:00Z' }, 9).sortAt).toBe(0);
		expect(readExecution({ queuedAt: '1970-01-01T00:00:05Z' }, 9).sortAt).toBe(5_000);
		expect(readExecution({}, 9).sortAt).toBe(9);
	});

	it('knows a workflow without a name by its id', () => {
		expect(readExecution({ workflowId: 'payroll', workflowName: '' }, 0).workflowName).toBe('payroll');
	});
});

describe('a step from the server', () => {
	it('shows at most 200 characters of the first line of its error', () => {
		expect(readStep({ error: `${'x'.repeat(500)}\nstack` }).error).toHaveLength(200);
		expect(readStep({ error: '' }).error).toBeNull();
		expect(readStep({ error: { code: 'KSEF-21405' } }).error).toBe('KSEF-21405');
	});

	it('says unknown where a figure is missing, never 0', () => {
		const detail = step({ stepId: 'ocr', inputSizeBytes: null, memoryUsageMb: 0 });
		expect(detail).toMatchObject({ cpuPercent: null, inputBytes: null, memoryMb: 0, durationMs: null });
	});

	it('tells apart no data, data, cut data and data that may not be seen', () => {
		const cut = { truncated: true, sizeBytes: 400_000, data: '{"a":' };
		expect(step({ input: null, output: 0 })).toMatchObject({
			input: { kind: 'none' },
			output: { kind: 'data', json: '0' },
		});
		expect(step({ input: cut }).input).toEqual({ kind: 'cut', beginning: '{"a":', bytes: 400_000 });
		expect(step({ input: null, ioHidden: true }).input).toEqual({ kind: 'hidden' });
		expect(step({ input: { truncated: true } }).input).toEqual({ kind: 'data', json: '{"truncated":true}' });
	});

	it('keeps numbers to the last digit, and numbers of what surrounds a step too', () => {
		expect(readStepDetail('{"input": {"kwota":1.10,"id":9007199254740993} ,"output":[1e2]}')).toMatchObject({
			input: { kind: 'data', json: '{"kwota":1.10,"id":9007199254740993}' },
			output: { kind: 'data', json: '[1e2]' },
		});
		expect(readExecutionDetail('{"metadata":{"ref":12345678901234567890}}', 1).metadata).toBe('{"ref":12345678901234567890}');
		expect(readExecutionDetail('{"metadata":{}}', 1).metadata).toBeNull();
		expect(readStepDetail('no JSON at all').input).toEqual({ kind: 'none' });
	});

	it('can be revealed only where all of it was kept and may be seen', () => {
		expect(step({ capture: 'full' }).revealable).toBe(true);
		expect(step({ capture: 'full', ioHidden: true }).revealable).toBe(false);
		expect(step({ capture: 'masked' }).revealable).toBe(false);
	});

	it('knows a wish for another priority', () => {
		const wish = (value: unknown) => readExecutionDetail(JSON.stringify({ priorityRequest: value }), 1).priorityWish;
		expect(wish(null)).toBeNull();
		expect(wish({ state: 'refused', priority: 'HIGH', message: 'nie teraz' })).toEqual({
			priority: 'HIGH',
			state: 'refused',
			requestedAt: null,
			byRule: false,
			message: 'nie teraz',
		});
	});
});
