// @vitest-environment happy-dom
import { fireEvent } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { deadline } from '../testing/deadlines';
import { draw } from '../testing/render';
import { DueCalendar } from './DueCalendar';
import { byDay } from './days';

function calendar(month: string, onMonth = vi.fn(), onDay = vi.fn()) {
	const days = byDay([deadline({ due: '2026-12-28' }), deadline({ due: '2026-12-28', category: 'ZUS', light: 'red' })]);
	const part = <DueCalendar month={month} today="2026-12-10" chosen={null} days={days} onMonth={onMonth} onDay={onDay} />;
	return { ...draw(part), onMonth, onDay };
}

describe('the calendar of a month', () => {
	it('says in each day what is due', () => {
		const { container } = calendar('2026-12');
		const day = container.querySelector('[data-day="2026-12-28"]');
		expect(day?.querySelector('.visually-hidden')?.textContent).toBe('poniedziałek 28.12.2026, 2 terminy, 1 zagrożony');
		expect(container.querySelector('[data-day="2026-12-10"]')?.getAttribute('aria-current')).toBe('date');
		expect(container.querySelectorAll('[data-day]').length).toBe(31);
	});

	it('is one stop of the tabulator, within which arrows go by days and Page Down by months', () => {
		const { container, onMonth, onDay } = calendar('2026-12');
		const focusable = () => [...container.querySelectorAll('[data-day]')].filter((day) => day.getAttribute('tabindex') === '0');
		expect(focusable().map((day) => day.getAttribute('data-day'))).toEqual(['2026-12-10']);
		const table = container.querySelector('table');
		if (table === null) throw new Error('no table');
		fireEvent.keyDown(table, { key: 'ArrowDown' });
		expect(document.activeElement?.getAttribute('data-day')).toBe('2026-12-17');
		fireEvent.keyDown(table, { key: 'Home' });
		expect(document.activeElement?.getAttribute('data-day')).toBe('2026-12-14');
		fireEvent.keyDown(table, { key: 'PageDown' });
		expect(onMonth).toHaveBeenCalledWith('2027-01');
		fireEvent.click(container.querySelector('[data-day="2026-12-28"]') ?? table);
		expect(onDay).toHaveBeenCalledWith('2026-12-28');
	});
});
