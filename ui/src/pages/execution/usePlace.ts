import { useCallback } from 'react';
import { useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';

export const TABS = ['steps', 'timeline', 'alerts', 'data'] as const;
export type Tab = (typeof TABS)[number];

/** Where in the page of an execution the reader is, as the address holds it. */
export interface Place {
	/** The opened step's id; null when none is open. */
	readonly step: string | null;
	/** The part that a narrow window shows; a wide one shows the data beside any. */
	readonly tab: Tab;
}

type Move = (to: Partial<Place>) => void;

export function usePlace(): [Place, Move] {
	const query = new URLSearchParams(useSearch());
	const [path, navigate] = useLocation();
	const move = useCallback<Move>(
		(to) => {
			const next = new URLSearchParams(window.location.search);
			if (to.step !== undefined) put(next, 'step', to.step);
			if (to.tab !== undefined) put(next, 'tab', to.tab === 'steps' ? null : to.tab);
			const search = next.toString();
			// Neither is a step of the history: "back" leads to the list. The way there is kept.
			navigate(search === '' ? path : `${path}?${search}`, { replace: true, state: window.history.state });
		},
		[navigate, path],
	);
	const tab = TABS.find((one) => one === query.get('tab')) ?? 'steps';
	return [{ step: query.get('step') || null, tab }, move];
}

function put(query: URLSearchParams, key: string, value: string | null): void {
	if (value === null) query.delete(key);
	else query.set(key, value);
}
