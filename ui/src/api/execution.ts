import { count, instant, type Json, list, number, object, oneOf, optionalText, text, texts } from './read';

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
	readonly metadata: Json | null;
	readonly retryOf: string | null;
	readonly averageMs: number | null;
	readonly etaMs: number | null;
	readonly waitingMs: number | null;
	readonly timedOut: boolean;
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
	| { readonly kind: 'data'; readonly value: unknown }
	/** bytes: the size of the whole, null when unknown. */
	| { readonly kind: 'cut'; readonly beginning: string; readonly bytes: number | null };

export interface StepDetail extends Step, Resources {
	readonly input: Payload;
	readonly output: Payload;
	readonly failure: Failure | null;
	readonly attempts: readonly Attempt[];
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

export function readExecutionDetail(raw: unknown, heardAt: number): ExecutionDetail {
	const o = object(raw);
	const metadata = object(o.metadata);
	return {
		execution: readExecution(o, heardAt),
		steps: list(o.steps).map(readStep),
		workflowVersion: optionalText(o.workflowVersion),
		deadline: instant(o.deadline),
		metadata: Object.keys(metadata).length > 0 ? metadata : null,
		retryOf: optionalText(o.retryOf),
		averageMs: number(o.averageDuration),
		etaMs: number(o.etaMs),
		waitingMs: number(o.waitingMs),
		timedOut: o.timedOut === true,
	};
}

export function readStepDetail(raw: unknown): StepDetail {
	const o = object(raw);
	const hidden = o.ioHidden === true;
	return {
		...readStep(o),
		...readResources(o),
		durationMs: number(o.duration) ?? number(o.durationMs),
		error: readPreview(o.error),
		input: readPayload(o.input, hidden),
		output: readPayload(o.output, hidden),
		failure: readFailure(o.error),
		attempts: list(o.attempts).map(readAttempt),
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

function readPayload(raw: unknown, hidden: boolean): Payload {
	if (hidden) return { kind: 'hidden' };
	if (raw === null || raw === undefined) return { kind: 'none' };
	const o = object(raw);
	if (o.truncated === true && typeof o.data === 'string') return { kind: 'cut', beginning: o.data, bytes: number(o.sizeBytes) };
	return { kind: 'data', value: raw };
}

function percent(raw: unknown): number {
	return Math.min(100, Math.max(0, Math.round(count(raw))));
}
