import type { Http } from './http';
import { instant, list, object, text } from './read';
import type { Schedule } from './workflows';
import { readSchedule } from './workflows';

/** An address by which a script reports, without its key. */
export interface PingKey {
	readonly id: string;
	readonly name: string;
	readonly workflowId: string;
	readonly createdAt: number | null;
	/** When the script is expected; null: that was not said. */
	readonly schedule: Schedule | null;
}

/** An address with its key, which nobody can show again. */
export interface NewPingKey extends PingKey {
	readonly url: string;
}

const BASE = '/api/admin/ping-keys';

/** The organisation's addresses, newest first. */
export async function fetchPingKeys(http: Http, signal?: AbortSignal): Promise<PingKey[]> {
	return list(object(await http.get(BASE, signal)).items)
		.map(readPingKey)
		.reverse();
}

export async function createPingKey(
	http: Http,
	key: { readonly name: string; readonly workflowId: string; readonly schedule: Schedule | null },
): Promise<NewPingKey> {
	const raw = await http.post(BASE, key);
	return { ...readPingKey(raw), url: text(object(raw).url) };
}

export async function revokePingKey(http: Http, id: string): Promise<void> {
	await http.remove(`${BASE}/${encodeURIComponent(id)}`);
}

function readPingKey(raw: unknown): PingKey {
	const o = object(raw);
	return {
		id: text(o.id),
		name: text(o.name),
		workflowId: text(o.workflowId),
		createdAt: instant(o.createdAt),
		schedule: readSchedule(o.schedule),
	};
}
