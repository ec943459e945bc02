import { type Http, LONG_ANSWER_LIMIT_MS } from './http';
import { count, instant, list, number, object, optionalText, text } from './read';

/** One thing that somebody did. */
export interface AuditEntry {
	readonly id: string;
	readonly seq: number;
	readonly at: number | null;
	/** As in "monitoring.user.created". */
	readonly event: string;
	readonly actor: { readonly id: string; readonly name: string; readonly type: string };
	readonly objectType: string;
	readonly objectId: string;
	/** JSON as it was noted; null is none. */
	readonly details: unknown;
	readonly ip: string;
	/** Hexadecimal. */
	readonly hash: string;
	/** Name, address and details were erased. */
	readonly erased: boolean;
}

export interface AuditPage {
	readonly items: readonly AuditEntry[];
	readonly next: string | null;
}

/** What is asked for; '' and null ask for all. Both ends of the time are included. */
export interface AuditFilter {
	readonly from: number | null;
	readonly to: number | null;
	/** Whole, or a beginning that ends with a dot. */
	readonly event: string;
	/** The id of who acted. */
	readonly actor: string;
	/** What it is about, as in "execution:fv-1"; absent: anything. */
	readonly object?: string;
}

/** What a check of the whole chain found. */
export interface Verdict {
	readonly ok: boolean;
	/** Entries that are there. */
	readonly checked: number;
	/** The first wrong entry's id, or a missing one's number; null: none. */
	readonly firstBroken: string | null;
	readonly erased: number;
	/** Entries that left after their retention. */
	readonly dropped: number;
	/** The newest hash, hexadecimal; '' while there is no entry. */
	readonly head: string;
}

const BASE = '/api/audit';
const PAGE = 50;

export async function fetchAudit(
	http: Http,
	filter: AuditFilter,
	cursor: string | null,
	signal?: AbortSignal,
): Promise<AuditPage> {
	const query = queryOf(filter);
	query.set('limit', String(PAGE));
	if (cursor !== null) query.set('cursor', cursor);
	const o = object(await http.get(`${BASE}?${query}`, signal));
	return { items: list(o.items).map(readAuditEntry), next: optionalText(o.nextCursor) };
}

export async function verifyAudit(http: Http): Promise<Verdict> {
	const o = object(await http.get(`${BASE}/verify`, undefined, LONG_ANSWER_LIMIT_MS));
	return {
		ok: o.ok === true,
		checked: count(o.checked),
		firstBroken: optionalText(o.firstBroken),
		erased: count(o.erased),
		dropped: count(o.dropped),
		head: text(o.head),
	};
}

/** The address of the file with what a filter takes. */
export function auditExportPath(filter: AuditFilter, format: 'csv' | 'json', locale: 'pl' | 'C'): string {
	const query = queryOf(filter);
	query.set('format', format);
	if (format === 'csv') query.set('locale', locale);
	return `${BASE}/export?${query}`;
}

function queryOf(filter: AuditFilter): URLSearchParams {
	const query = new URLSearchParams();
	if (filter.from !== null) query.set('from', new Date(filter.from).toISOString());
	if (filter.to !== null) query.set('to', new Date(filter.to).toISOString());
	if (filter.event !== '') query.set('event', filter.event);
	if (filter.actor !== '') query.set('actor', filter.actor);
	if (filter.object !== undefined) query.set('object', filter.object);
	return query;
}

export function readAuditEntry(raw: unknown): AuditEntry {
	const o = object(raw);
	const actor = object(o.actor);
	const about = object(o.object);
	return {
		id: text(o.id),
		seq: number(o.seq) ?? 0,
		at: instant(o.at),
		event: text(o.event),
		actor: { id: text(actor.id), name: text(actor.name), type: text(actor.type) },
		objectType: text(about.type),
		objectId: text(about.id),
		details: o.details ?? null,
		ip: text(o.ip),
		hash: text(o.hash),
		erased: o.erased === true,
	};
}
