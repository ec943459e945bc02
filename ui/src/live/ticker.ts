import { Signal } from './signal';

/** Twice a second, so that no whole second of an elapsed time is skipped. */
const TICK_MS = 500;

/** The time that running durations are counted to. It stands still while nobody can know whether they still run. */
export class Ticker {
	readonly time: Signal<number>;
	private timer: ReturnType<typeof setInterval> | undefined;
	private frozen = false;

	constructor(private readonly now: () => number) {
		this.time = new Signal(now());
	}

	start(): void {
		this.timer ??= setInterval(() => this.tick(), TICK_MS);
	}

	stop(): void {
		clearInterval(this.timer);
		this.timer = undefined;
	}

	/** Stops the time where it is, or lets it run on from the present. */
	freeze(frozen: boolean): void {
		if (frozen === this.frozen) return;
		this.frozen = frozen;
		this.tick();
	}

	private tick(): void {
		if (!this.frozen) this.time.set(this.now());
	}
}
