// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EVERYTHING } from '../url/filter';
import { createServices } from './services';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

describe('the list that is kept for coming back', () => {
	it('holds nothing that was erased meanwhile, although no page shows it', async () => {
		const items = [
			{ executionId: 'kept', seq: 3 },
			{ executionId: 'erased', seq: 9 },
		];
		vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ items, nextCursor: null })));
		const { listOf, feed } = createServices();
		const list = listOf(EVERYTHING);
		list.load();
		await vi.advanceTimersByTimeAsync(2_000);
		expect([...list.view.get().ids].sort()).toEqual(['erased', 'kept']);
		items.pop();
		feed.take({ kind: 'resync', erased: true }, null);
		await vi.advanceTimersByTimeAsync(3_000);
		expect(listOf(EVERYTHING).view.get().ids).toEqual(['kept']);
	});
});

it('what one person saw is kept from the next, also what a pause held back', async () => {
	const answer = { id: 'anna', items: [{ executionId: 'hers', seq: 3 }], nextCursor: null };
	vi.stubGlobal('fetch', async () => new Response(JSON.stringify(answer)));
	const { listOf, feed, session, queries } = createServices();
	await session.check();
	const list = listOf(EVERYTHING);
	list.load();
	queries.setQueryData(['workflows'], ['hers']);
	await vi.advanceTimersByTimeAsync(2_000);
	expect(list.view.get().ids).toEqual(['hers']);
	feed.pause();
	feed.take({ kind: 'execution', seq: 4, data: { executionId: 'hers', seq: 4 } }, null);
	answer.id = 'jan';
	await session.check();
	expect(listOf(EVERYTHING).view.get().ids).toEqual([]);
	expect(queries.getQueryData(['workflows'])).toBeUndefined();
	const told: unknown[] = [];
	feed.listen(({ executions }) => told.push(...executions));
	feed.resume();
	await vi.advanceTimersByTimeAsync(1_000);
	expect(told).toEqual([]);
});
