import { describe, expect, it } from 'vitest';
import { arrange, NOTHING_SHOWN } from './arrange';

const shown = (...order: string[]) => ({ order, waiting: 0 });

describe('the order of a live list', () => {
	it('is the right one while nobody holds it', () => {
		expect(arrange(shown('b', 'a'), ['c', 'a', 'b'], false)).toEqual({ order: ['c', 'a', 'b'], waiting: 0 });
	});

	it('stays under the pointer, and what is new comes last and waits for its place', () => {
		const held = arrange(shown('b', 'a'), ['c', 'a', 'b'], true);
		expect(held).toEqual({ order: ['b', 'a', 'c'], waiting: 1 });
		const longer = arrange(held, ['d', 'c', 'a', 'b'], true);
		expect(longer).toEqual({ order: ['b', 'a', 'c', 'd'], waiting: 2 });
		expect(arrange(longer, ['d', 'c', 'a', 'b'], false)).toEqual({ order: ['d', 'c', 'a', 'b'], waiting: 0 });
	});

	it('lets go at once of what is gone', () => {
		expect(arrange(shown('b', 'a'), ['c', 'a'], true)).toEqual({ order: ['a', 'c'], waiting: 1 });
		expect(arrange({ order: ['a', 'c', 'd'], waiting: 2 }, ['d', 'a'], true)).toEqual({ order: ['a', 'd'], waiting: 1 });
	});

	it('holds nothing where nothing is shown', () => {
		expect(arrange(NOTHING_SHOWN, ['c'], true)).toEqual({ order: ['c'], waiting: 0 });
		expect(arrange(shown('a'), ['c'], true)).toEqual({ order: ['c'], waiting: 0 });
	});
});
