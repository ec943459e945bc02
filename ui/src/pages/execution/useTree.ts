import { useCallback, useMemo, useState } from 'react';
import { type Entry, holders, partsOf, seen } from '../../json/entries';

/** Trees of so many values are open from the start; in longer ones the first levels are. */
const OPEN_MAX = 200;
const OPEN_DEPTH = 2;
/** How many lines are drawn at first, and with every further click. */
const LINES_AT_ONCE = 500;

export interface Tree {
	/** The entries whose lines are drawn, in their order. */
	readonly lines: readonly number[];
	/** How many more would be drawn next. */
	readonly more: number;
	readonly drawMore: () => void;
	readonly isOpen: (at: number) => boolean;
	readonly set: (at: number, open: boolean) => void;
	/** The entry that has the focus, or had it last. */
	readonly active: number;
	readonly choose: (at: number) => void;
	/** Opens what holds an entry, and chooses it. */
	readonly show: (at: number) => void;
}

/** Which parts of a JSON value are open, and which one is chosen. */
export function useTree(entries: readonly Entry[]): Tree {
	const [changed, setChanged] = useState<ReadonlyMap<number, boolean>>(new Map());
	const [chosen, choose] = useState(0);
	const [limit, setLimit] = useState(LINES_AT_ONCE);
	const isOpen = useCallback(
		(at: number) => {
			const entry = entries[at];
			if (entry === undefined || partsOf(entry.node) === 0) return false;
			return changed.get(at) ?? (entries.length <= OPEN_MAX || entry.depth < OPEN_DEPTH);
		},
		[entries, changed],
	);
	const all = useMemo(() => seen(entries, isOpen), [entries, isOpen]);
	const active = chosen < entries.length ? chosen : 0;
	const place = all.indexOf(active);
	const lines = all.slice(0, Math.max(limit, place + 1));
	return {
		lines,
		more: Math.min(all.length - lines.length, LINES_AT_ONCE),
		drawMore: () => setLimit(lines.length + LINES_AT_ONCE),
		isOpen,
		set: (at, open) => setChanged((former) => new Map(former).set(at, open)),
		active,
		choose,
		show: (at) => {
			setChanged((former) => new Map([...former, ...holders(entries, at).map((one) => [one, true] as const)]));
			choose(at);
		},
	};
}
