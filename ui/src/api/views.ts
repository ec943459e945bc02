import { type Execution, readExecution } from './execution';
import type { WorkflowName } from './executions';
import type { Http } from './http';
import { count, list, object, optionalText, text, texts } from './read';

/** Pages of which views are kept. */
export type ViewPage = 'executions' | 'alerts' | 'deadlines';

/** A filter of a list, kept under a name: one's own or the office's. */
export interface SavedView {
	readonly id: string;
	readonly owner: string;
	readonly page: ViewPage;
	readonly name: string;
	/** Of the page's address, without '?'. */
	readonly query: string;
	readonly shared: boolean;
	readonly version: number;
}

const BASE = '/api/monitoring/views';
const pathOf = (id: string) => `${BASE}/${encodeURIComponent(id)}`;

/** The viewer's own views of a page, then the office's. */
export async function fetchViews(http: Http, page: ViewPage, signal?: AbortSignal): Promise<readonly SavedView[]> {
	const raw = await http.get(`${BASE}?${new URLSearchParams({ page })}`, signal);
	return list(object(raw).items).map((item) => readView(item, page));
}

export async function saveView(http: Http, view: Pick<SavedView, 'page' | 'name' | 'query' | 'shared'>): Promise<SavedView> {
	return readView(await http.post(BASE, view), view.page);
}

/** Changes a view if nobody else has since: otherwise 412. */
export async function changeView(
	http: Http,
	view: SavedView,
	change: Partial<Pick<SavedView, 'name' | 'query' | 'shared'>>,
): Promise<SavedView> {
	return readView(await http.patch(pathOf(view.id), change, view.version), view.page);
}

export async function removeView(http: Http, view: SavedView): Promise<void> {
	await http.remove(pathOf(view.id), view.version);
}

function readView(raw: unknown, page: ViewPage): SavedView {
	const o = object(raw);
	return {
		id: text(o.id),
		owner: text(o.owner),
		page,
		name: text(o.name),
		query: text(o.query),
		shared: o.shared === true,
		version: count(o.version),
	};
}

/** What a text was found in. */
export interface Found {
	readonly executions: readonly Execution[];
	readonly workflows: readonly WorkflowName[];
	readonly clients: readonly string[];
}

/** Finds executions by number, client, tag and error, workflows by name, clients by symbol. */
export async function search(http: Http, q: string, limit: number, now: number, signal?: AbortSignal): Promise<Found> {
	const o = object(await http.get(`/api/monitoring/search?${new URLSearchParams({ q, limit: String(limit) })}`, signal));
	return {
		executions: list(o.executions).map((item) => readExecution(item, now)),
		workflows: list(o.workflows).map((item) => {
			const id = text(object(item).workflowId);
			return { id, name: optionalText(object(item).workflowName) ?? id };
		}),
		clients: texts(o.clients),
	};
}
