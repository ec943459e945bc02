// @vitest-environment happy-dom
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, describe, expect, it } from 'vitest';
import { draw } from '../testing/render';
import type { Range } from '../url/range';
import { RangePicker } from './RangePicker';

afterEach(cleanup);

const at = (utc: string) => Date.parse(utc);

/** A picker of a custom range, and the ranges that were chosen with it. */
function picker(from: string, to: string) {
	const chosen: string[] = [];
	function Page() {
		const [range, setRange] = useState<Range>({ name: 'custom', from: at(from), to: at(to) });
		const choose = (next: Range) => {
			chosen.push([next.from, next.to].map((end) => new Date(end ?? 0).toISOString().slice(0, 16)).join(' '));
			setRange(next);
		};
		return <RangePicker range={range} bounds={{ start: 0, end: 0 }} onChange={choose} />;
	}
	draw(<Page />);
	const input = (label: string) => screen.getByLabelText<HTMLInputElement>(label);
	return {
		chosen,
		write: (label: string, value: string) => {
			fireEvent.change(input(label), { target: { value } });
			fireEvent.blur(input(label));
		},
		texts: () => [input('Od').value, input('Do').value],
		wrong: () => [input('Od'), input('Do')].map((one) => one.getAttribute('aria-invalid')),
	};
}

it('tells of a range that is chosen, also of the one in effect, once each', () => {
	const chosen: string[] = [];
	const range: Range = { name: '30d', from: null, to: null };
	draw(<RangePicker range={range} bounds={{ start: 0, end: 0 }} onChange={({ name }) => chosen.push(name)} />);
	for (const name of ['30d', '7d']) fireEvent.click(screen.getByDisplayValue(name));
	expect(chosen).toEqual(['30d', '7d']);
});

describe('two ends of a range', () => {
	it('are used as they are shown, whichever is set first', () => {
		const early = picker('2026-11-20T07:00Z', '2026-11-20T09:00Z');
		early.write('Od', '2026-11-24T08:00');
		expect([early.chosen, early.wrong()]).toEqual([[], ['true', 'true']]);
		expect(screen.getByRole('status').textContent).toBe('Początek musi być przed końcem.');
		early.write('Do', '2026-11-25T08:00');
		expect(early.chosen).toEqual(['2026-11-24T07:00 2026-11-25T07:00']);
		expect([early.texts(), early.wrong()]).toEqual([
			['2026-11-24T08:00', '2026-11-25T08:00'],
			['false', 'false'],
		]);
		cleanup();
		const late = picker('2026-11-20T07:00Z', '2026-11-20T09:00Z');
		late.write('Do', '2026-11-18T08:00');
		expect([late.chosen, late.wrong()]).toEqual([[], ['true', 'true']]);
		late.write('Od', '2026-11-17T08:00');
		expect(late.chosen).toEqual(['2026-11-17T07:00 2026-11-18T07:00']);
	});

	it('are no new range when one is only visited', () => {
		const { chosen, write } = picker('2026-11-20T07:00Z', '2026-11-20T09:00Z');
		write('Od', '2026-11-20T08:00');
		expect(chosen).toEqual([]);
	});

	it('keep the hour that a text does not tell, in the night when clocks go back, while the other is set', () => {
		const { chosen, write } = picker('2026-10-25T00:30Z', '2026-10-25T04:00Z');
		write('Do', '2026-10-25T06:00');
		expect(chosen).toEqual(['2026-10-25T00:30 2026-10-25T05:00']);
	});
});
