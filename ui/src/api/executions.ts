import type { ExecutionFilter } from '../url/filter';
import {
	type Execution,
	type ExecutionDetail,
	readExecution,
	readExecutionDetail,
	readStepDetail,
	STATUSES,
	type Status,
	type StepDetail,
} from './execution';
import type { Http } from './http';
import { list, number, object, optionalText, text } from './read';

/** Executions of a page, newest first. */
export interface ExecutionPage {
	readonly items: readonly Execution[];
	/** Where the older ones begin; null when there are none. */
	readonly next: string | null;
	/** How many there are of each status under the other filters; null when not asked for. */
	readonly counts: StatusCounts | null;
	/** The counts are lower bounds. */
	readonly capped: boolean;
}

export type StatusCounts = Readonly<Record<Status, number>>;

export interface PageRequest {
	readonly filter: ExecutionFilter;
	readonly cursor: string | null;
	readonly limit: number;
	/** Absent: the newest first. */
	readonly sort?: 'startedAt';
}

const BASE = '/api/monitoring/executions';

export async function fetchExecutions(
	http: Http,
	request: PageRequest,
	now: number,
	signal?: AbortSignal,
): Promise<ExecutionPage> {
	const o = object(await http.get(`${BASE}?${pageQuery(request)}`, signal));
	return {
		items: list(o.items).map((item) => readExecution(item, now)),
		next: optionalText(o.nextCursor),
		counts: readCounts(o.countsByStatus),
		capped: o.countsCapped === true,
	};
}

export async function fetchExecution(http: Http, id: string, now: number, signal?: AbortSignal): Promise<ExecutionDetail> {
	return readExecutionDetail(await http.getText(`${BASE}/${encodeURIComponent(id)}`, signal), now);
}

export async function fetchStep(http: Http, id: string, stepId: string, signal?: AbortSignal): Promise<StepDetail> {
	return readStepDetail(await http.getText(`${BASE}/${encodeURIComponent(id)}/steps/${encodeURIComponent(stepId)}`, signal));
}

export interface WorkflowName {
	readonly id: string;
	readonly name: string;
}

/** The organisation's workflows, by name in Polish order. */
export async function fetchWorkflows(http: Http, signal?: AbortSignal): Promise<WorkflowName[]> {
	const o = object(await http.get('/api/monitoring/workflows', signal));
	return list(o.items)
		.map((item) => {
			const w = object(item);
			const id = text(w.workflowId) || text(w.id);
			return { id, name: optionalText(w.name) ?? optionalText(w.workflowName) ?? id };
		})
		.filter((w) => w.id !== '')
		.sort((a, b) => a.name.localeCompare(b.name, 'pl'));
}

function readCounts(raw: unknown): StatusCounts | null {
	if (typeof raw !== 'object' || raw === null) return null;
	const o = object(raw);
	return Object.fromEntries(STATUSES.map((status) => [status, number(o[status]) ?? 0])) as Record<Status, number>;
}

function pageQuery({ filter, cursor, limit, sort }: PageRequest): string {
	const query = new URLSearchParams();
	for (const status of filter.status) query.append('status', status);
	if (filter.workflow !== '') query.set('workflowId', filter.workflow);
	if (filter.client !== '') query.set('clientRef', filter.client);
	if (filter.priority !== '') query.set('priority', filter.priority);
	if (filter.q.trim() !== '') query.set('q', filter.q.trim());
	if (filter.tag !== '') query.set('tag', filter.tag);
	if (filter.minMs !== null) query.set('minDurationMs', String(filter.minMs));
	if (filter.maxMs !== null) query.set('maxDurationMs', String(filter.maxMs));
	if (filter.sort !== '-startedAt') query.set('sort', filter.sort);
	if (filter.from !== null) query.set('from', new Date(filter.from).toISOString());
	if (filter.to !== null) query.set('to', new Date(filter.to).toISOString());
	query.set('limit', String(limit));
	if (cursor !== null) query.set('cursor', cursor);
	if (sort !== undefined) query.set('sort', sort);
	return query.toString();
}
