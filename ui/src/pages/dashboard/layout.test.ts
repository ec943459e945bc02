import { describe, expect, it } from 'vitest';
import type { Place, Widget } from '../../api/dashboards';
import { type Change, changed, covers, freeId, freePlace, separate } from './layout';

const NOTHING = { workflow: null, execution: null, range: null, limit: null };
const at = (id: string, x: number, y: number, w: number, h: number): Widget => ({
	id,
	type: 'alert_list',
	title: '',
	config: NOTHING,
	stored: {},
	place: { x, y, w, h },
});
const least = () => ({ w: 2, h: 2 });
const place = (widgets: readonly Widget[], id: string): Place | undefined => widgets.find((one) => one.id === id)?.place;
const apply = (widgets: readonly Widget[], change: Change) => changed(widgets, change, 12, least);

describe('a change of the layout', () => {
	const board = [at('a', 0, 0, 3, 3), at('b', 3, 0, 3, 3), at('c', 0, 3, 6, 2)];

	it('leaves what was moved where it was put, and what it covers gives way downwards', () => {
		const next = apply(board, { kind: 'move', id: 'a', x: 1, y: 0 });
		expect(place(next, 'a')).toEqual({ x: 1, y: 0, w: 3, h: 3 });
		expect(place(next, 'b')).toEqual({ x: 3, y: 3, w: 3, h: 3 });
		expect(place(next, 'c')).toEqual({ x: 0, y: 6, w: 6, h: 2 });
	});

	it('stays within the grid and never smaller than can be read', () => {
		expect(place(apply(board, { kind: 'move', id: 'b', x: 99, y: -4 }), 'b')).toEqual({ x: 9, y: 0, w: 3, h: 3 });
		expect(place(apply(board, { kind: 'resize', id: 'b', w: 0, h: 1 }), 'b')).toEqual({ x: 3, y: 0, w: 2, h: 2 });
		expect(place(apply(board, { kind: 'resize', id: 'a', w: 40, h: 3 }), 'a')).toEqual({ x: 0, y: 0, w: 12, h: 3 });
	});

	it('is the same widgets when nothing changes', () => {
		expect(apply(board, { kind: 'move', id: 'a', x: 0, y: 0 })).toBe(board);
		expect(apply(board, { kind: 'move', id: 'nobody', x: 1, y: 1 })).toBe(board);
	});

	it('puts a new one into the first free place', () => {
		expect(freePlace(board, { w: 6, h: 3 }, 12)).toEqual({ x: 6, y: 0, w: 6, h: 3 });
		expect(freePlace(board, { w: 12, h: 1 }, 12)).toEqual({ x: 0, y: 5, w: 12, h: 1 });
		expect(freePlace([], { w: 20, h: 2 }, 12)).toEqual({ x: 0, y: 0, w: 12, h: 2 });
		expect(place(apply(board, { kind: 'add', widget: at('d', 0, 0, 6, 5) }), 'd')).toEqual({ x: 6, y: 0, w: 6, h: 5 });
		expect([freeId(board, 'a'), freeId([at('a-2', 0, 0, 1, 1)], 'a')]).toEqual(['a-2', 'a']);
	});

	it('closes gaps when asked to', () => {
		const gaps = [at('a', 0, 2, 3, 3), at('b', 6, 9, 3, 3), at('c', 2, 20, 6, 2)];
		const next = apply(gaps, { kind: 'compact' });
		expect(next.map((one) => one.place.y)).toEqual([0, 0, 3]);
	});

	it('separates what covers each other as the server does', () => {
		const next = separate([at('a', 0, 0, 4, 2), at('b', 2, 1, 4, 2), at('c', 8, 0, 2, 2)]);
		expect(next.map((one) => one.place.y)).toEqual([0, 2, 0]);
	});
});

/** Numbers that look random and are the same in each run. */
function dice(seed: number) {
	let state = seed;
	return (sides: number) => {
		state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
		return Math.floor((state / 2_147_483_648) * sides);
	};
}

describe('whatever is done', () => {
	it('no widget covers another, and none leaves the grid', () => {
		for (let seed = 1; seed <= 200; seed++) {
			const roll = dice(seed);
			const columns = 1 + roll(12);
			let widgets: readonly Widget[] = [];
			for (let step = 0; step < 30; step++) {
				const id = widgets[roll(Math.max(1, widgets.length))]?.id ?? '';
				const changes: Change[] = [
					{ kind: 'add', widget: at(`w${step}`, 0, 0, 1 + roll(6), 1 + roll(5)) },
					{ kind: 'move', id, x: roll(16) - 2, y: roll(20) - 2 },
					{ kind: 'resize', id, w: roll(15), h: roll(9) },
					{ kind: 'move', id, x: roll(12), y: roll(6) },
					{ kind: roll(2) === 0 ? 'remove' : 'resize', id, w: 3, h: 3 } as Change,
					{ kind: 'compact' },
				];
				widgets = changed(widgets, changes[roll(step < 8 ? 2 : changes.length)] as Change, columns, least);
				check(widgets, columns, seed);
			}
		}
	});
});

function check(widgets: readonly Widget[], columns: number, seed: number): void {
	for (const [n, one] of widgets.entries()) {
		const { x, y, w, h } = one.place;
		const inside = x >= 0 && y >= 0 && w >= 1 && h >= 1 && x + w <= columns;
		if (!inside) throw new Error(`seed ${seed}: ${one.id} is out of the grid: ${JSON.stringify(one.place)}`);
		for (const other of widgets.slice(n + 1)) {
			if (covers(one.place, other.place)) throw new Error(`seed ${seed}: ${one.id} covers ${other.id}`);
		}
	}
}
