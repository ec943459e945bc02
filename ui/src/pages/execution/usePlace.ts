import { useCallback } from 'react';
import { useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';

/** Where in the page of an execution the reader is, as the address holds it. */
export interface Place {
	/** The opened step's id; null when none is open. */
	readonly step: string | null;
	/** The part that was asked for; '' when none was. Parts that this page does not know stay in the address. */
	readonly tab: string;
}

export function usePlace(): [Place, (step: string | null) => void] {
	const query = new URLSearchParams(useSearch());
	const [path, navigate] = useLocation();
	const open = useCallback(
		(step: string | null) => {
			const next = new URLSearchParams(window.location.search);
			if (step === null) next.delete('step');
			else next.set('step', step);
			const search = next.toString();
			// Opening a step is no step of the history: "back" leads to the list. The way there is kept.
			navigate(search === '' ? path : `${path}?${search}`, { replace: true, state: window.history.state });
		},
		[navigate, path],
	);
	return [{ step: query.get('step') || null, tab: query.get('tab') ?? '' }, open];
}
