import { TRANSITIONS, type Transition } from './deliveries';
import type { Http } from './http';
import { count, instant, list, object, oneOf, text } from './read';
import { SEVERITIES, type Severity } from './severity';

/** What somebody was told in the application. */
export interface InboxItem {
	readonly id: string;
	readonly alertId: string;
	readonly kind: Transition;
	readonly severity: Severity;
	readonly message: string;
	/** Of messages that did not arrive: where, and why. */
	readonly target: string;
	readonly error: string;
	readonly at: number;
	readonly read: boolean;
}

export interface Inbox {
	readonly items: readonly InboxItem[];
	/** Of all that there are, not only of these. */
	readonly unread: number;
}

const BASE = '/api/monitoring/inbox';
/** Lines that the bell shows. */
const LINES = 20;

export async function fetchInbox(http: Http, signal?: AbortSignal): Promise<Inbox> {
	const o = object(await http.get(`${BASE}?limit=${LINES}`, signal));
	return {
		items: list(o.items).map((item) => {
			const i = object(item);
			return {
				id: text(i.id),
				alertId: text(i.recordId),
				kind: oneOf(i.kind, TRANSITIONS, 'triggered'),
				severity: oneOf(i.severity, SEVERITIES, 'warning'),
				message: text(i.message),
				target: text(i.target),
				error: text(i.error),
				at: instant(i.at) ?? 0,
				read: instant(i.readAt) !== null,
			};
		}),
		unread: count(o.unread),
	};
}

/** Marks lines as read; null: all of them. */
export async function markRead(http: Http, ids: readonly string[] | null): Promise<void> {
	await http.post(`${BASE}/read`, ids === null ? {} : { ids });
}
