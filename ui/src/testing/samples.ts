import type { Execution, ExecutionDetail, Step, StepDetail } from '../api/execution';
import type { ExecutionPage } from '../api/executions';
import type { Timeline, TimelineRow } from '../api/timeline';

/** Values for tests: whole ones, of which a test names only what it is about. */

export const NOON = Date.UTC(2026, 10, 24, 11);

export function anExecution(part: Partial<Execution> = {}): Execution {
	const startedAt = part.startedAt === undefined ? NOON : part.startedAt;
	return {
		id: 'fv-1',
		workflowId: 'invoice-processing',
		workflowName: 'Przetwarzanie faktur',
		status: 'running',
		priority: 'NORMAL',
		progress: 0,
		currentStep: null,
		currentSteps: [],
		stepsDone: 0,
		stepsTotal: 0,
		queuedAt: null,
		completedAt: null,
		durationMs: null,
		attempt: 1,
		client: null,
		tags: [],
		error: null,
		seq: 1,
		...part,
		startedAt,
		sortAt: part.sortAt ?? startedAt ?? NOON,
	};
}

export function aStep(part: Partial<Step> = {}): Step {
	return {
		id: 'ocr',
		name: 'Odczyt',
		status: 'pending',
		startedAt: null,
		completedAt: null,
		durationMs: null,
		attempt: 0,
		error: null,
		declared: true,
		interrupted: false,
		...part,
	};
}

export function aStepDetail(part: Partial<StepDetail> = {}): StepDetail {
	return {
		...aStep(part),
		cpuPercent: null,
		memoryMb: null,
		inputBytes: null,
		outputBytes: null,
		input: { kind: 'none' },
		output: { kind: 'none' },
		failure: null,
		attempts: [],
		revealable: false,
		...part,
	};
}

export function aDetail(execution: Partial<Execution> = {}, steps: readonly Step[] = []): ExecutionDetail {
	return {
		execution: anExecution(execution),
		steps,
		workflowVersion: null,
		deadline: null,
		metadata: null,
		retryOf: null,
		averageMs: null,
		etaMs: null,
		waitingMs: null,
		timedOut: false,
		priorityWish: null,
	};
}

export function aPage(items: readonly Execution[], part: Partial<ExecutionPage> = {}): ExecutionPage {
	return { items, next: null, counts: null, capped: false, ...part };
}

export function aTimelineRow(part: Partial<TimelineRow> = {}): TimelineRow {
	return {
		id: 'ocr',
		name: 'Odczyt',
		row: 0,
		status: 'completed',
		startMs: 0,
		durationMs: 1_000,
		waitMs: 0,
		attempt: 1,
		interrupted: false,
		sharePercent: null,
		critical: false,
		slowest: false,
		average: null,
		attempts: [],
		...part,
	};
}

export function aTimeline(part: Partial<Timeline> = {}): Timeline {
	return {
		status: 'completed',
		startedAt: NOON,
		runsAt: null,
		totalMs: 1_000,
		activeMs: 1_000,
		queuedMs: null,
		stepsMs: 1_000,
		waitMs: 0,
		runs: 0,
		rows: [aTimelineRow()],
		...part,
	};
}
