import { memberText } from '../json/member';
import { count, instant, type Json, list, number, object, oneOf, optionalText, readJson, text, texts } from './read';

export const STATUSES = ['pending', 'running', 'waiting', 'completed', 'failed', 'cancelled'] as const;
export type Status = (typeof STATUSES)[number];

export const STEP_STATUSES = ['pending', 'running', 'retrying', 'completed', 'failed', 'skipped'] as const;
export type StepStatus = (typeof STEP_STATUSES)[number];

export const PRIORITIES = ['HIGH', 'NORMAL', 'LOW'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** One execution as lists show it. Times are milliseconds since 1970; null is unknown or not yet. */
export interface Execution {
	readonly id: string;
	readonly workflowId: string;
	readonly workflowName: string;
	readonly status: Status;
	readonly priority: Priority;
	readonly progress: number;
	readonly currentStep: string | null;
	readonly currentSteps: readonly string[];
	readonly stepsDone: number | null;
	readonly stepsTotal: number | null;
	readonly queuedAt: number | null;
	readonly startedAt: number | null;
	readonly completedAt: number | null;
	readonly durationMs: number | null;
	readonly attempt: number;
	readonly client: string | null;
	readonly tags: readonly string[];
	readonly error: string | null;
	/** What the list sorts by: start, else queue time, else the first time the page heard of it. */
	readonly sortAt: number;
	/** Position of the last change in the organisation's history; the greater one is the newer state. */
	readonly seq: number;
}

/** One step of an execution. */
export interface Step {
	readonly id: string;
	readonly name: string;
	readonly status: StepStatus;
	readonly startedAt: number | null;
	readonly completedAt: number | null;
	readonly durationMs: number | null;
	readonly attempt: number;
	readonly error: string | null;
	readonly declared: boolean;
	readonly interrupted: boolean;
}

/** One execution with its steps in display order. */
export interface ExecutionDetail {
	readonly execution: Execution;
	readonly steps: readonly Step[];
	readonly workflowVersion: string | null;
	readonly deadline: number | null;
	/** JSON as it was sent; null is none. */
	readonly metadata: string | null;
	readonly retryOf: string | null;
	readonly averageMs: number | null;
	readonly etaMs: number | null;
	readonly waitingMs: number | null;
	readonly timedOut: boolean;
	/** The latest wish for another priority; null: there was none. */
	readonly priorityWish: Wish | null;
}

export const WISH_STATES = ['requested', 'acknowledged', 'refused', 'lapsed'] as const;
export type WishState = (typeof WISH_STATES)[number];

/** That an execution have a priority, told to the engine, which decides. */
export interface Wish {
	readonly priority: Priority;
	readonly state: WishState;
	readonly requestedAt: number | null;
	/** What the engine said; '' when it said nothing. */
	readonly message: string;
	/** A rule about deadlines wishes it, not a person. */
	readonly byRule: boolean;
}

/** What went wrong, as far as the reader may see it. */
export interface Failure {
	readonly type: string | null;
	readonly code: string | null;
	readonly message: string;
	readonly stack: string | null;
}

export interface Resources {
	readonly cpuPercent: number | null;
	readonly memoryMb: number | null;
	readonly inputBytes: number | null;
	readonly outputBytes: number | null;
}

export interface Attempt extends Resources {
	readonly attempt: number;
	readonly status: StepStatus;
	readonly startedAt: number | null;
	readonly completedAt: number | null;
	readonly durationMs: number | null;
	readonly error: Failure | null;
}

/** What a step received or produced. */
export type Payload =
	| { readonly kind: 'none' }
	| { readonly kind: 'hidden' }
	/** json: the text as it was sent, with every digit. */
	| { readonly kind: 'data'; readonly json: string }
	/** bytes: the size of the whole, null when unknown. */
	| { readonly kind: 'cut'; readonly beginning: string; readonly bytes: number | null };

export interface StepDetail extends Step, Resources {
	readonly input: Payload;
	readonly output: Payload;
	readonly failure: Failure | null;
	readonly attempts: readonly Attempt[];
	/** The whole data were kept, and those with the right may see them in clear. */
	readonly revealable: boolean;
}

/** Reads an ExecutionSummary, or the data of an execution:update frame. heardAt stands in where it has no time at all. */
export function readExecution(raw: unknown, heardAt: number, seq?: number): Execution {
	const o = object(raw);
	const queuedAt = instant(o.queuedAt);
	const startedAt = instant(o.startedAt);
	const workflowId = text(o.workflowId);
	return {
		id: text(o.executionId),
		workflowId,
		workflowName: optionalText(o.workflowName) ?? workflowId,
		status: oneOf(o.status, STATUSES, 'pending'),
		priority: oneOf(o.priority, PRIORITIES, 'NORMAL'),
		progress: percent(o.progress),
		currentStep: optionalText(o.currentStep),
		currentSteps: texts(o.currentSteps),
		stepsDone: number(o.stepsDone),
		stepsTotal: number(o.stepsTotal),
		queuedAt,
		startedAt,
		completedAt: instant(o.completedAt),
		durationMs: number(o.duration),
		attempt: number(o.attempt) ?? 1,
		client: optionalText(o.clientRef),
		tags: texts(o.tags),
		error: readPreview(o.error),
		sortAt: startedAt ?? queuedAt ?? instant(o.firstSeenAt) ?? instant(o.timestamp) ?? heardAt,
		seq: seq ?? count(o.seq),
	};
}

/** Reads a step of an ExecutionStatus, or the data of a step:update frame. */
export function readStep(raw: unknown): Step {
	const o = object(raw);
	const id = text(o.stepId);
	return {
		id,
		name: optionalText(o.name) ?? id,
		status: oneOf(o.status, STEP_STATUSES, 'pending'),
		startedAt: instant(o.startedAt),
		completedAt: instant(o.completedAt),
		durationMs: number(o.duration),
		attempt: number(o.attempt) ?? 0,
		error: readPreview(o.error),
		declared: o.declared !== false,
		interrupted: o.interrupted === true,
	};
}

/** Reads the text of an ExecutionStatus. */
export function readExecutionDetail(answer: string, heardAt: number): ExecutionDetail {
	const o = object(readJson(answer));
	const hasMetadata = Object.keys(object(o.metadata)).length > 0;
	return {
		execution: readExecution(o, heardAt),
		steps: list(o.steps).map(readStep),
		workflowVersion: optionalText(o.workflowVersion),
		deadline: instant(o.deadline),
		metadata: hasMetadata ? memberText(answer, 'metadata') : null,
		retryOf: optionalText(o.retryOf),
		averageMs: number(o.averageDuration),
		etaMs: number(o.etaMs),
		waitingMs: number(o.waitingMs),
		timedOut: o.timedOut === true,
		priorityWish: readWish(o.priorityRequest),
	};
}

/** Reads a PriorityRequest; null where there is none. */
export function readWish(raw: unknown): Wish | null {
	if (raw === null || raw === undefined) return null;
	const o = object(raw);
	return {
		priority: oneOf(o.priority, PRIORITIES, 'NORMAL'),
		state: oneOf(o.state, WISH_STATES, 'requested'),
		requestedAt: instant(o.requestedAt),
		message: text(o.message),
		byRule: o.boost !== null && o.boost !== undefined,
	};
}

/** Reads the text of a StepDetail. */
export function readStepDetail(answer: string): StepDetail {
	const o = object(readJson(answer));
	const hidden = o.ioHidden === true;
	return {
		...readStep(o),
		...readResources(o),
		durationMs: number(o.duration) ?? number(o.durationMs),
		error: readPreview(o.error),
		input: hidden ? { kind: 'hidden' } : readPayload(answer, 'input'),
		output: hidden ? { kind: 'hidden' } : readPayload(answer, 'output'),
		failure: readFailure(o.error),
		attempts: list(o.attempts).map(readAttempt),
		revealable: o.capture === 'full' && !hidden,
	};
}

function readAttempt(raw: unknown): Attempt {
	const o = object(raw);
	return {
		...readResources(o),
		attempt: number(o.attempt) ?? 1,
		status: oneOf(o.status, STEP_STATUSES, 'pending'),
		startedAt: instant(o.startedAt),
		completedAt: instant(o.completedAt),
		durationMs: number(o.duration) ?? number(o.durationMs),
		error: readFailure(o.error),
	};
}

function readResources(o: Json): Resources {
	return {
		cpuPercent: number(o.cpuUsagePercent),
		memoryMb: number(o.memoryUsageMb),
		inputBytes: number(o.inputSizeBytes),
		outputBytes: number(o.outputSizeBytes),
	};
}

function readFailure(raw: unknown): Failure | null {
	if (typeof raw === 'string') return raw === '' ? null : { type: null, code: null, message: raw, stack: null };
	const o = object(raw);
	const failure = {
		type: optionalText(o.type),
		code: optionalText(o.code),
		message: text(o.message),
		stack: optionalText(o.stack),
	};
	return failure.message === '' && failure.code === null && failure.type === null ? null : failure;
}

function readPreview(raw: unknown): string | null {
	const failure = readFailure(raw);
	if (failure === null) return null;
	const whole = failure.message || failure.code || failure.type || '';
	return whole.split('\n', 1)[0]?.slice(0, 200) || null;
}

/** Reads the data that an answer holds under a name. */
export function readPayload(answer: string, name: string): Payload {
	const json = memberText(answer, name);
	if (json === null || json === 'null') return { kind: 'none' };
	const o = object(json.includes('"truncated"') ? readJson(json) : null);
	if (o.truncated === true && typeof o.data === 'string') return { kind: 'cut', beginning: o.data, bytes: number(o.sizeBytes) };
	return { kind: 'data', json };
}

function percent(raw: unknown): number {
	return Math.min(100, Math.max(0, Math.round(count(raw))));
}
