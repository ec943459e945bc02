import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Alert, readAlert } from '../api/alerts';
import { AlertBoard } from './alertboard';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const raw = (id: string, part: Record<string, unknown> = {}) => ({
	id,
	alertId: 'r1',
	status: 'active',
	severity: 'critical',
	triggeredAt: '2026-11-24T11:00:00Z',
	seq: 1,
	...part,
});
const frame = (id: string, seq: number, part: Record<string, unknown> = {}, fresh = false) =>
	({ kind: 'alert', seq, fresh, data: raw(id, { seq, ...part }) }) as const;
const statuses = (board: AlertBoard) => [...board.board.get().alerts.values()].map((one) => `${one.id} ${one.status}`);

async function loaded(open: () => readonly Alert[]): Promise<AlertBoard> {
	const board = new AlertBoard(async () => open());
	board.refresh();
	await vi.advanceTimersByTimeAsync(200);
	return board;
}

describe('the board of open alerts', () => {
	it('takes what is raised, and counts what is serious and unattended', async () => {
		const board = await loaded(() => [readAlert(raw('a'))]);
		board.take(frame('b', 2, { severity: 'warning' }, true));
		expect(board.trouble.get()).toBe(1);
		board.take(frame('c', 3, { severity: 'error' }, true));
		expect(board.trouble.get()).toBe(2);
		board.take(frame('a', 4, { status: 'acknowledged' }));
		board.take(frame('c', 5, { status: 'escalated', severity: 'error' }));
		expect(board.trouble.get()).toBe(1);
		expect(statuses(board)).toEqual(['a acknowledged', 'b active', 'c escalated']);
	});

	it('takes no older state, and tells of newer ones only', async () => {
		const board = await loaded(() => []);
		const told: string[] = [];
		board.listen((alert, fresh) => told.push(`${alert.id} ${fresh}`));
		board.take(frame('a', 5, { status: 'acknowledged' }, true));
		board.take(frame('a', 4));
		expect(told).toEqual(['a true']);
		expect(statuses(board)).toEqual(['a acknowledged']);
	});

	it('lets go of what an answer no longer holds, but not of what came while it was fetched', async () => {
		let open: Alert[] = [readAlert(raw('a')), readAlert(raw('b'))];
		let answer: (() => void) | null = null;
		const board = new AlertBoard(async () => {
			const now = open;
			if (now.length === 1) await new Promise<void>((resume) => (answer = resume));
			return now;
		});
		board.refresh();
		await vi.advanceTimersByTimeAsync(200);
		open = [readAlert(raw('b'))];
		board.take({ kind: 'resync', erased: false });
		await vi.advanceTimersByTimeAsync(2_000);
		board.take(frame('late', 7, {}, true));
		(answer as (() => void) | null)?.();
		await vi.advanceTimersByTimeAsync(10);
		expect(statuses(board)).toEqual(['b active', 'late active']);
	});

	it('forgets everything when somebody leaves', async () => {
		const board = await loaded(() => [readAlert(raw('a'))]);
		board.clear();
		expect(board.board.get().alerts.size).toBe(0);
		expect(board.trouble.get()).toBe(0);
	});

	it('says that it could not be fetched, and keeps what it had', async () => {
		let fails = true;
		const board = new AlertBoard(async () => {
			if (fails) throw new Error('away');
			return [readAlert(raw('a'))];
		});
		board.refresh();
		await vi.advanceTimersByTimeAsync(200);
		expect(board.board.get().phase).toBe('failed');
		fails = false;
		board.refresh();
		await vi.advanceTimersByTimeAsync(2_000);
		fails = true;
		board.refresh();
		await vi.advanceTimersByTimeAsync(3_000);
		expect([board.board.get().phase, board.board.get().alerts.size]).toEqual(['ready', 1]);
	});
});
