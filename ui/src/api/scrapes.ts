import type { Http } from './http';
import { count, instant, list, number, object, oneOf, text } from './read';

/** A metric of another program that becomes one of ours. */
export interface ScrapeMetric {
	/** As the program exposes it. */
	readonly metric: string;
	/** That its series have. */
	readonly labels: Readonly<Record<string, string>>;
	/** As it is called here. */
	readonly as: string;
	/** What the sum of its series is multiplied by; null: nothing. A text is no number, so that the server says so. */
	readonly factor: number | string | null;
	/** It only grows, and how fast is what counts. */
	readonly rate: boolean;
}

/** An address whose metrics are read, as it is set. */
export interface ScrapeSetting {
	readonly name: string;
	readonly url: string;
	readonly intervalSeconds: number | string;
	readonly metrics: readonly ScrapeMetric[];
}

export const SCRAPE_STATES = ['waiting', 'ok', 'failed'] as const;

/** How reading from an address goes since the server's start. */
export interface Scrape {
	/** Its name. */
	readonly id: string;
	readonly name: string;
	readonly url: string;
	readonly seconds: number;
	readonly state: (typeof SCRAPE_STATES)[number];
	readonly at: number | null;
	readonly successAt: number | null;
	/** English, as the network or the program said it; '': it went well. */
	readonly error: string;
	/** Values that the last reading gave. */
	readonly samples: number;
}

export async function fetchScrapes(http: Http, signal?: AbortSignal): Promise<Scrape[]> {
	return list(object(await http.get('/api/admin/scrapes', signal)).items).map(readScrape);
}

export function readScrape(raw: unknown): Scrape {
	const o = object(raw);
	return {
		id: text(o.name),
		name: text(o.name),
		url: text(o.url),
		seconds: count(o.intervalSeconds),
		state: oneOf(o.state, SCRAPE_STATES, 'waiting'),
		at: instant(o.lastAt),
		successAt: instant(o.lastSuccessAt),
		error: text(o.lastError),
		samples: count(o.samples),
	};
}

export function readScrapeSetting(raw: unknown): ScrapeSetting {
	const o = object(raw);
	return {
		name: text(o.name),
		url: text(o.url),
		intervalSeconds: count(o.intervalSeconds),
		metrics: list(o.metrics).map(readMetric),
	};
}

function readMetric(raw: unknown): ScrapeMetric {
	const o = object(raw);
	return {
		metric: text(o.metric),
		labels: Object.fromEntries(Object.entries(object(o.labels)).map(([name, value]) => [name, text(value)])),
		as: text(o.as),
		factor: number(o.factor),
		rate: o.rate === true,
	};
}
