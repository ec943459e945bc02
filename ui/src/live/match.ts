import type { Execution } from '../api/execution';
import type { ExecutionFilter } from '../url/filter';

/**
 * Says whether an execution belongs to a filtered list. vouched: the server said that it matches the text, which it searches
 * in more places than the page knows; all else is judged here, so that a row leaves as soon as it changes.
 */
export function matches(filter: ExecutionFilter, execution: Execution, vouched: boolean): boolean {
	if (filter.status.length > 0 && !filter.status.includes(execution.status)) return false;
	if (filter.workflow !== '' && execution.workflowId !== filter.workflow) return false;
	if (filter.client !== '' && execution.client !== filter.client) return false;
	if (filter.priority !== '' && execution.priority !== filter.priority) return false;
	if (filter.from !== null && execution.sortAt < filter.from) return false;
	if (filter.to !== null && execution.sortAt > filter.to) return false;
	return vouched || holds(execution, filter.q);
}

function holds(execution: Execution, q: string): boolean {
	const wanted = q.trim().toLowerCase();
	if (wanted === '') return true;
	const places = [execution.id, execution.workflowId, execution.workflowName, execution.client ?? ''];
	return places.some((place) => place.toLowerCase().includes(wanted));
}

/** Order of lists: newest first, then the greater id. */
export function before(a: Execution, b: Execution): boolean {
	return a.sortAt === b.sortAt ? a.id > b.id : a.sortAt > b.sortAt;
}
