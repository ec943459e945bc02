import { PRIORITIES, type Priority, STATUSES, type Status } from '../api/execution';
import { parseLocal, serializeLocal } from './localtime';

/** What the list of executions is narrowed to. It lives in the query string; defaults are left out. */
export interface ExecutionFilter {
	/** In the order in which they were chosen, each once; empty = all. */
	readonly status: readonly Status[];
	readonly workflow: string;
	readonly client: string;
	readonly priority: Priority | '';
	readonly q: string;
	/** Milliseconds since 1970, both ends inclusive; null = open. */
	readonly from: number | null;
	readonly to: number | null;
}

export const EVERYTHING: ExecutionFilter = { status: [], workflow: '', client: '', priority: '', q: '', from: null, to: null };

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
		from: parseLocal(query.get('from')),
		to: parseLocal(query.get('to')),
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
	set('q', filter.q);
	set('from', filter.from === null ? '' : serializeLocal(filter.from));
	set('to', filter.to === null ? '' : serializeLocal(filter.to));
	return query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
}

export function toggleStatus(filter: ExecutionFilter, status: Status): ExecutionFilter {
	const others = filter.status.filter((one) => one !== status);
	return { ...filter, status: others.length < filter.status.length ? others : [...others, status] };
}

/** Whether anything but the status narrows the list. */
export function narrowed(filter: ExecutionFilter): boolean {
	return serializeFilter({ ...filter, status: [] }) !== '';
}
