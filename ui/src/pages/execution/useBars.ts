import { type KeyboardEvent, type RefObject, useEffect, useRef } from 'react';
import type { TimelineRow } from '../../api/timeline';

export function hasBar(row: TimelineRow | undefined): boolean {
	return row !== undefined && row.startMs !== null;
}

/** Arrows go from bar to bar, Home and End to the first and last. A bar that is not drawn yet takes the focus when it is. */
export function useBars(chart: RefObject<HTMLElement | null>, rows: readonly TimelineRow[], onMove: (index: number) => void) {
	const wanted = useRef<number | null>(null);
	const reach = () => {
		const link = chart.current?.querySelector<HTMLElement>(`[data-index="${wanted.current}"] a`);
		if (link === null || link === undefined) return;
		wanted.current = null;
		link.focus();
	};
	useEffect(() => {
		if (wanted.current !== null) reach();
	});
	return (event: KeyboardEvent) => {
		const at = event.target instanceof Element ? event.target.closest('[data-index]')?.getAttribute('data-index') : null;
		if (typeof at !== 'string' || event.ctrlKey || event.altKey || event.metaKey) return;
		const next = nextBar(event.key, rows, Number(at));
		if (next === null) return;
		event.preventDefault();
		wanted.current = next;
		onMove(next);
		reach();
	};
}

/** The bar to which a key leads from a row; null: it leads nowhere. */
function nextBar(key: string, rows: readonly TimelineRow[], at: number): number | null {
	const ways: Readonly<Record<string, readonly [start: number, by: 1 | -1]>> = {
		ArrowDown: [at + 1, 1],
		ArrowRight: [at + 1, 1],
		ArrowUp: [at - 1, -1],
		ArrowLeft: [at - 1, -1],
		Home: [0, 1],
		End: [rows.length - 1, -1],
	};
	const way = ways[key];
	if (way === undefined) return null;
	for (let index = way[0]; index >= 0 && index < rows.length; index += way[1]) if (hasBar(rows[index])) return index;
	return null;
}
