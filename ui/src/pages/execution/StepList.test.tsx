// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Step } from '../../api/execution';
import { draw } from '../../testing/render';
import { aStep, NOON } from '../../testing/samples';
import { StepList } from './StepList';

beforeEach(() => {
	vi.useFakeTimers({ now: NOON });
	vi.stubGlobal('fetch', () => new Promise(() => {}));
});
afterEach(() => {
	cleanup();
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

const nothing = () => {};
const list = (steps: readonly Step[], opened: string | null = null, onOpen: (id: string | null) => void = nothing) => (
	<StepList executionId="fv-1" steps={steps} revisions={{}} opened={opened} onOpen={onOpen} />
);
const row = (id: string) => {
	const found = screen.getAllByTestId('step').find((step) => step.dataset.stepId === id);
	if (found === undefined) throw new Error(`no step ${id}`);
	return within(found);
};

describe('the steps of an execution', () => {
	it('are all there in the order of the plan, also those that have not begun (AC2.1a)', () => {
		const plan = Array.from({ length: 12 }, (_, n) => aStep({ id: `s${n}`, status: n < 3 ? 'completed' : 'pending' }));
		draw(list(plan));
		expect(screen.getAllByTestId('step').map((step) => step.dataset.stepId)).toEqual(plan.map((step) => step.id));
		expect(screen.getByText('12 kroków')).toBeTruthy();
	});

	it('say state in words and time: done, failed with its reason, not begun (AC2.1b, AC2.1d, AC2.1e)', () => {
		draw(
			list([
				aStep({ id: 'a', status: 'completed', startedAt: NOON, durationMs: 155_000 }),
				aStep({ id: 'b', status: 'failed', startedAt: NOON, durationMs: 900, error: 'Skan nieczytelny', attempt: 2 }),
				aStep({ id: 'c' }),
			]),
		);
		expect(row('a').getByText('Zakończony')).toBeTruthy();
		expect(row('a').getByTestId('step-time').textContent).toBe('2 min 35 s');
		expect(row('a').queryByTestId('step-error')).toBeNull();
		expect(row('b').getByTestId('step-error').textContent).toBe('Skan nieczytelny');
		expect(row('b').getByText('podejście 2')).toBeTruthy();
		expect(row('c').getByText('Oczekuje')).toBeTruthy();
		expect(row('c').getByTestId('step-time').textContent).toBe('–');
	});

	it('count the time of the running one each second, and stop while there is no connection (AC2.1c)', () => {
		const { services } = draw(list([aStep({ id: 'ocr', status: 'running', startedAt: NOON - 58_000 })]));
		const time = () => row('ocr').getByTestId('step-time').textContent;
		services.ticker.start();
		expect(time()).toBe('58 s');
		act(() => void vi.advanceTimersByTime(3_000));
		expect(time()).toBe('1 min 1 s');
		act(() => services.ticker.freeze(true));
		act(() => void vi.advanceTimersByTime(30_000));
		expect(time()).toBe('1 min 1 s');
		services.ticker.stop();
	});

	it('pass the focus on to what opens them', () => {
		draw(list([aStep({ id: 'a' })]));
		act(() => screen.getByTestId('step').focus());
		expect(document.activeElement).toBe(row('a').getByRole('button'));
	});

	it('open and close one at a time', () => {
		const onOpen = vi.fn();
		const steps = [aStep({ id: 'a' }), aStep({ id: 'b' })];
		const { redraw } = draw(list(steps, null, onOpen));
		fireEvent.click(row('b').getByRole('button'));
		expect(onOpen).toHaveBeenLastCalledWith('b');
		redraw(list(steps, 'b', onOpen));
		expect(screen.getAllByRole('button', { expanded: true })).toHaveLength(1);
		fireEvent.click(row('b').getByRole('button', { expanded: true }));
		expect(onOpen).toHaveBeenLastCalledWith(null);
	});

	it('are drawn some hundreds at a time, but always down to the opened one', () => {
		const steps = Array.from({ length: 540 }, (_, n) => aStep({ id: `s${n}` }));
		const { container, redraw } = draw(list(steps));
		const drawn = () => container.querySelectorAll('[data-testid=step]').length;
		expect(drawn()).toBe(500);
		redraw(list(steps, 's520'));
		expect(drawn()).toBe(521);
		fireEvent.click(screen.getByText('Pokaż jeszcze 19 kroków'));
		expect(drawn()).toBe(540);
	});

	it('are said to be none where none was reported', () => {
		draw(list([]));
		expect(screen.getByText('Brak kroków')).toBeTruthy();
	});
});
