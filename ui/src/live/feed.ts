import { type Execution, readExecution, readStep, type Step } from '../api/execution';
import { object, text } from '../api/read';
import type { Frame, Interest } from './protocol';
import { Signal } from './signal';

/** The newest state of one step, and its place in the history. */
export interface StepChange {
	readonly executionId: string;
	readonly step: Step;
	readonly seq: number;
}

/** What changed since the last batch: every entity at most once, in its newest state. */
export interface Batch {
	readonly executions: readonly Execution[];
	readonly steps: readonly StepChange[];
	/** Changes were lost; what is shown must be fetched anew. */
	readonly resync: boolean;
}

interface Pending {
	executions: Map<string, Execution>;
	steps: Map<string, StepChange>;
	resync: boolean;
}

/** Most entities held back while paused; beyond it the page fetches anew when it goes on. */
const HELD_MAX = 10_000;

/** Gathers frames and hands them on once per drawn frame, or not at all while paused: but that something was erased. */
export class Feed {
	/** How many entities wait while paused; null when it is not paused. */
	readonly paused = new Signal<number | null>(null);
	private readonly listeners = new Set<(batch: Batch) => void>();
	private pending: Pending = { executions: new Map(), steps: new Map(), resync: false };
	private scheduled = false;
	/** The resync that waits is about an erasure, for which a pause is no reason to wait. */
	private erased = false;

	/** schedule calls its argument once, soon: at the next drawn frame. now is the server's time. */
	constructor(
		private readonly schedule: (flush: () => void) => void,
		private readonly now: () => number,
	) {}

	listen(listener: (batch: Batch) => void): () => void {
		this.listeners.add(listener);
		return () => {
			this.listeners.delete(listener);
		};
	}

	readonly take = (frame: Frame, interest: Interest | null): void => {
		if (frame.kind === 'execution') {
			this.addExecution(frame.data, frame.seq);
		} else if (frame.kind === 'step') {
			const executionId = text(object(frame.data).executionId);
			const step = readStep(frame.data);
			this.pending.steps.set(`${executionId} ${step.id}`, { executionId, step, seq: frame.seq });
		} else if (frame.kind === 'snapshot' && interest?.topic === 'execution_updates') {
			for (const item of frame.items) this.addExecution(item);
		} else if (frame.kind === 'resync') {
			// What came before may tell of something that is gone; the answer that is fetched now holds the rest.
			this.pending = { executions: new Map(), steps: new Map(), resync: true };
			this.erased ||= frame.erased;
		} else {
			return;
		}
		this.plan();
	};

	pause(): void {
		if (this.paused.get() === null) this.paused.set(0);
	}

	resume(): void {
		if (this.paused.get() === null) return;
		this.paused.set(null);
		this.plan();
	}

	private addExecution(data: unknown, seq?: number): void {
		const execution = readExecution(data, this.now(), seq);
		const former = this.pending.executions.get(execution.id);
		if (former === undefined || former.seq <= execution.seq) this.pending.executions.set(execution.id, execution);
	}

	private plan(): void {
		if (this.scheduled) return;
		this.scheduled = true;
		this.schedule(() => this.flush());
	}

	private flush(): void {
		this.scheduled = false;
		const { executions, steps, resync } = this.pending;
		if (this.paused.get() !== null) {
			const touched = new Set(executions.keys());
			for (const change of steps.values()) touched.add(change.executionId);
			this.paused.set(touched.size);
			if (this.erased) this.hand({ executions: [], steps: [], resync: true });
			if (executions.size + steps.size > HELD_MAX) {
				this.pending = { executions: new Map(), steps: new Map(), resync: true };
			}
			return;
		}
		if (executions.size === 0 && steps.size === 0 && !resync) return;
		this.pending = { executions: new Map(), steps: new Map(), resync: false };
		this.hand({ executions: [...executions.values()], steps: [...steps.values()], resync });
	}

	private hand(batch: Batch): void {
		this.erased = false;
		for (const listener of [...this.listeners]) listener(batch);
	}
}

/** Longest wait for a drawn frame, in ms: a hidden page draws none. */
const FRAME_LIMIT_MS = 250;

/** Calls back at the next drawn frame, or soon when the page is not being drawn. */
export function nextFrame(callback: () => void): void {
	let done = false;
	const once = () => {
		if (done) return;
		done = true;
		cancelAnimationFrame(frame);
		clearTimeout(timer);
		callback();
	};
	const frame = requestAnimationFrame(once);
	const timer = setTimeout(once, FRAME_LIMIT_MS);
}
