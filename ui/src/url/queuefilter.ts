import { PRIORITIES, type Priority } from '../api/execution';

/** What the list of the queue is narrowed to. It lives in the query string; defaults are left out. */
export interface QueueFilter {
	readonly priority: Priority | '';
	/** Only what a deadline is about. */
	readonly tax: boolean;
}

export function parseQueueFilter(search: string): QueueFilter {
	const query = new URLSearchParams(search);
	return { priority: PRIORITIES.find((one) => one === query.get('priority')) ?? '', tax: query.get('tax') === '1' };
}

export function serializeQueueFilter({ priority, tax }: QueueFilter): string {
	const query = new URLSearchParams();
	if (priority !== '') query.set('priority', priority);
	if (tax) query.set('tax', '1');
	return query.toString();
}
