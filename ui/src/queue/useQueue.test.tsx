// @vitest-environment happy-dom
import { act, cleanup } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { draw } from '../testing/render';
import { useFormerDepth, useQueue } from './useQueue';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

function Watch() {
	useFormerDepth();
	return useQueue().data?.pending ?? null;
}

it('a frame ends the asking for the present queue, not for the former one', async () => {
	const asked: AbortSignal[] = [];
	vi.stubGlobal('fetch', (_: string, { signal }: { signal: AbortSignal }) => {
		asked.push(signal);
		return new Promise(() => {});
	});
	const { services, container } = draw(<Watch />);
	await vi.waitFor(() => expect(asked).toHaveLength(2));
	await act(async () => services.whole.take({ kind: 'whole', topic: 'queue_status', data: { pendingCount: 7 } }));
	await vi.waitFor(() => expect(container.textContent).toBe('7'));
	expect(asked.map((signal) => signal.aborted)).toEqual([false, true]);
});
