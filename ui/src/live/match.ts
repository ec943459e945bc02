import type { Execution } from '../api/execution';
import type { ExecutionFilter, Sort } from '../url/filter';

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
	if (!lasts(filter, execution, vouched)) return false;
	return vouched || ((filter.tag === '' || execution.tags.includes(filter.tag)) && holds(execution, filter.q));
}

/** Whether it took as long as wanted. Of one that still runs the server says so. */
function lasts({ minMs, maxMs }: ExecutionFilter, { durationMs: ms }: Execution, vouched: boolean): boolean {
	if (minMs === null && maxMs === null) return true;
	if (ms === null) return vouched;
	return (minMs === null || ms >= minMs) && (maxMs === null || ms <= maxMs);
}

function holds(execution: Execution, q: string): boolean {
	const wanted = q.trim().toLowerCase();
	if (wanted === '') return true;
	const places = [execution.id, execution.workflowId, execution.workflowName, execution.client ?? ''];
	return places.some((place) => place.toLowerCase().includes(wanted));
}

/** Whether one execution stands before another. */
export type Order = (a: Execution, b: Execution) => boolean;

/** The order of a sort: of equal ones the greater id comes first. now is the server's time. */
export function orderOf(sort: Sort, now: () => number): Order {
	const rank = sort.endsWith('duration') ? (x: Execution) => duration(x, now) : (x: Execution) => x.sortAt;
	const direction = sort.startsWith('-') ? 1 : -1;
	return (a, b) => {
		const difference = (rank(a) - rank(b)) * direction;
		return difference === 0 ? a.id > b.id : difference > 0;
	};
}

/** How long it took, or has taken so far; -1 of one that has not begun. */
function duration(x: Execution, now: () => number): number {
	if (x.durationMs !== null) return x.durationMs;
	return x.startedAt === null ? -1 : Math.max(0, now() - x.startedAt);
}
