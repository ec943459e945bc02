import { BACKOFF_CAP_MS, backoff } from './backoff';
import type { Clock } from './clock';
import { type Frame, type Interest, type Position, PROTOCOL, readFrame } from './protocol';
import { Signal } from './signal';

/** What a connection needs of a WebSocket. */
export interface SocketLike {
	onmessage: ((event: { data: unknown }) => void) | null;
	onclose: ((event: { code: number }) => void) | null;
	send(data: string): void;
	close(code?: number, reason?: string): void;
}

/** How the page is connected. `since` and `dataAt` are local times in ms. */
export interface Link {
	readonly state: 'offline' | 'replaying' | 'live';
	/** When this state began. */
	readonly since: number;
	/** While offline: when the server was last heard, what is shown is not newer than that. Null before the first word. Else not to be used. */
	readonly dataAt: number | null;
	/** When the next attempt is made; null while connected or trying. */
	readonly retryAt: number | null;
}

export interface ConnectionOptions {
	readonly open: (protocol: string) => SocketLike;
	readonly clock: Clock;
	readonly onFrame: (frame: Frame, interest: Interest | null) => void;
	/** Called when the server refuses the session; the connection keeps trying until it is stopped. */
	readonly onUnauthorized: () => void;
	readonly now?: () => number;
	readonly random?: () => number;
}

/** Limits in ms. A server that stops answering is noticed after PING_AFTER + PONG_LIMIT + 2 WATCH. */
export const PING_AFTER_MS = 7_000;
export const PONG_LIMIT_MS = 6_000;
const WATCH_MS = 1_000;
const CONNECT_LIMIT_MS = 6_000;

/** Close codes after which an early attempt is pointless. */
const SLOW_CODES: readonly number[] = [4400, 4403, 4406, 4429];

/** What the page is told when changes were lost; an erasure may have been among them. */
const LOST: Frame = { kind: 'resync', erased: true };

interface Want {
	readonly interest: Interest;
	request: number;
	subscriptionId: number | null;
	settled: boolean;
	/** Was it ever served? Then a new connection resumes instead of starting over. */
	served: boolean;
	/** Did the present request name a position to resume after? */
	resuming: boolean;
}

/** Whether two interests are one subscription to the server. */
function alike(one: Interest, other: Interest): boolean {
	return one.topic === other.topic && one.executionId === other.executionId;
}

/**
 * The page's one live connection: signs in, keeps the wanted subscriptions, notices silence, reconnects and resumes where
 * it stood. It knows nothing of what the frames mean.
 */
export class Connection {
	readonly link: Signal<Link>;
	/** The server has another page now than when this one was loaded. */
	readonly outdated = new Signal(false);
	/** The page that the server had at first; null before it said so. */
	private build: string | null = null;
	private readonly now: () => number;
	private readonly random: () => number;
	private readonly wants = new Set<Want>();
	/** What was asked for and left before the answer, by request. */
	private readonly left = new Map<number, Interest>();
	private socket: SocketLike | null = null;
	private authRequest = 0;
	private signedIn = false;
	private requests = 0;
	private attempts = 0;
	private position: Position | null = null;
	private heardAt = 0;
	/** When data came last, by the socket or another way. */
	private dataAt: number | null = null;
	private openedAt = 0;
	private pingedAt: number | null = null;
	private invited: number | null = null;
	private retry: ReturnType<typeof setTimeout> | undefined;
	private watch: ReturnType<typeof setInterval> | undefined;
	private running = false;

	constructor(private readonly options: ConnectionOptions) {
		this.now = options.now ?? Date.now;
		this.random = options.random ?? Math.random;
		this.link = new Signal<Link>({ state: 'offline', since: this.now(), dataAt: null, retryAt: null });
	}

	start(): void {
		if (this.running) return;
		this.running = true;
		this.watch = setInterval(() => this.look(), WATCH_MS);
		this.connect();
	}

	/** Forgets where it stood: the next person may be of another organisation, whose numbers are others. */
	forget(): void {
		this.position = null;
	}

	/** Frees the socket at once. */
	stop(): void {
		this.running = false;
		clearInterval(this.watch);
		clearTimeout(this.retry);
		this.drop('offline');
	}

	/** Tries now instead of waiting, when it is waiting. */
	connectNow(): void {
		if (this.running && this.socket === null) this.connect();
	}

	/** Says that data arrived another way, so that their age is shown right. */
	heard(): void {
		this.dataAt = this.now();
		this.show({});
	}

	/** Wants the frames of an interest until the returned function is called. */
	want(interest: Interest): () => void {
		const want: Want = { interest, request: 0, subscriptionId: null, settled: false, served: false, resuming: false };
		this.wants.add(want);
		if (this.signedIn) this.ask(want);
		this.settle();
		return () => {
			if (!this.wants.delete(want)) return;
			if (want.subscriptionId !== null) this.release(interest, want.subscriptionId);
			else if (this.signedIn && !want.settled) this.left.set(want.request, interest);
			this.settle();
		};
	}

	/** Looks whether the server still answers. The timer calls it; so should a page that wakes up. */
	look(): void {
		const now = this.now();
		if (this.socket === null) return;
		if (!this.signedIn) {
			if (now - this.openedAt > CONNECT_LIMIT_MS) this.lost();
			return;
		}
		if (this.pingedAt !== null) {
			if (now - this.pingedAt > PONG_LIMIT_MS) this.lost();
		} else if (now - this.heardAt >= PING_AFTER_MS) {
			this.pingedAt = now;
			this.send('ping', {});
		}
	}

	private connect(): void {
		clearTimeout(this.retry);
		this.openedAt = this.now();
		this.show({ retryAt: null });
		let socket: SocketLike;
		try {
			socket = this.options.open(PROTOCOL);
		} catch {
			this.lost();
			return;
		}
		this.socket = socket;
		socket.onmessage = (event) => {
			if (this.socket === socket && typeof event.data === 'string') this.receive(event.data);
		};
		socket.onclose = (event) => {
			if (this.socket === socket) this.closed(event.code);
		};
	}

	private receive(raw: string): void {
		this.heardAt = this.now();
		this.pingedAt = null;
		const frame = readFrame(raw);
		switch (frame.kind) {
			case 'hello':
				if (frame.serverTime !== null) this.options.clock.learn(frame.serverTime);
				this.build ??= frame.build;
				if (frame.build !== null && frame.build !== this.build) this.outdated.set(true);
				this.authRequest = this.send('auth', {});
				return;
			case 'ack':
				this.acknowledged(frame);
				return;
			case 'error':
				this.refused(frame);
				return;
			case 'heartbeat':
				if (frame.serverTime !== null) this.options.clock.learn(frame.serverTime);
				this.advance(frame.seq);
				this.dataAt = this.heardAt;
				return;
			case 'goaway': {
				const [low, high] = frame.reconnectAfterMs;
				this.invited = Math.min(BACKOFF_CAP_MS, low + this.random() * (high - low));
				return;
			}
			default:
				this.deliver(frame);
		}
	}

	private deliver(frame: Frame): void {
		let interest: Interest | null = null;
		if (frame.kind === 'snapshot') {
			const wants = [...this.wants].filter((w) => w.subscriptionId === frame.subscriptionId);
			interest = wants[0]?.interest ?? null;
			if (interest !== null && !frame.more) {
				for (const want of wants) {
					want.settled = true;
					want.served = true;
				}
				this.advance(frame.asOf);
			}
		}
		this.options.onFrame(frame, interest);
		if (frame.kind === 'execution' || frame.kind === 'step' || frame.kind === 'alert') this.advance(frame.seq);
		this.settle();
	}

	private acknowledged(frame: Extract<Frame, { kind: 'ack' }>): void {
		if (frame.id === this.authRequest) {
			this.signedIn = true;
			this.attempts = 0;
			const known = this.position;
			if (known !== null && frame.position !== null && known.epoch !== frame.position.epoch) {
				// Another history, such as a restored backup: nothing of the former one can be resumed.
				this.position = null;
				this.options.onFrame(LOST, null);
			}
			for (const want of this.wants) this.ask(want);
			this.position ??= frame.position;
			this.settle();
			return;
		}
		const want = [...this.wants].find((w) => w.request === frame.id);
		if (want === undefined) {
			const interest = this.left.get(frame.id);
			this.left.delete(frame.id);
			if (interest !== undefined && frame.subscriptionId !== null) this.release(interest, frame.subscriptionId);
			return;
		}
		want.subscriptionId = frame.subscriptionId;
		if (want.resuming && frame.recovered === false) this.options.onFrame(LOST, null);
		if (frame.mode !== 'snapshot') {
			want.settled = true;
			want.served = true;
		}
		this.settle();
	}

	private refused(frame: Extract<Frame, { kind: 'error' }>): void {
		if (frame.id === this.authRequest && !this.signedIn) {
			this.options.onUnauthorized();
			return;
		}
		const want = [...this.wants].find((w) => w.request === frame.id);
		if (want === undefined) return;
		// Nothing will come of it; the page learns the reason over REST.
		want.settled = true;
		this.settle();
	}

	/** Ends a subscription that nobody wants. The server has one for all who want the same. */
	private release(interest: Interest, subscriptionId: number): void {
		const wanted = [...this.wants].some((want) => alike(want.interest, interest));
		if (this.signedIn && !wanted) this.send('unsubscribe', { subscriptionId });
	}

	private ask(want: Want): void {
		const { topic, executionId, snapshot } = want.interest;
		want.settled = false;
		want.subscriptionId = null;
		want.resuming = want.served && this.position !== null;
		want.request = this.send('subscribe', {
			type: topic,
			filters: executionId === undefined ? {} : { executionId },
			...(want.resuming ? { since: this.position } : {}),
			...(snapshot ? { snapshot: true } : {}),
		});
	}

	private send(event: string, data: unknown): number {
		this.requests += 1;
		this.socket?.send(JSON.stringify({ v: 1, id: this.requests, event, data }));
		return this.requests;
	}

	private advance(seq: number): void {
		if (this.position !== null && seq > this.position.seq) this.position = { ...this.position, seq };
	}

	private closed(code: number): void {
		if (code === 4401) this.options.onUnauthorized();
		if (SLOW_CODES.includes(code)) this.attempts = Number.MAX_SAFE_INTEGER;
		this.lost();
	}

	private lost(): void {
		this.drop('offline');
		if (!this.running) return;
		const wait = this.invited ?? backoff(this.attempts, this.random);
		this.invited = null;
		this.attempts = Math.min(this.attempts + 1, 100);
		this.retry = setTimeout(() => this.connect(), wait);
		this.show({ retryAt: this.now() + wait });
	}

	private drop(state: 'offline'): void {
		const socket = this.socket;
		this.socket = null;
		this.signedIn = false;
		this.pingedAt = null;
		for (const want of this.wants) want.settled = false;
		this.left.clear();
		if (socket !== null) {
			socket.onmessage = null;
			socket.onclose = null;
			socket.close(1000);
		}
		this.show({ state });
	}

	private settle(): void {
		if (!this.signedIn) return;
		this.dataAt = this.heardAt;
		const live = [...this.wants].every((want) => want.settled);
		this.show({ state: live ? 'live' : 'replaying' });
	}

	private show(change: Partial<Link>): void {
		const former = this.link.get();
		const next = { ...former, ...change };
		if (next.state !== former.state) next.since = this.now();
		// Each frame makes data newer; who listens to the link is told only where their age matters.
		if (next.state === 'offline') next.dataAt = this.dataAt;
		const same = next.state === former.state && next.retryAt === former.retryAt && next.dataAt === former.dataAt;
		if (!same) this.link.set(next);
	}
}
