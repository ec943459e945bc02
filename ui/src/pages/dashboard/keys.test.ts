import { describe, expect, it } from 'vitest';
import { keyChange } from './keys';

const widget = {
	id: 'a',
	type: 'timeline',
	title: '',
	config: { workflow: null, execution: null, range: null, limit: null },
	stored: {},
	place: { x: 2, y: 3, w: 4, h: 5 },
};

describe('an arrow', () => {
	it('moves by a cell, and resizes with Shift', () => {
		expect(keyChange('ArrowLeft', false, widget)).toEqual({ kind: 'move', id: 'a', x: 1, y: 3 });
		expect(keyChange('ArrowDown', false, widget)).toEqual({ kind: 'move', id: 'a', x: 2, y: 4 });
		expect(keyChange('ArrowRight', true, widget)).toEqual({ kind: 'resize', id: 'a', w: 5, h: 5 });
		expect(keyChange('ArrowUp', true, widget)).toEqual({ kind: 'resize', id: 'a', w: 4, h: 4 });
		expect(keyChange('Enter', false, widget)).toBeNull();
	});
});
