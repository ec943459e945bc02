import { describe, expect, it } from 'vitest';
import { parseRotation, turned } from './rotation';

describe('what the address of a screen asks for', () => {
	it('are dashboards in turns, each once', () => {
		expect(parseRotation('a', '?rotate=b,c,a,,b&every=60&zoom=2')).toEqual({ ids: ['a', 'b', 'c'], everySeconds: 60, zoom: 2 });
	});

	it('stays within limits, and is the usual where it says nothing', () => {
		expect(parseRotation('a', '')).toEqual({ ids: ['a'], everySeconds: 30, zoom: 1.25 });
		expect(parseRotation('a', '?every=1&zoom=99')).toMatchObject({ everySeconds: 15, zoom: 3 });
		expect(parseRotation('a', '?every=soon&zoom=')).toMatchObject({ everySeconds: 30, zoom: 1.25 });
	});

	it('goes round in both directions', () => {
		expect([turned(3, 2, 1), turned(3, 0, -1), turned(1, 0, 1), turned(0, 0, 1)]).toEqual([0, 2, 0, 0]);
	});
});
