import { type Day, type Month, parseDay, parseMonth } from './day';

/** What the page of deadlines shows. It lives in the query string; defaults are left out. */
export interface DeadlineFilter {
	/** null: the one of today. */
	readonly month: Month | null;
	/** Only what is due on that day; null: the whole month. */
	readonly day: Day | null;
	/** What is due for that client; '' for the whole office. */
	readonly client: string;
	/** A category, a rule, or a part of a name. */
	readonly type: string;
	/** Only what may not be met. */
	readonly endangered: boolean;
	/** The deadline that is open, as "rule/period"; '' for none. */
	readonly open: string;
}

export const ALL_DEADLINES: DeadlineFilter = { month: null, day: null, client: '', type: '', endangered: false, open: '' };

/** Reads a query string. What it does not understand counts as absent. */
export function parseDeadlineFilter(search: string): DeadlineFilter {
	const query = new URLSearchParams(search);
	return {
		month: parseMonth(query.get('month')),
		day: parseDay(query.get('day')),
		client: query.get('client') ?? '',
		type: query.get('type') ?? '',
		endangered: query.get('endangered') === '1',
		open: query.get('open') ?? '',
	};
}

/** Writes a filter as a query string without '?'. Keys it does not own are kept from former. */
export function serializeDeadlineFilter(filter: DeadlineFilter, former = ''): string {
	const query = new URLSearchParams(former);
	const set = (key: string, value: string) => (value === '' ? query.delete(key) : query.set(key, value));
	set('month', filter.month ?? '');
	set('day', filter.day ?? '');
	set('client', filter.client);
	set('type', filter.type);
	set('endangered', filter.endangered ? '1' : '');
	set('open', filter.open);
	return query.toString().replaceAll('%2F', '/');
}
