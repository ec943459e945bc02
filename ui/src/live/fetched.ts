import { ApiError } from '../api/http';
import { Refresher } from './refresher';
import { Signal } from './signal';

/** What the page shows of an answer: the details of an opened step, a timeline. */
export interface FetchedView<T> {
	readonly phase: 'loading' | 'ready' | 'missing' | 'failed';
	readonly detail: T | null;
	readonly error: unknown;
}

/** One answer of the server, fetched when it is opened and again when it changed. */
export class Fetched<T> {
	readonly view = new Signal<FetchedView<T>>({ phase: 'loading', detail: null, error: null });
	private readonly refresher: Refresher;

	constructor(private readonly ask: (signal: AbortSignal) => Promise<T>) {
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
			const detail = await this.ask(signal);
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
