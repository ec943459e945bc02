/** The part of a chart that somebody looks at, in ms from the execution's start. */
export interface Extent {
	readonly from: number;
	readonly to: number;
}

/** Nothing shorter is looked at, in ms. */
const EXTENT_MS_MIN = 5;

/** An extent within the whole; null where it is all of it. */
export function within(whole: Extent, wish: Extent): Extent | null {
	const length = Math.max(EXTENT_MS_MIN, Math.round(wish.to - wish.from));
	if (length >= whole.to - whole.from) return null;
	const from = Math.round(Math.min(Math.max(wish.from, whole.from), whole.to - length));
	return { from, to: from + length };
}

/** What is seen when it is drawn so many times as large, with a time kept where it stands. */
export function zoomed(whole: Extent, seen: Extent, times: number, around: number): Extent | null {
	return within(whole, { from: around - (around - seen.from) / times, to: around + (seen.to - around) / times });
}

/** What is seen when one looks further along by a part of what is seen. */
export function shifted(whole: Extent, seen: Extent, part: number): Extent | null {
	const by = (seen.to - seen.from) * part;
	return within(whole, { from: seen.from + by, to: seen.to + by });
}

/** As the address holds it: "1500..4000". */
export function printExtent(extent: Extent | null): string | null {
	return extent === null ? null : `${extent.from}..${extent.to}`;
}

export function parseExtent(text: string | null): Extent | null {
	const found = /^(-?\d{1,15})\.\.(-?\d{1,15})$/.exec(text ?? '');
	const [from, to] = [Number(found?.[1]), Number(found?.[2])];
	return from < to ? { from, to } : null;
}
