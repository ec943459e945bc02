import { useCallback, useMemo } from 'react';
import { useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import type { AlertFilter } from '../../api/alerts';
import { parseAlertFilter, serializeAlertFilter } from '../../url/alertfilter';

/** The filter of the alerts as the address holds it, and how to change it. */
export function useAlertFilter(): [AlertFilter, (change: Partial<AlertFilter>, replace?: boolean) => void] {
	const search = useSearch();
	const [path, navigate] = useLocation();
	const filter = useMemo(() => parseAlertFilter(search), [search]);
	const change = useCallback(
		(part: Partial<AlertFilter>, replace = false) => {
			const present = window.location.search;
			const query = serializeAlertFilter({ ...parseAlertFilter(present), ...part }, present);
			navigate(query === '' ? path : `${path}?${query}`, { replace });
		},
		[navigate, path],
	);
	return [filter, change];
}
