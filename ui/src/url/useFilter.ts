import { useCallback, useMemo } from 'react';
import { useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { type ExecutionFilter, parseFilter, serializeFilter } from './filter';

/** Whether a change is a step of its own in the browser's history, or belongs to the one under way (typing). */
export type Step = 'push' | 'replace';

/** The list's filter as the address holds it. */
export function useFilter(): [ExecutionFilter, (change: Partial<ExecutionFilter>, step: Step) => void] {
	const search = useSearch();
	const [path, navigate] = useLocation();
	const filter = useMemo(() => parseFilter(search), [search]);
	const change = useCallback(
		(part: Partial<ExecutionFilter>, step: Step) => {
			// The address, not the last drawing, is what to build on: two changes may come between drawings.
			const present = window.location.search;
			const query = serializeFilter({ ...parseFilter(present), ...part }, present);
			navigate(query === '' ? path : `${path}?${query}`, { replace: step === 'replace' });
		},
		[navigate, path],
	);
	return [filter, change];
}
