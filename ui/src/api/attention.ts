import { type Execution, readExecution } from './execution';
import type { Http } from './http';
import { count, list, object } from './read';

/** Failed executions that nobody has taken care of, and that no later success of the same client made good. */
export interface Attention {
	/** The newest first. */
	readonly items: readonly Execution[];
	readonly total: number;
	/** The total is a lower bound. */
	readonly capped: boolean;
}

export interface AttentionRequest {
	readonly workflow: string | null;
	/** Failures of executions that began since then, ms since 1970. */
	readonly from: number;
	readonly limit: number;
}

export async function fetchAttention(
	http: Http,
	{ workflow, from, limit }: AttentionRequest,
	now: number,
	signal?: AbortSignal,
): Promise<Attention> {
	const query = new URLSearchParams({ from: new Date(from).toISOString(), limit: String(limit) });
	if (workflow !== null) query.set('workflowId', workflow);
	const o = object(await http.get(`/api/monitoring/attention?${query}`, signal));
	return { items: list(o.items).map((item) => readExecution(item, now)), total: count(o.total), capped: o.totalCapped === true };
}
