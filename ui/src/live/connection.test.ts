import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Clock } from './clock';
import { Connection, type SocketLike } from './connection';
import type { Frame, Interest } from './protocol';

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

interface Sent {
	readonly id: number;
	readonly event: string;
	readonly data: Record<string, unknown>;
}

/** The other end of one socket, played by the test. */
class Line implements SocketLike {
	onmessage: SocketLike['onmessage'] = null;
	onclose: SocketLike['onclose'] = null;
	readonly sent: Sent[] = [];
	closed = false;

	send(data: string): void {
		this.sent.push(JSON.parse(data));
	}

	close(): void {
		this.closed = true;
	}

	say(event: string, data: unknown, more: object = {}): void {
		this.onmessage?.({ data: JSON.stringify({ event, data, ...more }) });
	}

	last(event: string): Sent {
		const found = this.sent.findLast((message) => message.event === event);
		if (found === undefined) throw new Error(`nothing sent: ${event}`);
		return found;
	}

	/** Signs the page in as the server does. */
	welcome(seq = 10, epoch = 'e1'): void {
		this.say('hello', { serverTime: Date.now() });
		this.say('ack', { success: true, epoch, seq }, { id: this.last('auth').id });
	}

	/** Answers the latest subscription. */
	join(mode: string, part: object = {}): void {
		const { id } = this.last('subscribe');
		this.say('ack', { success: true, subscriptionId: 1, seq: 10, epoch: 'e1', mode, recovered: true, ...part }, { id });
	}
}

const everything: Interest = { topic: 'execution_updates', snapshot: false };

function connected() {
	const lines: Line[] = [];
	const frames: Frame[] = [];
	const refusals: number[] = [];
	const connection = new Connection({
		open: () => {
			const line = new Line();
			lines.push(line);
			return line;
		},
		clock: new Clock(),
		onFrame: (frame) => frames.push(frame),
		onUnauthorized: () => refusals.push(Date.now()),
		random: () => 1,
	});
	const line = (n: number): Line => {
		const found = lines.at(n);
		if (found === undefined) throw new Error(`no line ${n}`);
		return found;
	};
	return { connection, lines, line, frames, refusals, state: () => connection.link.get().state };
}

describe('the live connection', () => {
	it('is offline before its first connect, live when all that was asked for has come', () => {
		const { connection, line, state } = connected();
		expect(state()).toBe('offline');
		connection.want({ ...everything, snapshot: true });
		connection.start();
		expect(state()).toBe('offline');
		line(0).welcome();
		expect(state()).toBe('replaying');
		line(0).join('snapshot');
		expect(state()).toBe('replaying');
		line(0).say('snapshot', { subscriptionId: 1, asOf: 12, items: [], more: true });
		expect(state()).toBe('replaying');
		line(0).say('snapshot', { subscriptionId: 1, asOf: 12, items: [], more: false });
		expect(state()).toBe('live');
	});

	it('is offline at once when the socket closes, and tries again after the first wait', () => {
		const { connection, lines, line, state } = connected();
		connection.start();
		line(0).welcome();
		expect(state()).toBe('live');
		line(0).onclose?.({ code: 1006 });
		expect(connection.link.get()).toMatchObject({ state: 'offline', retryAt: Date.now() + 500, dataAt: Date.now() });
		vi.advanceTimersByTime(499);
		expect(lines).toHaveLength(1);
		vi.advanceTimersByTime(1);
		expect(lines).toHaveLength(2);
	});

	it('tells nobody of frames that change nothing but the age of data, and knows that age when it is offline', () => {
		const { connection, line } = connected();
		connection.want(everything);
		connection.start();
		line(0).welcome();
		line(0).join('live');
		const told = vi.fn();
		connection.link.subscribe(told);
		for (let seq = 11; seq < 20; seq += 1) {
			vi.advanceTimersByTime(100);
			line(0).say('execution:update', { executionId: 'x' }, { seq });
		}
		expect(told).not.toHaveBeenCalled();
		const heard = Date.now();
		vi.advanceTimersByTime(100);
		line(0).onclose?.({ code: 1006 });
		expect(connection.link.get().dataAt).toBe(heard);
	});

	it('waits longer each time, never more than 10 s, and starts over after a success', () => {
		const { connection, line, lines } = connected();
		connection.start();
		const waits: number[] = [];
		for (let n = 0; n < 7; n++) {
			line(-1).onclose?.({ code: 1006 });
			const { retryAt } = connection.link.get();
			waits.push((retryAt ?? 0) - Date.now());
			vi.advanceTimersToNextTimer();
			while (lines.length < n + 2) vi.advanceTimersToNextTimer();
		}
		expect(waits).toEqual([500, 1_000, 2_000, 5_000, 10_000, 10_000, 10_000]);
		line(-1).welcome();
		line(-1).onclose?.({ code: 1006 });
		expect((connection.link.get().retryAt ?? 0) - Date.now()).toBe(500);
	});

	it('notices within 20 s that a server has stopped answering', () => {
		const { connection, line, state } = connected();
		connection.start();
		line(0).welcome();
		vi.advanceTimersByTime(20_000);
		expect(line(0).sent.some((message) => message.event === 'ping')).toBe(true);
		expect(line(0).closed).toBe(true);
		expect(state()).toBe('offline');
	});

	it('stays live as long as the server answers its pings', () => {
		const { connection, line, lines, state } = connected();
		connection.start();
		line(0).welcome();
		for (let s = 0; s < 60; s++) {
			vi.advanceTimersByTime(1_000);
			if (line(0).sent.at(-1)?.event === 'ping') line(0).say('pong', {});
		}
		expect(lines).toHaveLength(1);
		expect(state()).toBe('live');
	});

	it('gives up a connect that nobody answers', () => {
		const { connection, lines } = connected();
		connection.start();
		vi.advanceTimersByTime(9_000);
		expect(lines.length).toBeGreaterThan(1);
	});

	it('resumes after the last number it saw', () => {
		const { connection, line, frames } = connected();
		connection.want(everything);
		connection.start();
		line(0).welcome(10);
		expect(line(0).last('subscribe').data).not.toHaveProperty('since');
		line(0).join('live');
		line(0).say('execution:update', { executionId: 'a' }, { seq: 17 });
		line(0).onclose?.({ code: 1012 });
		vi.advanceTimersByTime(500);
		line(1).welcome(20);
		expect(line(1).last('subscribe').data).toMatchObject({ since: { epoch: 'e1', seq: 17 } });
		line(1).join('replay', { recovered: true });
		expect(frames.filter((frame) => frame.kind === 'resync')).toEqual([]);
	});

	it('begins anew for another person, whose numbers are others', () => {
		const { connection, line } = connected();
		connection.want(everything);
		connection.start();
		line(0).welcome(9_000);
		line(0).join('live');
		connection.forget();
		connection.stop();
		connection.start();
		line(1).welcome(20);
		line(1).join('live');
		line(1).onclose?.({ code: 1012 });
		vi.advanceTimersByTime(500);
		line(2).welcome(25);
		expect(line(1).last('subscribe').data).not.toHaveProperty('since');
		expect(line(2).last('subscribe').data).toMatchObject({ since: { epoch: 'e1', seq: 20 } });
	});

	it('tells that changes were lost when the server cannot replay them, or has another history', () => {
		const first = connected();
		first.connection.want(everything);
		first.connection.start();
		first.line(0).welcome();
		first.line(0).join('live');
		first.line(0).onclose?.({ code: 1006 });
		vi.advanceTimersByTime(500);
		first.line(1).welcome(9_000);
		first.line(1).join('live', { recovered: false });
		expect(first.frames.map((frame) => frame.kind)).toContain('resync');

		const second = connected();
		second.connection.start();
		second.line(0).welcome(10, 'e1');
		second.line(0).onclose?.({ code: 1006 });
		vi.advanceTimersByTime(500);
		second.line(1).welcome(10, 'restored');
		expect(second.frames.map((frame) => frame.kind)).toContain('resync');
	});

	it('reports a session that the server refuses', () => {
		const { connection, line, refusals } = connected();
		connection.start();
		line(0).say('hello', {});
		line(0).say('error', undefined, { id: line(0).last('auth').id, error: { code: 'unauthorized' } });
		expect(refusals).toHaveLength(1);
		line(0).onclose?.({ code: 4401 });
		expect(refusals).toHaveLength(2);
	});

	it('asks and unsubscribes while it is connected', () => {
		const { connection, line, state } = connected();
		connection.start();
		line(0).welcome();
		const stop = connection.want({ topic: 'step_updates', executionId: 'fv-1', snapshot: false });
		expect(state()).toBe('replaying');
		expect(line(0).last('subscribe').data).toEqual({ type: 'step_updates', filters: { executionId: 'fv-1' } });
		line(0).join('live');
		expect(state()).toBe('live');
		stop();
		expect(line(0).last('unsubscribe').data).toEqual({ subscriptionId: 1 });
	});

	it('ends a subscription when the last of those who want the same leaves', () => {
		const { connection, line } = connected();
		connection.start();
		line(0).welcome();
		const ended = () => line(0).sent.filter((message) => message.event === 'unsubscribe');
		const leave = [everything, everything, everything].map((interest) => {
			const stop = connection.want(interest);
			line(0).join('live');
			return stop;
		});
		const other = connection.want({ ...everything, executionId: 'fv-1' });
		line(0).join('live', { subscriptionId: 2 });
		leave[0]?.();
		leave[2]?.();
		expect(ended()).toEqual([]);
		other();
		expect(ended().map((message) => message.data)).toEqual([{ subscriptionId: 2 }]);
		leave[1]?.();
		expect(ended().at(-1)?.data).toEqual({ subscriptionId: 1 });
	});

	it('ends a subscription whose answer comes when nobody waits for it any more', () => {
		const { connection, line } = connected();
		connection.start();
		line(0).welcome();
		const ended = () =>
			line(0)
				.sent.filter((message) => message.event === 'unsubscribe')
				.map((message) => message.data);
		connection.want({ ...everything, executionId: 'fv-1' })();
		line(0).join('live', { subscriptionId: 2 });
		expect(ended()).toEqual([{ subscriptionId: 2 }]);
		connection.want({ ...everything, executionId: 'fv-2' })();
		const again = connection.want({ ...everything, executionId: 'fv-2' });
		const [former, later] = line(0)
			.sent.filter((message) => message.data.filters !== undefined)
			.slice(-2);
		for (const request of [former, later]) {
			line(0).say('ack', { success: true, subscriptionId: 3, seq: 10, epoch: 'e1', mode: 'live' }, { id: request?.id });
		}
		expect(ended()).toEqual([{ subscriptionId: 2 }]);
		again();
		expect(ended()).toEqual([{ subscriptionId: 2 }, { subscriptionId: 3 }]);
	});

	it('keeps a subscription whose answer one still waits for when another leaves', () => {
		const { connection, line, state } = connected();
		connection.start();
		line(0).welcome();
		const first = connection.want(everything);
		line(0).join('live');
		const second = connection.want(everything);
		first();
		line(0).join('live');
		expect(state()).toBe('live');
		expect(line(0).sent.some((message) => message.event === 'unsubscribe')).toBe(false);
		second();
		expect(line(0).last('unsubscribe').data).toEqual({ subscriptionId: 1 });
	});

	it('is live after a reconnect when one snapshot serves two who want the same', () => {
		const { connection, line, state } = connected();
		connection.want(everything);
		const second = connection.want(everything);
		connection.start();
		const joinAll = (n: number, mode: string, part: object = {}) => {
			for (const { id } of line(n).sent.filter((message) => message.event === 'subscribe')) {
				line(n).say('ack', { success: true, subscriptionId: 1, seq: 10, epoch: 'e1', mode, ...part }, { id });
			}
		};
		line(0).welcome();
		joinAll(0, 'live');
		expect(state()).toBe('live');
		line(0).onclose?.({ code: 1006 });
		vi.advanceTimersByTime(500);
		line(1).welcome(9_000);
		joinAll(1, 'snapshot', { recovered: false });
		expect(state()).toBe('replaying');
		line(1).say('snapshot', { subscriptionId: 1, asOf: 9_000, items: [], more: false });
		expect(state()).toBe('live');
		second();
		expect(line(1).sent.some((message) => message.event === 'unsubscribe')).toBe(false);
	});

	it('follows an invitation to come back later', () => {
		const { connection, line } = connected();
		connection.start();
		line(0).welcome();
		line(0).say('goaway', { reason: 'restart', reconnectAfterMs: [1_000, 3_000] });
		line(0).onclose?.({ code: 1012 });
		expect((connection.link.get().retryAt ?? 0) - Date.now()).toBe(3_000);
	});

	it('frees the socket at once when it is stopped, and stays stopped', () => {
		const { connection, line, lines, state } = connected();
		connection.start();
		line(0).welcome();
		connection.stop();
		expect(line(0).closed).toBe(true);
		expect(state()).toBe('offline');
		vi.advanceTimersByTime(60_000);
		expect(lines).toHaveLength(1);
	});

	it('knows when the server has another page than at first, over reconnects', () => {
		const { connection, line } = connected();
		connection.start();
		line(0).say('hello', { buildId: 'one' });
		line(0).onclose?.({ code: 1012 });
		vi.advanceTimersByTime(1_000);
		line(-1).say('hello', { buildId: 'one' });
		expect(connection.outdated.get()).toBe(false);
		line(-1).onclose?.({ code: 1012 });
		vi.advanceTimersByTime(1_000);
		line(-1).say('hello', { buildId: 'two' });
		expect(connection.outdated.get()).toBe(true);
		connection.stop();
	});
});
