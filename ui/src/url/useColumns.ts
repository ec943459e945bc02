import { useCallback, useMemo } from 'react';
import { useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { type Column, parseColumns, serializeColumns } from './columns';

/** The columns of the list as the address holds them; null: the usual ones. */
export function useColumns(): [readonly Column[] | null, (columns: readonly Column[] | null) => void] {
	const search = useSearch();
	const [path, navigate] = useLocation();
	const columns = useMemo(() => parseColumns(search), [search]);
	const choose = useCallback(
		(next: readonly Column[] | null) => {
			const query = serializeColumns(next, window.location.search);
			navigate(query === '' ? path : `${path}?${query}`, { replace: true });
		},
		[navigate, path],
	);
	return [columns, choose];
}
