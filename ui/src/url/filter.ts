import { PRIORITIES, type Priority, STATUSES, type Status } from '../api/execution';
import { parseLocal, serializeInstant } from './localtime';
import { isPersonal } from './personal';

/** What the list of executions is narrowed to. It lives in the query string; defaults are left out. */
export interface ExecutionFilter {
	/** In the order in which they were chosen, each once; empty = all. */
	readonly status: readonly Status[];
	readonly workflow: string;
	readonly client: string;
	readonly priority: Priority | '';
	readonly q: string;
	readonly tag: string;
	/** Milliseconds since 1970, both ends inclusive; null = open. */
	readonly from: number | null;
	readonly to: number | null;
	/** How long it took, or has taken so far, in ms, both inclusive; null = open. */
	readonly minMs: number | null;
	readonly maxMs: number | null;
	readonly sort: Sort;
}

export const SORTS = ['-startedAt', 'startedAt', '-duration', 'duration'] as const;
/** The order of the list; the first is the usual one. */
export type Sort = (typeof SORTS)[number];

export const EVERYTHING: ExecutionFilter = {
	status: [],
	workflow: '',
	client: '',
	priority: '',
	q: '',
	tag: '',
	from: null,
	to: null,
	minMs: null,
	maxMs: null,
	sort: '-startedAt',
};

/** Reads a query string. What it does not understand counts as absent, so that an old link still opens. */
export function parseFilter(search: string): ExecutionFilter {
	const query = new URLSearchParams(search);
	const asked = query.getAll('status').flatMap((part) => part.split(','));
	return {
		status: [...new Set(asked)].flatMap((one) => STATUSES.find((status) => status === one) ?? []),
		workflow: query.get('workflow') ?? '',
		client: query.get('client') ?? '',
		priority: PRIORITIES.find((priority) => priority === query.get('priority')) ?? '',
		q: query.get('q') ?? '',
		tag: query.get('tag') ?? '',
		from: parseLocal(query.get('from')),
		to: parseLocal(query.get('to')),
		minMs: parseSeconds(query.get('min')),
		maxMs: parseSeconds(query.get('max')),
		sort: SORTS.find((one) => one === query.get('sort')) ?? SORTS[0],
	};
}

/** Writes a filter as a query string without '?', '' for EVERYTHING. Keys it does not own are kept from former. */
export function serializeFilter(filter: ExecutionFilter, former = ''): string {
	const query = new URLSearchParams(former);
	const set = (key: string, value: string) => (value === '' ? query.delete(key) : query.set(key, value));
	set('status', filter.status.join(','));
	set('workflow', filter.workflow);
	set('client', filter.client);
	set('priority', filter.priority);
	// What names a person does not stand in an address, which is copied, kept and logged.
	set('q', isPersonal(filter.q) ? '' : filter.q);
	set('tag', filter.tag);
	set('from', filter.from === null ? '' : serializeInstant(filter.from));
	set('to', filter.to === null ? '' : serializeInstant(filter.to));
	set('min', filter.minMs === null ? '' : String(filter.minMs / 1_000));
	set('max', filter.maxMs === null ? '' : String(filter.maxMs / 1_000));
	set('sort', filter.sort === SORTS[0] ? '' : filter.sort);
	return query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
}

export function toggleStatus(filter: ExecutionFilter, status: Status): ExecutionFilter {
	const others = filter.status.filter((one) => one !== status);
	return { ...filter, status: others.length < filter.status.length ? others : [...others, status] };
}

/** Whether anything but the status narrows the list. */
export function narrowed(filter: ExecutionFilter): boolean {
	return serializeFilter({ ...filter, status: [], sort: SORTS[0] }) !== '';
}

/** Seconds as ms; null if it is no number of them. */
export function parseSeconds(value: string | null): number | null {
	if (value === null || value.trim() === '') return null;
	const seconds = Number(value.replace(',', '.'));
	return Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds * 1_000) : null;
}
