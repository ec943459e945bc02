import { describe, expect, it } from 'vitest';
import { type Batch, Feed } from './feed';
import type { Frame } from './protocol';

function feedWithFrames() {
	const batches: Batch[] = [];
	let flush: (() => void) | null = null;
	let scheduled = 0;
	const feed = new Feed(
		(soon) => {
			scheduled += 1;
			flush = soon;
		},
		() => 0,
	);
	feed.listen((batch) => batches.push(batch));
	return { feed, batches, draw: () => flush?.(), scheduled: () => scheduled };
}

const execution = (executionId: string, seq: number, progress = 0): Frame => ({
	kind: 'execution',
	seq,
	data: { executionId, progress, status: 'running' },
});
const step = (stepId: string, seq: number, status: string): Frame => ({
	kind: 'step',
	seq,
	data: { executionId: 'a', stepId, status },
});

describe('the feed', () => {
	it('hands a burst on as one batch, every entity once and newest', () => {
		const { feed, batches, draw, scheduled } = feedWithFrames();
		for (let seq = 1; seq <= 200; seq++) feed.take(execution(`x${seq % 3}`, seq, seq % 101), null);
		feed.take(step('ocr', 201, 'running'), null);
		feed.take(step('ocr', 202, 'completed'), null);
		expect(scheduled()).toBe(1);
		draw();
		expect(batches).toHaveLength(1);
		expect(batches[0]?.executions.map((x) => x.seq).sort()).toEqual([198, 199, 200]);
		expect(batches[0]?.steps.map((change) => change.step.status)).toEqual(['completed']);
	});

	it('does not let a snapshot replace a newer frame', () => {
		const { feed, batches, draw } = feedWithFrames();
		feed.take(execution('a', 9, 90), null);
		const items = [{ executionId: 'a', seq: 5, progress: 50, status: 'running' }];
		feed.take(
			{ kind: 'snapshot', subscriptionId: 1, asOf: 8, items, more: false },
			{ topic: 'execution_updates', snapshot: true },
		);
		draw();
		expect(batches[0]?.executions.map((x) => x.progress)).toEqual([90]);
	});

	it('holds everything back while paused, counts what waits, and hands it on after', () => {
		const { feed, batches, draw } = feedWithFrames();
		feed.pause();
		feed.take(execution('a', 1), null);
		feed.take(execution('b', 2), null);
		feed.take(step('ocr', 3, 'running'), null);
		draw();
		expect(batches).toEqual([]);
		expect(feed.paused.get()).toBe(2);
		feed.resume();
		draw();
		expect(feed.paused.get()).toBeNull();
		expect(batches[0]?.executions).toHaveLength(2);
		expect(batches[0]?.steps).toHaveLength(1);
	});

	it('rather fetches anew than hold back without end', () => {
		const { feed, batches, draw } = feedWithFrames();
		feed.pause();
		for (let seq = 1; seq <= 10_001; seq++) feed.take(execution(`x${seq}`, seq), null);
		draw();
		feed.resume();
		draw();
		expect(batches).toEqual([{ executions: [], steps: [], resync: true }]);
	});

	it('drops what came before changes were lost: it may tell of something that is gone', () => {
		const { feed, batches, draw } = feedWithFrames();
		feed.take(execution('gone', 7), null);
		feed.take({ kind: 'resync', erased: true }, null);
		feed.take(execution('news', 8), null);
		draw();
		expect(batches.map((batch) => [batch.resync, batch.executions.map((x) => x.id)])).toEqual([[true, ['news']]]);
	});

	it('tells of an erasure although it is paused, and of other losses after', () => {
		const { feed, batches, draw } = feedWithFrames();
		feed.pause();
		feed.take({ kind: 'resync', erased: false }, null);
		draw();
		expect(batches).toEqual([]);
		feed.take({ kind: 'resync', erased: true }, null);
		feed.take(execution('news', 8), null);
		draw();
		expect(batches).toEqual([{ executions: [], steps: [], resync: true }]);
		expect(feed.paused.get()).toBe(1);
		feed.resume();
		draw();
		expect(batches[1]?.executions).toHaveLength(1);
	});

	it('says nothing when nothing changed', () => {
		const { feed, batches, draw } = feedWithFrames();
		feed.take({ kind: 'heartbeat', seq: 3, serverTime: null }, null);
		draw();
		expect(batches).toEqual([]);
	});
});
