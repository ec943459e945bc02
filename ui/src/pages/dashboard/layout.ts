import type { Place, Widget } from '../../api/dashboards';

/** Most rows of a dashboard, as the server has it. */
const ROWS_MAX = 10_000;

/** What can be done to the widgets of a dashboard while it is edited. Whatever is done, none covers another and none leaves the grid. */
export type Change =
	| { readonly kind: 'move'; readonly id: string; readonly x: number; readonly y: number }
	| { readonly kind: 'resize'; readonly id: string; readonly w: number; readonly h: number }
	| { readonly kind: 'add'; readonly widget: Widget }
	| { readonly kind: 'remove'; readonly id: string }
	| { readonly kind: 'replace'; readonly widget: Widget }
	| { readonly kind: 'compact' };

/** The fewest cells in which a widget can be read. */
export type Least = (type: string) => { readonly w: number; readonly h: number };

/** Applies a change. What is moved or resized stays where it was put; what it covers gives way downwards. */
export function changed(widgets: readonly Widget[], change: Change, columns: number, least: Least): readonly Widget[] {
	switch (change.kind) {
		case 'move':
			return placed(widgets, change.id, (at) => ({ ...at, x: change.x, y: change.y }), columns, least);
		case 'resize':
			return placed(widgets, change.id, (at) => ({ ...at, w: change.w, h: change.h }), columns, least);
		case 'add':
			return [...widgets, { ...change.widget, place: freePlace(widgets, change.widget.place, columns) }];
		case 'remove':
			return widgets.filter((one) => one.id !== change.id);
		case 'replace':
			return widgets.map((one) => (one.id === change.widget.id ? change.widget : one));
		case 'compact':
			return compact(widgets);
	}
}

function placed(
	widgets: readonly Widget[],
	id: string,
	to: (at: Place) => Place,
	columns: number,
	least: Least,
): readonly Widget[] {
	const one = widgets.find((widget) => widget.id === id);
	if (one === undefined) return widgets;
	const place = within(to(one.place), columns, least(one.type));
	if (same(place, one.place)) return widgets;
	return separate(
		widgets.map((widget) => (widget.id === id ? { ...widget, place } : widget)),
		id,
	);
}

/** The nearest place within the grid, no smaller than can be read. */
function within({ x, y, w, h }: Place, columns: number, least: { readonly w: number; readonly h: number }): Place {
	const left = clamp(x, 0, columns - 1);
	const width = clamp(w, Math.min(least.w, columns), columns);
	const height = clamp(h, least.h, ROWS_MAX);
	return { x: Math.min(left, columns - width), y: clamp(y, 0, ROWS_MAX - height), w: width, h: height };
}

function clamp(value: number, low: number, high: number): number {
	return Math.max(low, Math.min(high, Math.round(value)));
}

export function covers(a: Place, b: Place): boolean {
	return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** Moves widgets down until none covers another. The first stays; of the others who is higher, then further left. What covers nothing is not moved. */
export function separate(widgets: readonly Widget[], first: string | null = null): readonly Widget[] {
	const rank = (one: Widget) => (one.id === first ? 0 : 1);
	const order = [...widgets].sort((a, b) => rank(a) - rank(b) || a.place.y - b.place.y || a.place.x - b.place.x);
	const places = new Map<string, Place>();
	for (const one of order) {
		let place = one.place;
		for (;;) {
			const under = [...places.values()].find((other) => covers(place, other));
			if (under === undefined) break;
			place = { ...place, y: under.y + under.h };
		}
		places.set(one.id, place);
	}
	return withPlaces(widgets, places);
}

/** Closes the gaps: every widget goes up as far as it can. */
function compact(widgets: readonly Widget[]): readonly Widget[] {
	const places = new Map<string, Place>();
	const order = [...widgets].sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x);
	for (const one of order) {
		let place = one.place;
		while (place.y > 0) {
			const higher = { ...place, y: place.y - 1 };
			if ([...places.values()].some((other) => covers(higher, other))) break;
			place = higher;
		}
		places.set(one.id, place);
	}
	return withPlaces(widgets, places);
}

function withPlaces(widgets: readonly Widget[], places: ReadonlyMap<string, Place>): readonly Widget[] {
	return widgets.map((one) => {
		const place = places.get(one.id) ?? one.place;
		return same(place, one.place) ? one : { ...one, place };
	});
}

function same(a: Place, b: Place): boolean {
	return a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h;
}

/** The first place, by rows, in which something of a size covers nothing. */
export function freePlace(widgets: readonly Widget[], size: { readonly w: number; readonly h: number }, columns: number): Place {
	const w = Math.min(size.w, columns);
	const bottom = widgets.reduce((row, { place }) => Math.max(row, place.y + place.h), 0);
	for (let y = 0; y < bottom; y++) {
		for (let x = 0; x + w <= columns; x++) {
			const place = { x, y, w, h: size.h };
			if (!widgets.some((one) => covers(place, one.place))) return place;
		}
	}
	return { x: 0, y: bottom, w, h: size.h };
}

/** An id that no widget has. */
export function freeId(widgets: readonly Widget[], type: string): string {
	for (let n = 1; ; n++) {
		const id = n === 1 ? type : `${type}-${n}`;
		if (!widgets.some((one) => one.id === id)) return id;
	}
}
