import { describe, expect, it } from 'vitest';
import type { StepDetail } from '../api/execution';
import { ApiError } from '../api/http';
import { aStepDetail } from '../testing/samples';
import { Fetched } from './fetched';

async function shown(...answers: (StepDetail | Error)[]) {
	let n = 0;
	const state = new Fetched(async () => {
		const answer = answers[n++];
		if (answer === undefined || answer instanceof Error) throw answer;
		return answer;
	});
	for (const _ of answers) {
		state.load();
		await new Promise<void>((done) => setTimeout(done));
	}
	return state.view.get();
}

const detail = aStepDetail({ status: 'completed', output: { kind: 'data', json: '{"netto":"100.00"}' } });
const silent = new ApiError(0, 'unreachable', '', null);
const gone = new ApiError(404, 'not_found', '', null);

describe('the details of an opened step', () => {
	it('are shown when they came', async () => {
		expect(await shown(detail)).toEqual({ phase: 'ready', detail, error: null });
	});

	it('have failed when the first answer does not come', async () => {
		expect(await shown(silent)).toEqual({ phase: 'failed', detail: null, error: silent });
	});

	it('stay when a later answer does not come', async () => {
		expect(await shown(detail, silent)).toEqual({ phase: 'ready', detail, error: silent });
	});

	it('recover when an answer comes again', async () => {
		expect(await shown(silent, detail)).toEqual({ phase: 'ready', detail, error: null });
	});

	it('are missing where the server has none, such as for a step that has not begun', async () => {
		expect(await shown(detail, gone)).toEqual({ phase: 'missing', detail: null, error: gone });
	});
});
