import { STATUSES, STEP_STATUSES, type Status, type StepStatus } from './execution';
import type { Http } from './http';
import { count, instant, list, number, object, oneOf, optionalText, text, texts } from './read';

/** When the steps of an execution ran. Durations and offsets are ms, offsets from the execution's start; null is unknown. */
export interface Timeline {
	readonly status: Status;
	readonly startedAt: number | null;
	/** The moment up to which what still runs is measured; null of what has ended. */
	readonly runsAt: number | null;
	readonly totalMs: number | null;
	readonly activeMs: number | null;
	readonly queuedMs: number | null;
	readonly stepsMs: number;
	readonly waitMs: number;
	/** The runs that it is compared with. */
	readonly runs: number;
	readonly rows: readonly TimelineRow[];
}

export interface TimelineRow {
	readonly id: string;
	readonly name: string;
	/** Parallel steps have different ones. */
	readonly row: number;
	readonly status: StepStatus;
	/** null: it has not begun. */
	readonly startMs: number | null;
	readonly durationMs: number | null;
	readonly waitMs: number;
	readonly attempt: number;
	readonly interrupted: boolean;
	readonly sharePercent: number | null;
	readonly critical: boolean;
	readonly slowest: boolean;
	readonly average: StepAverage | null;
	readonly attempts: readonly TimelineAttempt[];
}

export interface StepAverage {
	readonly durationMs: number;
	readonly p50: number;
	readonly p95: number;
	readonly runs: number;
	readonly deviationPercent: number | null;
}

export interface TimelineAttempt {
	readonly attempt: number;
	readonly status: StepStatus;
	readonly startMs: number;
	readonly durationMs: number;
}

/** How many of the slowest steps are marked. */
const SLOWEST_MARKED = 3;

/** Why an execution was slow or failed, in the language of the page. */
export interface Explanation {
	readonly summary: string;
	readonly sentences: readonly string[];
	/** It took longer than nearly all earlier runs, as the server judges. */
	readonly slow: boolean;
}

export function readTimeline(raw: unknown): Timeline {
	const o = object(raw);
	const critical = new Set(texts(o.criticalPath));
	const slowest = new Set(texts(o.slowestSteps).slice(0, SLOWEST_MARKED));
	return {
		status: oneOf(o.status, STATUSES, 'pending'),
		startedAt: instant(o.startedAt),
		runsAt: instant(o.completedAt) === null ? instant(o.asOf) : null,
		totalMs: number(o.totalDuration),
		activeMs: number(o.activeDuration),
		queuedMs: number(o.queueDuration),
		stepsMs: count(o.stepsDuration),
		waitMs: count(o.totalWaitMs),
		runs: count(o.sampleSize),
		rows: list(o.rows).map((item) => readRow(item, critical, slowest)),
	};
}

function readRow(raw: unknown, critical: ReadonlySet<string>, slowest: ReadonlySet<string>): TimelineRow {
	const o = object(raw);
	const id = text(o.stepId);
	return {
		id,
		name: optionalText(o.name) ?? id,
		row: count(o.row),
		status: oneOf(o.status, STEP_STATUSES, 'pending'),
		startMs: number(o.startOffsetMs),
		durationMs: number(o.duration),
		waitMs: count(o.waitBeforeMs),
		attempt: count(o.attempt),
		interrupted: o.interrupted === true,
		sharePercent: number(o.shareOfTotal),
		critical: critical.has(id),
		slowest: slowest.has(id),
		average: readAverage(o.average),
		attempts: list(o.attempts).map(readAttempt),
	};
}

function readAverage(raw: unknown): StepAverage | null {
	const o = object(raw);
	const durationMs = number(o.durationMs);
	if (durationMs === null) return null;
	return {
		durationMs,
		p50: count(o.p50),
		p95: count(o.p95),
		runs: count(o.sampleSize),
		deviationPercent: number(o.deviationPercent),
	};
}

function readAttempt(raw: unknown): TimelineAttempt {
	const o = object(raw);
	return {
		attempt: number(o.attempt) ?? 1,
		status: oneOf(o.status, STEP_STATUSES, 'pending'),
		startMs: count(o.startOffsetMs),
		durationMs: count(o.duration),
	};
}

export function readExplanation(raw: unknown): Explanation {
	const o = object(raw);
	const facts = new Map(list(o.facts).map((one) => [text(object(one).name), number(object(one).value)]));
	const [total, limit] = [facts.get('totalDuration') ?? null, facts.get('p90Duration') ?? null];
	return {
		summary: text(o.summary),
		sentences: texts(o.sentences),
		slow: total !== null && limit !== null && total > limit,
	};
}

const of = (id: string) => `/api/monitoring/executions/${encodeURIComponent(id)}`;

export async function fetchTimeline(http: Http, id: string, signal?: AbortSignal): Promise<Timeline> {
	return readTimeline(await http.get(`${of(id)}/timeline`, signal));
}

export async function fetchExplanation(http: Http, id: string, signal?: AbortSignal): Promise<Explanation> {
	return readExplanation(await http.get(`${of(id)}/explain`, signal));
}
