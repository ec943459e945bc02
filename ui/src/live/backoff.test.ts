import { describe, expect, it } from 'vitest';
import { BACKOFF_CAP_MS, backoff } from './backoff';

describe('the wait before the next attempt', () => {
	it('grows and stays at its cap', () => {
		const longest = Array.from({ length: 8 }, (_, n) => backoff(n, () => 1));
		expect(longest).toEqual([500, 1_000, 2_000, 5_000, 10_000, 10_000, 10_000, 10_000]);
		expect(backoff(Number.MAX_SAFE_INTEGER, () => 1)).toBe(BACKOFF_CAP_MS);
	});

	it('differs between screens by up to half', () => {
		for (let n = 0; n < 8; n++) {
			const [low, high] = [backoff(n, () => 0), backoff(n, () => 1)];
			expect(low).toBe(high / 2);
			expect(backoff(n, () => 0.5)).toBe((low + high) / 2);
		}
	});
});
