/** The server's clock as seen from here: elapsed times must not depend on the computer's own. */
export class Clock {
	private offset: number | null = null;

	constructor(private readonly local: () => number = Date.now) {}

	/** Learns from a time the server wrote just now. Of near samples the one that travelled least (the largest) is kept. */
	learn(serverMs: number): void {
		const sample = serverMs - this.local();
		const near = this.offset !== null && Math.abs(sample - this.offset) < 2_000;
		this.offset = near && this.offset !== null ? Math.max(this.offset, sample) : sample;
	}

	/** The server's time in ms since 1970; the local one until the server has spoken. */
	readonly now = (): number => this.local() + (this.offset ?? 0);
}
