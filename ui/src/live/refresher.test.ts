import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refresher } from './refresher';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A fetch that takes a given time, and the times at which it began. */
function slow(ms: number) {
	const begun: number[] = [];
	const run = vi.fn((_: AbortSignal) => {
		begun.push(Date.now());
		return new Promise<void>((done) => setTimeout(done, ms));
	});
	return { run, begun };
}

describe('repeating a fetch', () => {
	it('gathers requests that come together into one', async () => {
		const { run } = slow(10);
		const refresher = new Refresher(run);
		for (let i = 0; i < 50; i++) refresher.request();
		await vi.advanceTimersByTimeAsync(5_000);
		expect(run).toHaveBeenCalledTimes(1);
	});

	it('does not lose a request made while it fetches', async () => {
		const { run } = slow(100);
		const refresher = new Refresher(run);
		refresher.force();
		await vi.advanceTimersByTimeAsync(50);
		refresher.request();
		await vi.advanceTimersByTimeAsync(5_000);
		expect(run).toHaveBeenCalledTimes(2);
	});

	it('leaves a second between two, and five times the length of a slow one', async () => {
		const { run, begun } = slow(800);
		const refresher = new Refresher(run);
		const asking = setInterval(() => refresher.request(), 20);
		await vi.advanceTimersByTimeAsync(12_000);
		clearInterval(asking);
		expect(begun.length).toBeGreaterThan(1);
		for (let i = 1; i < begun.length; i++) {
			expect((begun[i] ?? 0) - (begun[i - 1] ?? 0)).toBeGreaterThanOrEqual(800 + 5 * 800);
		}
	});

	it('drops the fetch under way when forced', async () => {
		const { run } = slow(1_000);
		const refresher = new Refresher(run);
		refresher.force();
		refresher.force();
		expect(run.mock.calls[0]?.[0].aborted).toBe(true);
		expect(run.mock.calls[1]?.[0].aborted).toBe(false);
		refresher.stop();
		expect(run.mock.calls[1]?.[0].aborted).toBe(true);
	});

	it('does nothing more once stopped', async () => {
		const { run } = slow(10);
		const refresher = new Refresher(run);
		refresher.request();
		refresher.stop();
		refresher.request();
		refresher.force();
		await vi.advanceTimersByTimeAsync(5_000);
		expect(run).not.toHaveBeenCalled();
	});
});
