/** What a live list shows: ids in order, of which the last so many are new and wait for their place. */
export interface Arrangement {
	readonly order: readonly string[];
	readonly waiting: number;
}

export const NOTHING_SHOWN: Arrangement = { order: [], waiting: 0 };

/**
 * Puts the rows of a live list in order. Held, what is shown keeps its place and what is new comes after it: only the order waits. What is gone from
 * wanted leaves at once, held or not. wanted is in the right order.
 */
export function arrange(shown: Arrangement, wanted: readonly string[], held: boolean): Arrangement {
	const all = new Set(wanted);
	const settled = shown.order.slice(0, shown.order.length - shown.waiting).filter((id) => all.has(id));
	if (!held || settled.length === 0) return { order: wanted, waiting: 0 };
	const order = [...new Set([...settled, ...shown.order.filter((id) => all.has(id)), ...wanted])];
	return { order, waiting: order.length - settled.length };
}
