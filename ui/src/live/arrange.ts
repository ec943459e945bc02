/** What a live list shows: ids in order, and how many new ones wait. */
export interface Arrangement {
	readonly order: readonly string[];
	readonly waiting: number;
}

/**
 * Puts the rows of a live list in order. Held, what is shown keeps its place and what is new waits; what is gone from wanted leaves at once, held or
 * not. wanted is in the right order.
 */
export function arrange(shown: readonly string[], wanted: readonly string[], held: boolean): Arrangement {
	if (!held || shown.length === 0) return { order: wanted, waiting: 0 };
	const all = new Set(wanted);
	const order = shown.filter((id) => all.has(id));
	const present = new Set(order);
	const waiting = wanted.filter((id) => !present.has(id)).length;
	return order.length === 0 ? { order: wanted, waiting: 0 } : { order, waiting };
}
