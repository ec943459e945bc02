import { ALERT_STATUSES, type AlertFilter } from '../api/alerts';
import { SEVERITIES } from '../api/severity';
import { parseLocal, serializeInstant } from './localtime';

export const ALL_ALERTS: AlertFilter = { status: [], severity: [], workflow: '', from: null, to: null };

/** Reads a query string. What it does not understand counts as absent. */
export function parseAlertFilter(search: string): AlertFilter {
	const query = new URLSearchParams(search);
	return {
		status: chosen(query, 'status', ALERT_STATUSES),
		severity: chosen(query, 'severity', SEVERITIES),
		workflow: query.get('workflow') ?? '',
		from: parseLocal(query.get('from')),
		to: parseLocal(query.get('to')),
	};
}

/** Writes a filter as a query string without '?', '' for ALL_ALERTS. Keys it does not own are kept from former. */
export function serializeAlertFilter(filter: AlertFilter, former = ''): string {
	const query = new URLSearchParams(former);
	const set = (key: string, value: string) => (value === '' ? query.delete(key) : query.set(key, value));
	set('status', filter.status.join(','));
	set('severity', filter.severity.join(','));
	set('workflow', filter.workflow);
	set('from', filter.from === null ? '' : serializeInstant(filter.from));
	set('to', filter.to === null ? '' : serializeInstant(filter.to));
	return query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
}

/** Adds a word to a choice, or takes it away. */
export function toggled<T>(chosen: readonly T[], one: T): readonly T[] {
	return chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one];
}

function chosen<T extends string>(query: URLSearchParams, key: string, all: readonly T[]): readonly T[] {
	const asked = query.getAll(key).flatMap((part) => part.split(','));
	return [...new Set(asked)].flatMap((one) => all.find((word) => word === one) ?? []);
}
