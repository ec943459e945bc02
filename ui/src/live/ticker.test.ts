import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Ticker } from './ticker';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

describe('the running time', () => {
	it('shows every whole second', () => {
		const ticker = new Ticker(Date.now);
		const seen = new Set<number>();
		ticker.time.subscribe(() => seen.add(Math.floor(ticker.time.get() / 1_000)));
		ticker.start();
		vi.advanceTimersByTime(10_000);
		expect([...seen]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
		ticker.stop();
	});

	it('stands still while frozen and then goes on from the present', () => {
		const ticker = new Ticker(Date.now);
		ticker.start();
		vi.advanceTimersByTime(2_000);
		ticker.freeze(true);
		vi.advanceTimersByTime(30_000);
		expect(ticker.time.get()).toBe(2_000);
		ticker.freeze(false);
		expect(ticker.time.get()).toBe(32_000);
		ticker.stop();
	});

	it('does not tick when it is told what it knows', () => {
		const ticker = new Ticker(Date.now);
		const told = vi.fn();
		ticker.time.subscribe(told);
		vi.advanceTimersByTime(100);
		ticker.freeze(false);
		expect(told).not.toHaveBeenCalled();
	});
});
