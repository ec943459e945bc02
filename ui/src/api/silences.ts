import type { Http } from './http';
import { instant, list, object, text } from './read';

/** A time without messages: of a rule, of a workflow, or ('') of all. */
export interface Silence {
	readonly id: string;
	readonly ruleId: string;
	readonly workflowId: string;
	readonly startsAt: number;
	readonly endsAt: number;
	readonly reason: string;
	readonly createdBy: string;
}

export interface NewSilence {
	readonly alertId?: string;
	readonly workflowId?: string;
	/** null: now. */
	readonly startsAt: string | null;
	readonly endsAt: string | null;
	readonly reason: string;
}

const BASE = '/api/monitoring/silences';

/** Silences, newest first, past ones too. */
export async function fetchSilences(http: Http, signal?: AbortSignal): Promise<Silence[]> {
	return list(object(await http.get(BASE, signal)).items).map((item) => {
		const o = object(item);
		return {
			id: text(o.id),
			ruleId: text(o.alertId),
			workflowId: text(o.workflowId),
			startsAt: instant(o.startsAt) ?? 0,
			endsAt: instant(o.endsAt) ?? 0,
			reason: text(o.reason),
			createdBy: text(o.createdBy),
		};
	});
}

export async function createSilence(http: Http, silence: NewSilence): Promise<void> {
	await http.post(BASE, silence);
}

export async function endSilence(http: Http, id: string): Promise<void> {
	await http.remove(`${BASE}/${encodeURIComponent(id)}`);
}
