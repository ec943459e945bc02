import type { Http } from './http';
import { list, object, text } from './read';

/** What an office noted of a workflow, for whoever has to act; '' where it noted nothing. */
export interface WorkflowNote {
	readonly owner: string;
	/** What to do when it fails. */
	readonly instruction: string;
	/** Where an execution is seen in its engine, with {executionId} and {externalId} for its ids. */
	readonly executionUrl: string;
}

export async function fetchWorkflowNote(http: Http, workflowId: string, signal?: AbortSignal): Promise<WorkflowNote> {
	const { items } = object(await http.get('/api/monitoring/workflows', signal));
	const found = object(list(items).find((item) => object(item).workflowId === workflowId));
	return { owner: text(found.owner), instruction: text(found.instruction), executionUrl: text(found.executionUrl) };
}

/** The address of an execution in its engine; null where there is none that can be followed. */
export function engineAddress(note: WorkflowNote, executionId: string, externalId: string | null): string | null {
	const address = note.executionUrl
		.replaceAll('{executionId}', encodeURIComponent(executionId))
		.replaceAll('{externalId}', encodeURIComponent(externalId ?? executionId));
	return /^https?:\/\//i.test(address) ? address : null;
}
