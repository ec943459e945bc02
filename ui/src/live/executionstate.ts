import type { Execution, ExecutionDetail, Step } from '../api/execution';
import { ApiError } from '../api/http';
import type { Batch, StepChange } from './feed';
import { Refresher } from './refresher';
import { Signal } from './signal';

/** What the page of one execution shows. */
export interface ExecutionView {
	readonly phase: 'loading' | 'ready' | 'missing' | 'failed';
	readonly detail: ExecutionDetail | null;
	/** Grows when a step's stored details may have changed; by step id. */
	readonly revisions: Readonly<Record<string, number>>;
	readonly error: unknown;
	/** It is missing although it was shown: it was removed meanwhile. */
	readonly removed: boolean;
}

export type FetchDetail = (signal: AbortSignal) => Promise<ExecutionDetail>;

/** One execution: the last full answer of the server, with the newer live changes laid over it. */
export class ExecutionState {
	readonly view = new Signal<ExecutionView>({ phase: 'loading', detail: null, revisions: {}, error: null, removed: false });
	private base: ExecutionDetail | null = null;
	private execution: Execution | null = null;
	private readonly changes = new Map<string, StepChange>();
	private readonly refresher: Refresher;

	constructor(
		readonly id: string,
		private readonly fetchDetail: FetchDetail,
		private readonly onFetched: () => void = () => {},
	) {
		this.refresher = new Refresher((signal) => this.fetch(signal));
	}

	load(): void {
		this.refresher.force();
	}

	/** Asks for a full answer soon. */
	refresh(): void {
		this.refresher.request();
	}

	stop(): void {
		this.refresher.stop();
	}

	/** Takes in live changes; those of other executions are ignored. */
	readonly apply = (batch: Batch): void => {
		const before = this.execution;
		let touched = batch.resync;
		if (batch.resync) {
			this.execution = null;
			this.changes.clear();
		}
		const revisions = { ...this.view.get().revisions };
		for (const execution of batch.executions) {
			if (execution.id !== this.id || execution.seq <= (this.execution?.seq ?? -1)) continue;
			this.execution = execution;
			touched = true;
		}
		for (const change of batch.steps) {
			const former = this.changes.get(change.step.id);
			if (change.executionId !== this.id || (former !== undefined && former.seq >= change.seq)) continue;
			this.changes.set(change.step.id, change);
			revisions[change.step.id] = change.seq;
			touched = true;
		}
		if (!touched) return;
		if (this.base !== null) this.show({ revisions });
		// Frames don't carry everything (metadata, interrupted steps, estimates), so the full answer follows; at once when the end interrupts steps.
		if (isOver(this.execution) && !isOver(before)) this.load();
		else this.refresh();
	};

	private async fetch(signal: AbortSignal): Promise<void> {
		try {
			const detail = await this.fetchDetail(signal);
			this.base = detail;
			if (this.execution === null || detail.execution.seq >= this.execution.seq) this.execution = detail.execution;
			for (const [id, change] of this.changes) if (change.seq <= detail.execution.seq) this.changes.delete(id);
			this.onFetched();
			this.show({ phase: 'ready', error: null, removed: false });
		} catch (error) {
			if (signal.aborted) return;
			const gone = error instanceof ApiError && error.status === 404;
			const phase = gone ? 'missing' : this.base === null ? 'failed' : this.view.get().phase;
			const known = this.base !== null;
			if (gone) this.forget();
			this.show({ phase, error, removed: this.view.get().removed || (gone && known) });
		}
	}

	/** Keeps nothing of what was shown. */
	private forget(): void {
		this.base = null;
		this.execution = null;
		this.changes.clear();
	}

	private show(change: Partial<ExecutionView>): void {
		this.view.set({ ...this.view.get(), detail: this.merge(), ...change });
	}

	private merge(): ExecutionDetail | null {
		if (this.base === null) return null;
		const execution = this.execution ?? this.base.execution;
		return { ...this.base, execution, steps: overlay(this.base, this.changes) };
	}
}

function isOver(execution: Execution | null): boolean {
	return execution !== null && !['pending', 'running', 'waiting'].includes(execution.status);
}

/** Lays newer step changes over the steps of an answer; steps unknown to it follow at the end. */
export function overlay(base: ExecutionDetail, changes: ReadonlyMap<string, StepChange>): readonly Step[] {
	const seq = base.execution.seq;
	const newer = [...changes.values()].filter((change) => change.seq > seq);
	if (newer.length === 0) return base.steps;
	const byId = new Map(newer.map((change) => [change.step.id, change.step]));
	const known = new Set(base.steps.map((step) => step.id));
	const steps = base.steps.map((step) => {
		const change = byId.get(step.id);
		return change === undefined ? step : { ...change, name: change.name || step.name, declared: step.declared };
	});
	return [...steps, ...[...byId.values()].filter((step) => !known.has(step.id)).map((step) => ({ ...step, declared: false }))];
}
