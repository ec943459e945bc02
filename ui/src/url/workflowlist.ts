export const WORKFLOW_SORTS = ['health', 'name', 'failedToday', 'successRate', 'p95', 'last', 'next'] as const;
export type WorkflowSort = (typeof WORKFLOW_SORTS)[number];

/** How the list of workflows is narrowed and ordered. It lives in the query string; defaults are left out. */
export interface WorkflowListView {
	readonly q: string;
	readonly sort: WorkflowSort;
}

export function parseWorkflowList(search: string): WorkflowListView {
	const query = new URLSearchParams(search);
	return { q: query.get('q') ?? '', sort: WORKFLOW_SORTS.find((sort) => sort === query.get('sort')) ?? 'health' };
}

/** Writes the view as a query string without '?'. Keys it does not own are kept from former. */
export function serializeWorkflowList({ q, sort }: WorkflowListView, former = ''): string {
	const query = new URLSearchParams(former);
	const set = (key: string, value: string) => (value === '' ? query.delete(key) : query.set(key, value));
	set('q', q);
	set('sort', sort === 'health' ? '' : sort);
	return query.toString();
}
