// @vitest-environment happy-dom
import { cleanup } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import polish from '../../locales/pl.json';
import { STATUSES, STEP_STATUSES } from '../api/execution';
import { draw } from '../testing/render';
import { StatusBadge, StepIcon } from './Status';

afterEach(cleanup);

describe('a status', () => {
	it('is a word and a shape, different for each, not only a colour', () => {
		const shapes = new Set<string>();
		const words = new Set<string>();
		for (const status of STATUSES) {
			const { container, unmount } = draw(<StatusBadge status={status} />);
			expect(container.textContent).toBe(polish[`status.${status}`]);
			words.add(container.textContent ?? '');
			shapes.add(container.querySelector('svg')?.innerHTML ?? '');
			unmount();
		}
		expect(words.size).toBe(STATUSES.length);
		expect(shapes.size).toBe(STATUSES.length);
	});

	it('turns only while something runs', () => {
		const turning = STATUSES.filter((status) => {
			const { container, unmount } = draw(<StatusBadge status={status} />);
			const spins = container.querySelector('[data-spin]') !== null;
			unmount();
			return spins;
		});
		expect(turning).toEqual(['running']);
	});

	it('of a step has the icon of its name', () => {
		const icons = STEP_STATUSES.map((status) => {
			const { container, unmount } = draw(<StepIcon status={status} />);
			const icon = container.querySelector('[data-icon]')?.getAttribute('data-icon');
			unmount();
			return `${status} ${icon}`;
		});
		expect(icons).toEqual([
			'pending pending',
			'running spinner',
			'retrying retry',
			'completed check',
			'failed cross',
			'skipped skip',
		]);
	});
});
