import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Execution } from '../api/execution';
import type { ExecutionPage } from '../api/executions';
import { anExecution, aPage, NOON } from '../testing/samples';
import { EVERYTHING, type ExecutionFilter } from '../url/filter';
import { ExecutionList } from './executionlist';

beforeEach(() => void vi.useFakeTimers({ now: NOON }));
afterEach(() => void vi.useRealTimers());

/** A list in front of a server whose answer to each cursor is given. */
async function listOver(pages: Record<string, ExecutionPage>, filter: Partial<ExecutionFilter> = {}) {
	const server = { pages, asked: 0, failing: false };
	const list = new ExecutionList({ ...EVERYTHING, ...filter }, async (cursor) => {
		server.asked += 1;
		const page = server.pages[cursor ?? ''];
		if (server.failing || page === undefined) throw new Error('no answer');
		return page;
	});
	list.load();
	await vi.advanceTimersByTimeAsync(0);
	return { list, server };
}

const at = (id: string, minute: number, part: Partial<Execution> = {}) =>
	anExecution({ id, startedAt: NOON + minute * 60_000, ...part });
const batch = (...executions: Execution[]) => ({ executions, steps: [], resync: false });
const ids = (list: ExecutionList) => list.view.get().ids;

describe('a live list', () => {
	it('puts a new execution where its start belongs', async () => {
		const { list } = await listOver({ '': aPage([at('c', 3), at('a', 1)]) });
		list.apply(batch(at('b', 2, { seq: 5 }), at('d', 4, { seq: 6 })));
		expect(ids(list)).toEqual(['d', 'c', 'b', 'a']);
	});

	it('keeps the order of its sort', async () => {
		const oldest = await listOver({ '': aPage([at('a', 1), at('c', 3)]) }, { sort: 'startedAt' });
		oldest.list.apply(batch(at('b', 2, { seq: 5 })));
		expect(ids(oldest.list)).toEqual(['a', 'b', 'c']);
		const done = (id: string, durationMs: number) => at(id, 0, { status: 'completed', durationMs });
		const longest = await listOver({ '': aPage([done('x', 9_000), done('y', 1_000)]) }, { sort: '-duration', minMs: 500 });
		longest.list.apply(batch({ ...done('z', 5_000), seq: 7 }, { ...done('w', 100), seq: 8 }));
		expect(ids(longest.list)).toEqual(['x', 'z', 'y']);
	});

	it('orders executions of the same start by the greater id', async () => {
		const { list } = await listOver({ '': aPage([at('x1', 0), at('x3', 0)]) });
		list.apply(batch(at('x2', 0, { seq: 9 })));
		expect(ids(list)).toEqual(['x3', 'x2', 'x1']);
	});

	it('never lets an older state replace a newer one', async () => {
		const { list } = await listOver({ '': aPage([at('a', 1, { seq: 10, progress: 60 })]) });
		list.apply(batch(at('a', 1, { seq: 9, progress: 40 })));
		expect(list.rows.get('a')?.progress).toBe(60);
		list.apply(batch(at('a', 1, { seq: 11, progress: 80 })));
		expect(list.rows.get('a')?.progress).toBe(80);
	});

	it('lets a row that leaves the filter go at once, also under the pointer', async () => {
		const { list } = await listOver({ '': aPage([at('b', 2), at('a', 1)]) }, { status: ['running'] });
		list.hold(true);
		list.apply(batch(at('b', 2, { seq: 7, status: 'failed' })));
		expect(ids(list)).toEqual(['a']);
	});

	it('does not let an answer that was under way bring back a row that left', async () => {
		const { list, server } = await listOver({ '': aPage([at('a', 1, { seq: 3 })]) }, { status: ['running'] });
		list.apply(batch(at('a', 1, { seq: 8, status: 'completed' })));
		server.pages[''] = aPage([at('a', 1, { seq: 7 })]);
		list.load();
		await vi.advanceTimersByTimeAsync(0);
		expect(ids(list)).toEqual([]);
		list.apply(batch(at('a', 1, { seq: 9 })));
		expect(ids(list)).toEqual(['a']);
	});

	it('takes in a row that comes to match', async () => {
		const { list } = await listOver({ '': aPage([at('a', 1, { status: 'failed' })]) }, { status: ['failed'] });
		list.apply(batch(at('b', 2, { seq: 4, status: 'running' })));
		expect(ids(list)).toEqual(['a']);
		list.apply(batch(at('b', 2, { seq: 5, status: 'failed' })));
		expect(ids(list)).toEqual(['b', 'a']);
	});

	it('keeps the order still while held: changes show, new rows come last and are counted', async () => {
		const { list } = await listOver({ '': aPage([at('b', 2), at('a', 1)]) });
		list.hold(true);
		list.apply(batch(at('c', 3, { seq: 5 }), at('a', 1, { seq: 6, progress: 50 })));
		expect(ids(list)).toEqual(['b', 'a', 'c']);
		expect(list.view.get().waiting).toBe(1);
		expect(list.rows.get('a')?.progress).toBe(50);
		list.hold(false);
		expect(ids(list)).toEqual(['c', 'b', 'a']);
		expect(list.view.get().waiting).toBe(0);
	});

	it('moves a row whose start became known', async () => {
		const queued = at('a', 0, { startedAt: null, queuedAt: NOON, sortAt: NOON, status: 'pending' });
		const { list } = await listOver({ '': aPage([at('b', 2), queued]) });
		list.apply(batch(at('a', 5, { seq: 8 })));
		expect(ids(list)).toEqual(['a', 'b']);
	});

	it('does not show what is older than its loaded pages until they are loaded', async () => {
		const { list } = await listOver({
			'': aPage([at('d', 4), at('c', 3)], { next: 'p2' }),
			p2: aPage([at('b', 2), at('a', 1)]),
		});
		list.apply(batch(at('old', 2, { id: 'b', seq: 9, progress: 70 })));
		expect(ids(list)).toEqual(['d', 'c']);
		expect(list.view.get()).toMatchObject({ hasOlder: true, complete: false });
		await list.loadOlder();
		expect(ids(list)).toEqual(['d', 'c', 'b', 'a']);
		expect(list.view.get()).toMatchObject({ hasOlder: false, complete: true });
	});

	it('asks the server again when a status changed, for the counts', async () => {
		const { list, server } = await listOver({ '': aPage([at('a', 1)]) });
		await vi.advanceTimersByTimeAsync(2_000);
		list.apply(batch(at('a', 1, { seq: 2, progress: 10 })));
		await vi.advanceTimersByTimeAsync(2_000);
		expect(server.asked).toBe(1);
		list.apply(batch(at('a', 1, { seq: 3, status: 'completed' })));
		await vi.advanceTimersByTimeAsync(2_000);
		expect(server.asked).toBe(2);
	});

	it('forgets rows that the server no longer has, but not those that are news to it', async () => {
		const { list, server } = await listOver({ '': aPage([at('b', 2, { seq: 4 }), at('a', 1, { seq: 3 })]) });
		list.apply(batch(at('new', 9, { seq: 50 })));
		server.pages[''] = aPage([at('b', 2, { seq: 4 })]);
		list.load();
		await vi.advanceTimersByTimeAsync(0);
		expect(ids(list)).toEqual(['new', 'b']);
	});

	it('believes any answer after changes were lost', async () => {
		const { list, server } = await listOver({ '': aPage([at('a', 1, { seq: 900, progress: 90 })]) });
		await vi.advanceTimersByTimeAsync(2_000);
		server.pages[''] = aPage([at('a', 1, { seq: 3, progress: 30 })]);
		list.apply({ executions: [], steps: [], resync: true });
		await vi.advanceTimersByTimeAsync(3_000);
		expect(list.rows.get('a')?.progress).toBe(30);
	});

	it('lets go of what was erased, also the newest row', async () => {
		const { list, server } = await listOver({ '': aPage([at('erased', 2, { seq: 9 }), at('a', 1, { seq: 3 })]) });
		await vi.advanceTimersByTimeAsync(2_000);
		server.pages[''] = aPage([at('a', 1, { seq: 3 })]);
		list.apply({ executions: [], steps: [], resync: true });
		await vi.advanceTimersByTimeAsync(3_000);
		expect(ids(list)).toEqual(['a']);
		expect(list.rows.get('erased')).toBeUndefined();
	});

	it('keeps what it has when the server does not answer, and says so', async () => {
		const { list, server } = await listOver({ '': aPage([at('a', 1)]) });
		server.failing = true;
		list.load();
		await vi.advanceTimersByTimeAsync(0);
		expect(list.view.get().phase).toBe('ready');
		expect(list.view.get().error).toBeInstanceOf(Error);
		expect(ids(list)).toEqual(['a']);
	});

	it('has failed when the first answer does not come', async () => {
		const { list } = await listOver({});
		expect(list.view.get().phase).toBe('failed');
	});

	it('trusts the server about its text search, and judges live rows by what it knows', async () => {
		const found = at('a', 1, { workflowName: 'Lista płac' });
		const { list } = await listOver({ '': aPage([found]) }, { q: 'kowalski' });
		expect(ids(list)).toEqual(['a']);
		list.apply(batch(at('b', 2, { seq: 5, client: 'Kowalski i syn' }), at('c', 3, { seq: 6, client: 'Nowak' })));
		expect(ids(list)).toEqual(['b', 'a']);
	});

	it('agrees with a plain sort after a thousand random changes', async () => {
		const { list } = await listOver({ '': aPage([]) }, { status: ['running', 'failed'] });
		const truth = new Map<string, Execution>();
		let state = 42;
		const random = (n: number) => {
			state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
			return state % n;
		};
		for (let seq = 1; seq <= 1_000; seq++) {
			const id = `x${random(60)}`;
			const status = (['running', 'failed', 'completed'] as const)[random(3)] ?? 'running';
			const next = at(id, random(30), { seq, status });
			truth.set(id, next);
			list.hold(random(4) === 0);
			list.apply(batch(next));
		}
		list.hold(false);
		list.release();
		const wanted = [...truth.values()].filter((x) => x.status !== 'completed');
		wanted.sort((a, b) => b.sortAt - a.sortAt || (a.id < b.id ? 1 : -1));
		expect(ids(list)).toEqual(wanted.map((x) => x.id));
	});
});
