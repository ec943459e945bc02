import type { Http } from './http';
import { instant, list, object, optionalText, text } from './read';

/** A known failure of somebody else, such as KSeF. While it goes on, messages about what fails by it wait, and it counts for no rate. */
export interface Outage {
	readonly id: string;
	/** Part of the errors that it explains. */
	readonly cause: string;
	readonly since: number;
	/** null: until somebody ends it. */
	readonly until: number | null;
	readonly reason: string;
	/** Where it was announced; '' or an address. */
	readonly link: string;
	readonly createdBy: string;
	readonly endedBy: string | null;
}

export interface NewOutage {
	readonly cause: string;
	/** null: now. */
	readonly since: string | null;
	readonly until: string | null;
	readonly reason: string;
	readonly link: string;
}

const BASE = '/api/monitoring/outages';

/** Outages, newest first, past ones too. */
export async function fetchOutages(http: Http, signal?: AbortSignal): Promise<Outage[]> {
	return list(object(await http.get(BASE, signal)).items).map((item) => {
		const o = object(item);
		return {
			id: text(o.id),
			cause: text(o.cause),
			since: instant(o.since) ?? 0,
			until: instant(o.until),
			reason: text(o.reason),
			link: text(o.link),
			createdBy: text(o.createdBy),
			endedBy: optionalText(o.endedBy),
		};
	});
}

export async function createOutage(http: Http, outage: NewOutage): Promise<void> {
	await http.post(BASE, outage);
}

export async function endOutage(http: Http, id: string): Promise<void> {
	await http.post(`${BASE}/${encodeURIComponent(id)}/end`, {});
}
