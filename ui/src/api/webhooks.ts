import { DELIVERY_STATUSES, type DeliveryStatus } from './deliveries';
import type { Http } from './http';
import { count, instant, list, object, oneOf, text, texts } from './read';

export const EVENT_KINDS = ['execution', 'step', 'alert', 'priority'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** What a program can be told of. */
export const EVENTS = [
	'execution.queued',
	'execution.started',
	'execution.progress',
	'execution.waiting',
	'execution.resumed',
	'execution.completed',
	'execution.failed',
	'execution.cancelled',
	'step.started',
	'step.progress',
	'step.completed',
	'step.failed',
	'step.skipped',
	'step.retrying',
	'alert.triggered',
	'alert.reminder',
	'alert.acknowledged',
	'alert.escalated',
	'alert.resolved',
	'priority.requested',
	'priority.acknowledged',
	'priority.refused',
	'priority.lapsed',
] as const;

/** What it is told of, and what tells of the webhook itself. */
export type HookEvent = (typeof EVENTS)[number] | 'webhook.test' | 'webhook.skipped';

export const STANDINGS = ['ok', 'retrying', 'unreachable', 'misconfigured', 'secret_missing', 'refused', 'off'] as const;

/** What became of one message. */
export interface HookOutcome {
	readonly id: string;
	/** Of its first event. */
	readonly event: string;
	readonly events: number;
	readonly status: DeliveryStatus;
	readonly attempts: number;
	/** English, as the network or the receiver said it; '': nothing. */
	readonly error: string;
	readonly at: number | null;
	/** By which it can be sent again; '': it was not refused. */
	readonly refusedId: string;
}

/** How it goes with telling a program. */
export interface Standing {
	readonly state: (typeof STANDINGS)[number];
	readonly since: number | null;
	readonly retryAt: number | null;
	readonly error: string;
	/** Events; it is not counted beyond 10,000. */
	readonly waiting: number;
	readonly delivered: number;
	/** Never told, but that. */
	readonly skipped: number;
	readonly deliveredAt: number | null;
	/** The newest first. */
	readonly recent: readonly HookOutcome[];
}

/** Another program that is told of events. What is secret in the address is hidden. */
export interface Webhook {
	readonly id: string;
	readonly name: string;
	readonly url: string;
	readonly hasSecret: boolean;
	/** Names; "alert.*" is a kind, "*" all. */
	readonly events: readonly string[];
	/** None: of all. */
	readonly workflowIds: readonly string[];
	readonly batch: boolean;
	readonly active: boolean;
	readonly version: number;
	readonly standing: Standing;
}

/** What is said of a webhook; what is absent stays, an empty secret goes. */
export interface WebhookChange {
	readonly name?: string;
	readonly url?: string;
	readonly secret?: string;
	readonly events?: readonly string[];
	readonly workflowIds?: readonly string[];
	readonly batch?: boolean;
	readonly isActive?: boolean;
}

const BASE = '/api/admin/webhooks';
const pathOf = (id: string) => `${BASE}/${encodeURIComponent(id)}`;

export async function fetchWebhooks(http: Http, signal?: AbortSignal): Promise<Webhook[]> {
	return list(object(await http.get(BASE, signal)).items).map(readWebhook);
}

export async function fetchWebhook(http: Http, id: string, signal?: AbortSignal): Promise<Webhook> {
	return readWebhook(await http.get(pathOf(id), signal));
}

export async function createWebhook(http: Http, webhook: WebhookChange): Promise<void> {
	await http.post(BASE, webhook);
}

export async function changeWebhook(http: Http, old: Webhook, change: WebhookChange): Promise<Webhook> {
	return readWebhook(await http.patch(pathOf(old.id), change, old.version));
}

export async function removeWebhook(http: Http, id: string): Promise<void> {
	await http.remove(pathOf(id));
}

/** Sends a test; answers under which id its outcome will stand. */
export async function testWebhook(http: Http, id: string): Promise<string> {
	return text(object(await http.post(`${pathOf(id)}/test`, {})).deliveryId);
}

export async function resendToWebhook(http: Http, id: string, refusedId: string): Promise<void> {
	await http.post(`${pathOf(id)}/refused/${encodeURIComponent(refusedId)}/resend`, {});
}

export function readWebhook(raw: unknown): Webhook {
	const o = object(raw);
	return {
		id: text(o.id),
		name: text(o.name),
		url: text(o.url),
		hasSecret: text(o.secret) !== '',
		events: texts(o.events),
		workflowIds: texts(o.workflowIds),
		batch: o.batch === true,
		active: o.isActive === true,
		version: count(o.version),
		standing: readStanding(o.standing),
	};
}

function readStanding(raw: unknown): Standing {
	const o = object(raw);
	return {
		state: oneOf(o.state, STANDINGS, 'retrying'),
		since: instant(o.since),
		retryAt: instant(o.retryAt),
		error: text(o.lastError),
		waiting: count(o.waiting),
		delivered: count(o.deliveredEvents),
		skipped: count(o.skippedEvents),
		deliveredAt: instant(o.lastDeliveredAt),
		recent: list(o.recent).map(readOutcome),
	};
}

function readOutcome(raw: unknown): HookOutcome {
	const o = object(raw);
	return {
		id: text(o.id),
		event: text(o.event),
		events: count(o.events),
		status: oneOf(o.status, DELIVERY_STATUSES, 'queued'),
		attempts: count(o.attempts),
		error: text(o.lastError),
		at: instant(o.at),
		refusedId: text(o.refusedId),
	};
}

/** The host of an address, which is enough to know it by. */
export function hostOf(url: string): string {
	return URL.canParse(url) ? new URL(url).host : url;
}
