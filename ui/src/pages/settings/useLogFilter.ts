import { useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import { LOG_LEVELS, type LogFilter } from '../../api/logs';
import { oneOf } from '../../api/read';

/** The filter of the log as it stands in the address, and how to change it. */
export function useLogFilter(): { readonly filter: LogFilter; readonly narrow: (change: Partial<LogFilter>) => void } {
	const search = useSearch();
	const [path, navigate] = useLocation();
	const filter = useMemo(() => parseLogFilter(search), [search]);
	return {
		filter,
		narrow: (change) => {
			// The address, not the last drawing, is what to build on: a text takes effect after a pause, and more may change meanwhile.
			const query = serializeLogFilter({ ...parseLogFilter(window.location.search), ...change });
			navigate(query === '' ? path : `${path}?${query}`, { replace: true });
		},
	};
}

export function parseLogFilter(search: string): LogFilter {
	const query = new URLSearchParams(search);
	return { level: oneOf(query.get('level'), LOG_LEVELS, 'debug'), q: query.get('q') ?? '' };
}

export function serializeLogFilter({ level, q }: LogFilter): string {
	const query = new URLSearchParams();
	if (level !== 'debug') query.set('level', level);
	if (q !== '') query.set('q', q);
	return query.toString();
}
