import { expect, it } from 'vitest';
import { readHealth, readResource } from '../api/resources';
import { align, presentOf } from './present';

const series = (metric: string, source: string, ...points: [number, number][]) =>
	readResource({ metric, labels: { source }, points });

it('takes the latest value of each source, and tells what the engine does not say', () => {
	const present = presentOf([
		series('own.gauge', 'engine', [1, 7]),
		series('cpu.usage_percent', 'self', [1, 20], [2, 30]),
		series('cpu.usage_percent', 'engine', [1, 81]),
		series('queue.pending', 'self', [1, 4]),
	]);
	expect(present.map(({ metric, source, value, at }) => [metric, source, value, at])).toEqual([
		['cpu.usage_percent', 'engine', 81, 1],
		['cpu.usage_percent', 'self', 30, 2],
		['memory.used_mb', 'engine', null, null],
		['db.active_connections', 'engine', null, null],
		['own.gauge', 'engine', 7, 1],
	]);
});

it('puts series on common times, leaves gaps empty and keeps peaks', () => {
	const { times, values } = align([series('m', 'self', [0, 1], [1, 9], [2, 3], [1_190, 5])], 0, 1_200);
	expect([times.length, times[1]]).toEqual([120, 10]);
	expect([values[0]?.[0], values[0]?.[1], values[0]?.[119]]).toEqual([9, null, 5]);
});

it('reads health whatever is missing: an unknown state is not green', () => {
	expect(readHealth(null)).toEqual({ status: 'red', reasons: [], warnings: [], notes: [], thresholds: {} });
	expect(readHealth({ status: 'green', thresholds: { cpuWarnPercent: 80, queueWarnDepth: 100 } }).thresholds).toEqual({
		'cpu.usage_percent': 80,
		'queue.depth': 100,
	});
});
