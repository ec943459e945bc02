import { useCallback } from 'react';
import { useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { type Extent, parseExtent, printExtent } from '../../gantt/zoom';

export const TABS = ['steps', 'timeline', 'data', 'alerts', 'audit'] as const;
export type Tab = (typeof TABS)[number];

/** Where in the page of an execution the reader is, as the address holds it. */
export interface Place {
	/** The opened step's id; null when none is open. */
	readonly step: string | null;
	readonly tab: Tab;
	/** The part of the timeline that is looked at; null: all of it. */
	readonly zoom: Extent | null;
	/** Long gaps of the timeline are folded. */
	readonly folded: boolean;
	/** The timeline is shown as a table. */
	readonly table: boolean;
}

export type Move = (to: Partial<Place>) => void;

export function usePlace(): [Place, Move] {
	const query = new URLSearchParams(useSearch());
	const [path, navigate] = useLocation();
	const move = useCallback<Move>(
		(to) => {
			const next = new URLSearchParams(window.location.search);
			if (to.step !== undefined) put(next, 'step', to.step);
			if (to.tab !== undefined) put(next, 'tab', to.tab === 'steps' ? null : to.tab);
			if (to.zoom !== undefined) put(next, 'zoom', printExtent(to.zoom));
			if (to.folded !== undefined) put(next, 'fold', to.folded ? '1' : null);
			if (to.table !== undefined) put(next, 'view', to.table ? 'table' : null);
			const search = next.toString();
			// None of it is a step of the history: "back" leads to the list. The way there is kept.
			navigate(search === '' ? path : `${path}?${search}`, { replace: true, state: window.history.state });
		},
		[navigate, path],
	);
	const place: Place = {
		step: query.get('step') || null,
		tab: TABS.find((one) => one === query.get('tab')) ?? 'steps',
		zoom: parseExtent(query.get('zoom')),
		folded: query.get('fold') === '1',
		table: query.get('view') === 'table',
	};
	return [place, move];
}

function put(query: URLSearchParams, key: string, value: string | null): void {
	if (value === null) query.delete(key);
	else query.set(key, value);
}
