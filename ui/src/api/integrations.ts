import type { Http } from './http';
import { count, instant, list, number, object, oneOf, text, texts } from './read';

/** A piece of text in one manner. */
export interface Span {
	readonly text: string;
	readonly kind: 'plain' | 'code' | 'strong';
}

/** A part of a guide. */
export type Block =
	| { readonly kind: 'heading' | 'paragraph'; readonly text: readonly Span[] }
	| { readonly kind: 'list'; readonly items: readonly (readonly Span[])[] }
	| { readonly kind: 'code'; readonly language: string; readonly code: string };

export interface GuideSummary {
	readonly engine: string;
	readonly title: string;
	readonly summary: string;
	/** Where its events come in; the usual one first. */
	readonly doors: readonly string[];
}

export interface Guide extends GuideSummary {
	/** What {url} stands for. */
	readonly url: string;
	readonly blocks: readonly Block[];
}

export const OUTCOMES = ['accepted', 'duplicate', 'refused'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** An event as it came in, or as it would. */
export interface Received {
	readonly at: number | null;
	readonly source: string;
	readonly outcome: Outcome;
	/** Its place in the request, from 0; null: the request as a whole. */
	readonly index: number | null;
	readonly type: string;
	/** Workflow and step, as they are named. */
	readonly about: readonly string[];
	readonly executionId: string;
	readonly reason: string;
}

/** What came in at one door since the server's start. */
export interface Receiver {
	readonly door: string;
	readonly path: string;
	readonly accepted: number;
	readonly duplicates: number;
	readonly ignored: number;
	/** Events, and requests as a whole. */
	readonly refused: number;
	readonly triable: boolean;
	readonly sample: string;
	readonly events: readonly Received[];
}

/** What would be made of a body. */
export interface Trial {
	readonly events: readonly Received[];
	readonly total: number;
	readonly ignored: number;
	/** Why all of it would be turned away; '': it would not. */
	readonly refused: string;
}

const GUIDES = '/api/monitoring/guides';
const RECEIVERS = '/api/admin/receivers';

export async function fetchGuides(http: Http, language: string, signal?: AbortSignal): Promise<GuideSummary[]> {
	return list(object(await http.get(`${GUIDES}?lang=${language}`, signal)).items).map(readSummary);
}

export async function fetchGuide(http: Http, engine: string, language: string, signal?: AbortSignal): Promise<Guide> {
	const raw = await http.get(`${GUIDES}/${encodeURIComponent(engine)}?lang=${language}`, signal);
	const o = object(raw);
	return { ...readSummary(raw), url: text(o.url), blocks: list(o.blocks).map(readBlock) };
}

export async function fetchReceivers(http: Http, signal?: AbortSignal): Promise<Receiver[]> {
	return list(object(await http.get(RECEIVERS, signal)).items).map(readReceiver);
}

export async function tryReceiver(http: Http, door: string, body: string): Promise<Trial> {
	const o = object(await http.post(`${RECEIVERS}/${encodeURIComponent(door)}/try`, { body }));
	const refusal = object(o.refused);
	return {
		events: [
			...list(o.events).map((raw) => readReceived(raw, 'accepted')),
			...list(o.rejected).map((raw) => readReceived(raw, 'refused')),
		].sort((a, b) => (a.index ?? 0) - (b.index ?? 0)),
		total: count(o.total),
		ignored: count(o.ignored),
		refused: [text(refusal.reason), text(refusal.code)].filter(Boolean).join(' · '),
	};
}

function readSummary(raw: unknown): GuideSummary {
	const o = object(raw);
	return { engine: text(o.engine), title: text(o.title), summary: text(o.summary), doors: texts(o.doors) };
}

function readBlock(raw: unknown): Block {
	const o = object(raw);
	switch (o.kind) {
		case 'code':
			return { kind: 'code', language: text(o.language), code: text(o.code) };
		case 'list':
			return { kind: 'list', items: list(o.items).map(readSpans) };
		default:
			return { kind: o.kind === 'heading' ? 'heading' : 'paragraph', text: readSpans(o.text) };
	}
}

function readSpans(raw: unknown): Span[] {
	return list(raw).map((one) => {
		const o = object(one);
		return { text: text(o.text), kind: o.code === true ? 'code' : o.strong === true ? 'strong' : 'plain' };
	});
}

function readReceiver(raw: unknown): Receiver {
	const o = object(raw);
	return {
		door: text(o.door),
		path: text(o.path),
		accepted: count(o.accepted),
		duplicates: count(o.duplicates),
		ignored: count(o.ignored),
		refused: count(o.refused) + count(o.requestsRefused),
		triable: o.triable === true,
		sample: text(o.sample),
		events: list(o.events).map((event) => readReceived(event, 'refused')),
	};
}

function readReceived(raw: unknown, otherwise: Outcome): Received {
	const o = object(raw);
	return {
		at: instant(o.at ?? o.timestamp),
		source: text(o.source),
		outcome: oneOf(o.outcome, OUTCOMES, otherwise),
		index: number(o.index),
		type: text(o.type),
		about: [text(o.workflowName) || text(o.workflowId), text(o.stepName) || text(o.stepId)].filter(Boolean),
		executionId: text(o.executionId),
		reason: [text(o.reason), text(o.message) || text(o.error)].filter(Boolean).join(' '),
	};
}
