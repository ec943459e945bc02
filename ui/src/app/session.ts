import { ApiError, type Http } from '../api/http';
import { fetchViewer, redeemKey, signOut, type Viewer } from '../api/session';
import { Signal } from '../live/signal';
import { forget, remember, remembered } from './memory';

/** Whether somebody is signed in. `unknown`: the server has not answered yet. */
export type SessionState =
	| { readonly phase: 'unknown'; readonly likely: boolean }
	| { readonly phase: 'in'; readonly viewer: Viewer | null }
	| { readonly phase: 'out' };

export type SignInFailure = 'refused' | 'limited' | 'unreachable';

const KEY = 'flowwatch.signedIn';
const RETRY_MS = 3_000;

/** Knows who is signed in, and signs in and out. */
export class Session {
	readonly state: Signal<SessionState>;

	constructor(private readonly http: Http) {
		this.state = new Signal<SessionState>({ phase: 'unknown', likely: remembered(KEY) !== null });
	}

	/** Asks the server who is signed in, until it answers. */
	async check(): Promise<void> {
		try {
			this.enter(await fetchViewer(this.http));
		} catch (error) {
			if (error instanceof ApiError && error.status === 401) this.leave();
			else if (error instanceof ApiError && error.status === 404) this.enter(null);
			else setTimeout(() => void this.check(), RETRY_MS);
		}
	}

	/** Exchanges the key of a one-time link for a session; null when it worked. */
	async redeem(key: string): Promise<SignInFailure | null> {
		try {
			await redeemKey(this.http, key);
		} catch (error) {
			const status = error instanceof ApiError ? error.status : 0;
			return status === 429 ? 'limited' : status >= 400 && status < 500 ? 'refused' : 'unreachable';
		}
		await this.check();
		return null;
	}

	async signOut(): Promise<void> {
		try {
			await signOut(this.http);
		} finally {
			this.leave();
		}
	}

	/** The server no longer knows the session. */
	leave(): void {
		forget(KEY);
		if (this.state.get().phase !== 'out') this.state.set({ phase: 'out' });
	}

	private enter(viewer: Viewer | null): void {
		remember(KEY, '1');
		this.state.set({ phase: 'in', viewer });
	}
}
