import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ExecutionDetail } from '../api/execution';
import { ApiError } from '../api/http';
import { aDetail, anExecution, aStep } from '../testing/samples';
import { ExecutionState } from './executionstate';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const plan = [
	aStep({ id: 'ocr', name: 'Odczyt' }),
	aStep({ id: 'vat', name: 'VAT' }),
	aStep({ id: 'post', name: 'Księgowanie' }),
];

async function stateOf(detail: ExecutionDetail) {
	const server: { answer: ExecutionDetail | Error; asked: number } = { answer: detail, asked: 0 };
	const state = new ExecutionState('fv-1', async () => {
		server.asked += 1;
		if (server.answer instanceof Error) throw server.answer;
		return server.answer;
	});
	state.load();
	await vi.advanceTimersByTimeAsync(0);
	return { state, server };
}

const step = (seq: number, part: Parameters<typeof aStep>[0], executionId = 'fv-1') => ({
	executions: [],
	steps: [{ executionId, seq, step: aStep(part) }],
	resync: false,
});

describe('one live execution', () => {
	it('shows a step change at once, in the place of the plan', async () => {
		const { state } = await stateOf(aDetail({ seq: 5 }, plan));
		state.apply(step(6, { id: 'vat', name: 'VAT', status: 'failed', error: 'Brak stawki' }));
		const steps = state.view.get().detail?.steps ?? [];
		expect(steps.map((s) => `${s.id} ${s.status}`)).toEqual(['ocr pending', 'vat failed', 'post pending']);
		expect(steps[1]?.error).toBe('Brak stawki');
	});

	it('lists a step that is not in the plan after it', async () => {
		const { state } = await stateOf(aDetail({ seq: 5 }, plan));
		state.apply(step(6, { id: 'extra', name: 'Dodatkowy', status: 'running' }));
		expect(state.view.get().detail?.steps.at(-1)).toMatchObject({ id: 'extra', declared: false });
	});

	it('never lets an older answer or frame undo a newer one', async () => {
		const { state, server } = await stateOf(aDetail({ seq: 5 }, plan));
		state.apply(step(9, { id: 'ocr', status: 'completed', durationMs: 900 }));
		state.apply(step(8, { id: 'ocr', status: 'running' }));
		server.answer = aDetail({ seq: 7 }, [aStep({ id: 'ocr', status: 'running' })]);
		state.load();
		await vi.advanceTimersByTimeAsync(0);
		expect(state.view.get().detail?.steps[0]).toMatchObject({ status: 'completed', durationMs: 900 });
	});

	it('lets no frame that comes late undo a full answer', async () => {
		const { state } = await stateOf(aDetail({ seq: 9 }, [aStep({ id: 'ocr', status: 'completed' })]));
		state.apply(step(7, { id: 'ocr', status: 'running' }));
		expect(state.view.get().detail?.steps[0]?.status).toBe('completed');
	});

	it('takes the answer that is as new as the frame: it knows more', async () => {
		const { state, server } = await stateOf(aDetail({ seq: 5 }, plan));
		state.apply(step(6, { id: 'vat', status: 'failed' }));
		server.answer = aDetail({ seq: 6 }, [aStep({ id: 'vat', status: 'failed', interrupted: true })]);
		await vi.advanceTimersByTimeAsync(2_000);
		expect(state.view.get().detail?.steps[0]?.interrupted).toBe(true);
	});

	it('ignores other executions', async () => {
		const { state, server } = await stateOf(aDetail({ seq: 5 }, plan));
		const before = state.view.get();
		state.apply(step(6, { id: 'ocr', status: 'failed' }, 'other'));
		state.apply({ executions: [anExecution({ id: 'other', seq: 9 })], steps: [], resync: false });
		await vi.advanceTimersByTimeAsync(2_000);
		expect(state.view.get()).toBe(before);
		expect(server.asked).toBe(1);
	});

	it('tells which step has new details to fetch', async () => {
		const { state } = await stateOf(aDetail({ seq: 5 }, plan));
		state.apply(step(6, { id: 'ocr', status: 'completed' }));
		expect(state.view.get().revisions).toEqual({ ocr: 6 });
	});

	it('follows the status of the frames', async () => {
		const { state } = await stateOf(aDetail({ seq: 5 }, plan));
		state.apply({ executions: [anExecution({ seq: 8, status: 'failed', progress: 33 })], steps: [], resync: false });
		expect(state.view.get().detail?.execution).toMatchObject({ status: 'failed', progress: 33 });
	});

	it('asks at once when the execution ends: that interrupts steps, and no frame tells which', async () => {
		const { state, server } = await stateOf(aDetail({ seq: 5 }, plan));
		server.answer = aDetail({ seq: 8, status: 'failed' }, [aStep({ id: 'ocr', status: 'failed', interrupted: true })]);
		state.apply({ executions: [anExecution({ seq: 8, status: 'failed' })], steps: [], resync: false });
		await vi.advanceTimersByTimeAsync(0);
		expect(state.view.get().detail?.steps[0]?.status).toBe('failed');
	});

	it('is missing when the server does not know it, and keeps what it showed when nobody answers', async () => {
		const { state, server } = await stateOf(aDetail({ seq: 5 }, plan));
		server.answer = new ApiError(0, 'unreachable', '', null);
		state.load();
		await vi.advanceTimersByTimeAsync(0);
		expect(state.view.get()).toMatchObject({ phase: 'ready', error: server.answer });
		expect(state.view.get().detail?.steps).toHaveLength(3);
		server.answer = new ApiError(404, 'not_found', '', null);
		state.load();
		await vi.advanceTimersByTimeAsync(0);
		expect(state.view.get()).toMatchObject({ phase: 'missing', removed: true, detail: null });
	});

	it('does not call removed what never was there', async () => {
		const state = new ExecutionState('fv-0', async () => {
			throw new ApiError(404, 'not_found', '', null);
		});
		state.load();
		await vi.advanceTimersByTimeAsync(0);
		expect(state.view.get()).toMatchObject({ phase: 'missing', removed: false });
	});
});
