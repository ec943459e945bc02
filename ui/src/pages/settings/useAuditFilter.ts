import { useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { AuditFilter } from '../../api/audit';
import { parseLocal, serializeInstant } from '../../url/localtime';

/** The filter of the audit as it stands in the address, and how to change it. */
export function useAuditFilter(): { readonly filter: AuditFilter; readonly narrow: (change: Partial<AuditFilter>) => void } {
	const search = useSearch();
	const [path, navigate] = useLocation();
	const filter = useMemo(() => parseAuditFilter(search), [search]);
	return {
		filter,
		narrow: (change) => {
			// The address, not the last drawing, is what to build on: a text takes effect after a pause, and more may change meanwhile.
			const query = serializeAuditFilter({ ...parseAuditFilter(window.location.search), ...change });
			navigate(query === '' ? path : `${path}?${query}`, { replace: true });
		},
	};
}

export function parseAuditFilter(search: string): AuditFilter {
	const query = new URLSearchParams(search);
	return {
		from: parseLocal(query.get('from')),
		to: parseLocal(query.get('to')),
		event: query.get('event') ?? '',
		actor: query.get('actor') ?? '',
	};
}

export function serializeAuditFilter({ from, to, event, actor }: AuditFilter): string {
	const query = new URLSearchParams();
	if (from !== null) query.set('from', serializeInstant(from));
	if (to !== null) query.set('to', serializeInstant(to));
	if (event !== '') query.set('event', event);
	if (actor !== '') query.set('actor', actor);
	return query.toString().replaceAll('%3A', ':');
}
