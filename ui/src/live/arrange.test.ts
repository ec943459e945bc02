import { describe, expect, it } from 'vitest';
import { arrange } from './arrange';

describe('the order of a live list', () => {
	it('is the right one while nobody holds it', () => {
		expect(arrange(['b', 'a'], ['c', 'a', 'b'], false)).toEqual({ order: ['c', 'a', 'b'], waiting: 0 });
	});

	it('stays under the pointer, and what is new waits', () => {
		expect(arrange(['b', 'a'], ['c', 'a', 'b'], true)).toEqual({ order: ['b', 'a'], waiting: 1 });
	});

	it('lets go at once of what is gone', () => {
		expect(arrange(['b', 'a'], ['c', 'a'], true)).toEqual({ order: ['a'], waiting: 1 });
	});

	it('holds nothing where nothing is shown', () => {
		expect(arrange([], ['c'], true)).toEqual({ order: ['c'], waiting: 0 });
		expect(arrange(['a'], ['c'], true)).toEqual({ order: ['c'], waiting: 0 });
	});
});
