import { useMemo } from 'react';
import { useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { type BoardQuery, parseBoardQuery, serializeBoardQuery } from '../../url/boardquery';

/** What the address says of the dashboard, and how to change it; each change is a step in the browser's history. */
export function useBoardQuery(): [BoardQuery, (change: Partial<BoardQuery>) => void] {
	const search = useSearch();
	const [path, navigate] = useLocation();
	const query = useMemo(() => parseBoardQuery(search), [search]);
	const change = (part: Partial<BoardQuery>) => {
		const next = serializeBoardQuery({ ...query, ...part }, window.location.search);
		navigate(next === '' ? path : `${path}?${next}`);
	};
	return [query, change];
}
