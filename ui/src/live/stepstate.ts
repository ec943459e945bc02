import type { StepDetail } from '../api/execution';
import { ApiError } from '../api/http';
import { Refresher } from './refresher';
import { Signal } from './signal';

/** What the page shows of one opened step. */
export interface StepView {
	readonly phase: 'loading' | 'ready' | 'missing' | 'failed';
	readonly detail: StepDetail | null;
	readonly error: unknown;
}

/** The stored details of one step, fetched when it is opened and again when it changed. */
export class StepState {
	readonly view = new Signal<StepView>({ phase: 'loading', detail: null, error: null });
	private readonly refresher: Refresher;

	constructor(private readonly fetchStep: (signal: AbortSignal) => Promise<StepDetail>) {
		this.refresher = new Refresher((signal) => this.fetch(signal));
	}

	load(): void {
		this.refresher.force();
	}

	/** Asks for a new answer soon. */
	refresh(): void {
		this.refresher.request();
	}

	stop(): void {
		this.refresher.stop();
	}

	private async fetch(signal: AbortSignal): Promise<void> {
		try {
			const detail = await this.fetchStep(signal);
			this.view.set({ phase: 'ready', detail, error: null });
		} catch (error) {
			if (signal.aborted) return;
			const former = this.view.get();
			const gone = error instanceof ApiError && error.status === 404;
			// What was once shown stays: an older answer says more than none.
			const phase = gone ? 'missing' : former.detail === null ? 'failed' : former.phase;
			this.view.set({ phase, detail: gone ? null : former.detail, error });
		}
	}
}
