import { useCallback, useMemo } from 'react';
import { useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { parseRange, type Range, type RangeName, serializeRange } from './range';

/** The range that the address holds, and how to change it; each change is a step in the browser's history. */
export function useRange(otherwise: RangeName): [Range, (range: Range) => void] {
	const search = useSearch();
	const [path, navigate] = useLocation();
	const range = useMemo(() => parseRange(search, otherwise), [search, otherwise]);
	const change = useCallback(
		(next: Range) => {
			const query = `?${serializeRange(next, window.location.search)}`;
			if (query !== window.location.search) navigate(path + query);
		},
		[navigate, path],
	);
	return [range, change];
}
