// @vitest-environment happy-dom
import { act, cleanup, fireEvent, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useSignal } from '../app/hooks';
import { ExecutionList } from '../live/executionlist';
import { draw } from '../testing/render';
import { anExecution, aPage, NOON } from '../testing/samples';
import { EVERYTHING } from '../url/filter';
import { ExecutionTable } from './ExecutionTable';

const COUNT = 400;

beforeEach(() => {
	vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(460);
	vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(460);
	vi.spyOn(HTMLElement.prototype, 'scrollHeight', 'get').mockReturnValue(46 * COUNT);
	vi.spyOn(Element.prototype, 'scrollTo').mockImplementation(function (this: Element, to) {
		this.scrollTop = (to as ScrollToOptions).top ?? 0;
		// A browser tells of it later.
		setTimeout(() => this.dispatchEvent(new Event('scroll')), 50);
	});
});
afterEach(() => {
	cleanup();
	vi.restoreAllMocks();
});

const at = (n: number) => anExecution({ id: `fv-${n}`, startedAt: NOON - n * 60_000 });
const row = (index: number) => document.querySelector<HTMLElement>(`[data-index="${index}"] a`);

async function longList() {
	const list = new ExecutionList(EVERYTHING, async () => aPage(Array.from({ length: COUNT }, (_, n) => at(n))));
	list.load();
	const Table = () => <ExecutionTable list={list} view={useSignal(list.view)} from="" />;
	draw(<Table />);
	await waitFor(() => expect(row(0)).not.toBeNull());
	return list;
}

it('takes the keyboard from one end of a long list to the other and back', async () => {
	await longList();
	act(() => row(0)?.focus());
	expect(row(COUNT - 1)).toBeNull();
	for (const [key, index] of [
		['End', COUNT - 1],
		['ArrowUp', COUNT - 2],
		['Home', 0],
	] as const) {
		fireEvent.keyDown(document.activeElement ?? document.body, { key });
		await waitFor(() => expect(document.activeElement?.closest<HTMLElement>('[data-index]')?.dataset.index).toBe(String(index)));
	}
});

it('stands still no longer once the row with the focus is drawn no more', async () => {
	const list = await longList();
	act(() => row(0)?.focus());
	const scroller = document.querySelector('[role="table"]')?.parentElement ?? document.body;
	// No blur is told of what leaves the document.
	for (const top of [9_000, 0]) {
		act(() => scroller.scrollTo({ top }));
		await waitFor(() => expect(row(top === 0 ? 0 : 195)).not.toBeNull());
	}
	act(() => list.apply({ executions: [anExecution({ id: 'new', startedAt: NOON + 60_000, seq: 9 })], steps: [], resync: false }));
	expect(list.view.get().waiting).toBe(0);
	expect(list.view.get().ids[0]).toBe('new');
});
