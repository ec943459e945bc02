// @vitest-environment happy-dom
import { act, cleanup, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { draw } from '../testing/render';
import { FailureWatch } from './FailureWatch';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
	cleanup();
	vi.useRealTimers();
});

describe('failures', () => {
	it('are announced together, at most every ten seconds, each once', () => {
		const { services } = draw(<FailureWatch />);
		const fail = (executionId: string, seq: number) => {
			services.feed.take({ kind: 'execution', seq, data: { executionId, status: 'failed' } }, null);
			act(() => void vi.advanceTimersByTime(300));
		};
		fail('a', 1);
		fail('b', 2);
		fail('a', 3);
		services.feed.take({ kind: 'execution', seq: 4, data: { executionId: 'c', status: 'completed' } }, null);
		const said = () => screen.getByRole('log').textContent;
		expect(said()).toBe('');
		act(() => void vi.advanceTimersByTime(10_000));
		expect(said()).toBe('2 nowe niepowodzenia');
		act(() => void vi.advanceTimersByTime(10_000));
		expect(said()).toBe('');
	});
});
