// @vitest-environment happy-dom
import { cleanup, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readQueue } from '../../api/queue';
import { draw } from '../../testing/render';
import definition from './definition';

// Nothing is answered: what a view shows comes from its data.
beforeEach(() => void vi.stubGlobal('fetch', () => new Promise(() => undefined)));
afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

const config = { workflow: null, execution: null, range: null, limit: null };

it('shows what waits by priority, and warns; an unknown wait is not 0', () => {
	const queue = readQueue({
		pendingCount: 101,
		pendingByPriority: { HIGH: 1, NORMAL: 100, LOW: 0 },
		averageWaitSeconds: 0,
		waitSampleSize: 0,
		processingRatePerMinute: 4,
		estimatedClearanceSeconds: null,
		warning: { code: 'queue_backlog', value: 101, threshold: 100 },
	});
	draw(<definition.View data={queue} config={config} />);
	expect(screen.getByTestId('queue-pending').dataset.value).toBe('101');
	expect(screen.getAllByTestId('queue-priority').map((one) => one.dataset.value)).toEqual(['1', '100', '0']);
	expect(screen.getByTestId('queue-warning').textContent).toBe('W kolejce czeka 101 wykonań: więcej niż próg 100.');
	expect(screen.getByTestId('queue-wait').dataset.seconds).toBe('');
	expect(screen.getByTestId('queue-eta').textContent).toBe('nie można oszacować');
	expect(definition.isEmpty(readQueue(null))).toBe(false);
});
