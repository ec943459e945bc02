export type Values = readonly (number | null)[];

/**
 * The values with at most so many left, for a drawing that has no room for all: of each stretch the least and the greatest stay, in their order, so that no peak is
 * lost. A stretch without any value is a gap.
 */
export function extremes(values: Values, most: number): (number | null)[] {
	if (values.length <= most) return [...values];
	const stretch = Math.ceil(values.length / Math.max(1, Math.floor(most / 2)));
	const left: (number | null)[] = [];
	for (let from = 0; from < values.length; from += stretch) {
		let [low, high] = [-1, -1];
		for (let i = from; i < Math.min(from + stretch, values.length); i++) {
			const value = values[i];
			if (value == null) continue;
			if (low < 0 || value < (values[low] ?? 0)) low = i;
			if (high < 0 || value > (values[high] ?? 0)) high = i;
		}
		if (low < 0) left.push(null);
		else if (low === high) left.push(values[low] ?? null);
		else left.push(values[Math.min(low, high)] ?? null, values[Math.max(low, high)] ?? null);
	}
	return left;
}

/** Values whose neighbours are both unknown: a line does not show them, a point does. */
export function isolated(values: ArrayLike<number | null | undefined>): number[] {
	const alone: number[] = [];
	for (let i = 0; i < values.length; i++) {
		if (values[i] != null && values[i - 1] == null && values[i + 1] == null) alone.push(i);
	}
	return alone;
}

/** Each value with all before it in the same place: the upper edges of parts that stand on each other. Nothing where all are unknown. */
export function stacked(parts: readonly Values[]): (number | null)[][] {
	const sums: (number | null)[] = [];
	return parts.map((part) =>
		part.map((value, i) => {
			if (value === null && sums[i] == null) return null;
			sums[i] = (sums[i] ?? 0) + (value ?? 0);
			return sums[i] ?? null;
		}),
	);
}

/** Places for labels on one line: as near as can be to where they belong, none nearer than gap to the next, all between least and most if there is room. */
export function spread(places: readonly number[], gap: number, least: number, most: number): number[] {
	const order = places.map((_, i) => i).sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
	const result = [...places];
	let floor = least;
	for (const i of order) {
		result[i] = Math.max(places[i] ?? 0, floor);
		floor = (result[i] ?? 0) + gap;
	}
	let ceiling = most;
	for (const i of order.reverse()) {
		result[i] = Math.min(result[i] ?? 0, ceiling);
		ceiling = (result[i] ?? 0) - gap;
	}
	return result;
}
