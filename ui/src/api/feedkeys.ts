import type { Http } from './http';
import { instant, list, object, text } from './read';

/** Addresses of calendars, feed readers and sheets, without their key. They show what one person sees. */
export interface FeedKey {
	readonly id: string;
	readonly name: string;
	readonly userId: string;
	readonly createdAt: number | null;
}

/** The same with what programs are given, which nobody can show again. */
export interface NewFeedKey extends FeedKey {
	readonly calendar: string;
	readonly alerts: string;
	readonly runs: string;
	readonly deadlines: string;
}

const BASE = '/api/admin/feed-keys';

/** The organisation's addresses, newest first. */
export async function fetchFeedKeys(http: Http, signal?: AbortSignal): Promise<FeedKey[]> {
	return list(object(await http.get(BASE, signal)).items)
		.map(readFeedKey)
		.reverse();
}

/** userId '' is the caller's own view. */
export async function createFeedKey(http: Http, key: { readonly name: string; readonly userId: string }): Promise<NewFeedKey> {
	const raw = await http.post(BASE, key);
	const urls = object(object(raw).urls);
	return {
		...readFeedKey(raw),
		calendar: text(urls.calendar),
		alerts: text(urls.alerts),
		runs: text(urls.runsSheet),
		deadlines: text(urls.deadlinesSheet),
	};
}

export async function revokeFeedKey(http: Http, id: string): Promise<void> {
	await http.remove(`${BASE}/${encodeURIComponent(id)}`);
}

function readFeedKey(raw: unknown): FeedKey {
	const o = object(raw);
	return { id: text(o.id), name: text(o.name), userId: text(o.userId), createdAt: instant(o.createdAt) };
}
