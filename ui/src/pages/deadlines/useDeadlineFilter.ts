import { useCallback, useMemo } from 'react';
import { useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { type DeadlineFilter, parseDeadlineFilter, serializeDeadlineFilter } from '../../url/deadlinefilter';

export type ChangeFilter = (change: Partial<DeadlineFilter>, replace?: boolean) => void;

/** The filter of the deadlines as the address holds it, and how to change it. */
export function useDeadlineFilter(): [DeadlineFilter, ChangeFilter] {
	const search = useSearch();
	const [path, navigate] = useLocation();
	const filter = useMemo(() => parseDeadlineFilter(search), [search]);
	const change = useCallback<ChangeFilter>(
		(part, replace = false) => {
			const present = window.location.search;
			const query = serializeDeadlineFilter({ ...parseDeadlineFilter(present), ...part }, present);
			navigate(query === '' ? path : `${path}?${query}`, { replace });
		},
		[navigate, path],
	);
	return [filter, change];
}
