import { describe, expect, it } from 'vitest';
import { readFrame } from './protocol';

const read = (frame: unknown) => readFrame(JSON.stringify(frame));

describe('a frame of the server', () => {
	it('is read by its event', () => {
		expect(read({ event: 'hello', data: { serverTime: '2026-11-24T08:15:00.250Z', buildId: 'b1' } })).toEqual({
			kind: 'hello',
			serverTime: Date.UTC(2026, 10, 24, 8, 15, 0, 250),
			build: 'b1',
		});
		expect(
			read({ id: 2, event: 'ack', data: { subscriptionId: 3, seq: 7, epoch: 'e', mode: 'replay', recovered: false } }),
		).toEqual({
			kind: 'ack',
			id: 2,
			subscriptionId: 3,
			position: { epoch: 'e', seq: 7 },
			mode: 'replay',
			recovered: false,
		});
		expect(read({ event: 'snapshot', data: { subscriptionId: 3, asOf: 9, items: [{}], more: true } })).toEqual({
			kind: 'snapshot',
			subscriptionId: 3,
			asOf: 9,
			items: [{}],
			more: true,
		});
		expect(read({ event: 'step:update', seq: 4, data: { stepId: 'ocr' } })).toEqual({
			kind: 'step',
			seq: 4,
			data: { stepId: 'ocr' },
		});
		expect(read({ event: 'heartbeat', data: { seq: 5, ts: 1_000 } })).toEqual({ kind: 'heartbeat', seq: 5, serverTime: 1_000 });
		expect(read({ event: 'goaway', data: { reconnectAfterMs: [100, 900] } })).toEqual({
			kind: 'goaway',
			reconnectAfterMs: [100, 900],
		});
	});

	it('is left alone when it is unknown or broken', () => {
		for (const raw of ['', '{', 'null', '[]', '7', '{"event":"weather:update"}', '{"event":{"a":1}}']) {
			expect(readFrame(raw)).toEqual({ kind: 'other' });
		}
	});

	it('names no position unless it has both parts', () => {
		expect(read({ id: 1, event: 'ack', data: { seq: 7 } })).toMatchObject({ position: null });
		expect(read({ id: 1, event: 'ack', data: { epoch: 'e' } })).toMatchObject({ position: null });
	});
});
