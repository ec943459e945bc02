/** Shortest pause between two fetches, in ms. */
const GAP_MS = 1_000;
/** Pause before the first fetch after a quiet time, in ms: changes come in groups. */
const GATHER_MS = 120;
/** A slow server is asked less: the pause is at least this many times its last answer. */
const SHARE = 5;

/** Repeats a fetch when asked to, but never two at once and never too often. A request made meanwhile is not lost. */
export class Refresher {
	private timer: ReturnType<typeof setTimeout> | undefined;
	private abort: AbortController | null = null;
	private again = false;
	private restAt = 0;
	private stopped = false;

	/** run must not reject. */
	constructor(
		private readonly run: (signal: AbortSignal) => Promise<void>,
		private readonly now: () => number = Date.now,
	) {}

	/** Asks for a fetch soon. */
	request(): void {
		if (this.stopped) return;
		if (this.abort !== null) {
			this.again = true;
			return;
		}
		this.timer ??= setTimeout(() => this.go(), Math.max(GATHER_MS, this.restAt - this.now()));
	}

	/** Fetches at once, dropping a fetch under way. */
	force(): void {
		if (this.stopped) return;
		this.abort?.abort();
		this.abort = null;
		this.go();
	}

	stop(): void {
		this.stopped = true;
		clearTimeout(this.timer);
		this.abort?.abort();
	}

	private go(): void {
		clearTimeout(this.timer);
		this.timer = undefined;
		const abort = new AbortController();
		const begun = this.now();
		this.abort = abort;
		this.again = false;
		void this.run(abort.signal).finally(() => {
			if (this.abort !== abort) return;
			this.abort = null;
			this.restAt = this.now() + Math.max(GAP_MS, SHARE * (this.now() - begun));
			if (this.again) this.request();
		});
	}
}
