import { type Payload, readPayload } from './execution';
import type { Http } from './http';
import { instant, object, readJson } from './read';

/** A step's data in clear. They are to be hidden again when they expire. */
export interface Revealed {
	readonly input: Payload;
	readonly output: Payload;
	readonly expiresAt: number;
}

/** Asks for a step's data in clear; the reason is noted in the audit. */
export async function revealStep(http: Http, id: string, stepId: string, reason: string): Promise<Revealed> {
	const path = `/api/monitoring/executions/${encodeURIComponent(id)}/steps/${encodeURIComponent(stepId)}/reveal`;
	const answer = await http.postText(path, { reason });
	return {
		input: readPayload(answer, 'input'),
		output: readPayload(answer, 'output'),
		expiresAt: instant(object(readJson(answer)).expiresAt) ?? 0,
	};
}
