import type { Http } from './http';
import { count, instant, list, object, oneOf, optionalText, text } from './read';

export const DELIVERY_STATUSES = ['queued', 'sending', 'delivered', 'retrying', 'dead', 'superseded'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export const CHANNELS = ['in_app', 'email', 'sms', 'slack', 'webhook'] as const;
export type ChannelType = (typeof CHANNELS)[number];

export const TRANSITIONS = ['triggered', 'reminder', 'escalated', 'resolved', 'acknowledged', 'test', 'undelivered'] as const;
export type Transition = (typeof TRANSITIONS)[number];

/** A message to one address, and how far it is. */
export interface Delivery {
	readonly id: string;
	readonly alertId: string;
	readonly transition: Transition;
	readonly channel: ChannelType;
	/** Masked; '' of a channel without addresses. */
	readonly target: string;
	readonly status: DeliveryStatus;
	readonly attempts: number;
	readonly error: string | null;
	/** It was sent with others in one message. */
	readonly digest: boolean;
	/** It was sent because another address was not reached. */
	readonly fallback: boolean;
	/** When it is tried next; null: it does not wait. */
	readonly notBefore: number | null;
	readonly createdAt: number | null;
	/** Of its last change. */
	readonly at: number | null;
}

export function readDelivery(raw: unknown): Delivery {
	const o = object(raw);
	return {
		id: text(o.id),
		alertId: text(o.alertHistoryId),
		transition: oneOf(o.transition, TRANSITIONS, 'triggered'),
		channel: oneOf(o.channel, CHANNELS, 'in_app'),
		target: text(o.target),
		status: oneOf(o.status, DELIVERY_STATUSES, 'queued'),
		attempts: count(o.attempts),
		error: optionalText(o.lastError),
		digest: o.digest === true,
		fallback: o.fallback === true,
		notBefore: instant(o.notBefore),
		createdAt: instant(o.createdAt),
		at: instant(o.at),
	};
}

export interface DeliveryPage {
	readonly items: readonly Delivery[];
	readonly next: string | null;
}

const BASE = '/api/monitoring/deliveries';

/** A page of messages, newest first; status '' is all. */
export async function fetchDeliveries(
	http: Http,
	status: DeliveryStatus | '',
	cursor: string | null,
	signal?: AbortSignal,
	limit = 50,
): Promise<DeliveryPage> {
	const query = new URLSearchParams({ limit: String(limit) });
	if (status !== '') query.set('status', status);
	if (cursor !== null) query.set('cursor', cursor);
	const o = object(await http.get(`${BASE}?${query}`, signal));
	return { items: list(o.items).map(readDelivery), next: optionalText(o.nextCursor) };
}

/** Sends again what was given up. */
export async function resendDelivery(http: Http, id: string): Promise<void> {
	await http.post(`${BASE}/${encodeURIComponent(id)}/resend`, {});
}
