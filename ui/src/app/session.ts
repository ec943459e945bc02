import { ApiError, type Http } from '../api/http';
import { type Credentials, fetchViewer, redeemKey, setUp, signIn, signOut, type Viewer } from '../api/session';
import { Signal } from '../live/signal';
import { forget, remember, remembered } from './memory';

/** Whether somebody is signed in. `unknown`: the server has not answered yet. */
export type SessionState =
	| { readonly phase: 'unknown'; readonly likely: boolean }
	| { readonly phase: 'in'; readonly viewer: Viewer | null }
	| { readonly phase: 'out' };

/** Why a sign-in did not work. `codeNeeded`: the account asks for a one-time password too. */
export type SignInFailure =
	| { readonly kind: 'refused' | 'codeNeeded' | 'limited' | 'unreachable' }
	/** What was sent is not acceptable; the sentence says why. */
	| { readonly kind: 'invalid'; readonly detail: string };

const KEY = 'flowwatch.signedIn';
const RETRY_MS = 3_000;

/** Knows who is signed in, and signs in and out. */
export class Session {
	readonly state: Signal<SessionState>;
	/** While the server replaces the session: that it does not know the former one any more says nothing. */
	private renewal: Promise<unknown> | null = null;

	constructor(private readonly http: Http) {
		this.state = new Signal<SessionState>({ phase: 'unknown', likely: remembered(KEY) !== null });
	}

	/** Asks the server who is signed in, until it answers. */
	async check(): Promise<void> {
		await this.renewal?.catch(() => {});
		try {
			this.enter(await fetchViewer(this.http));
		} catch (error) {
			if (error instanceof ApiError && error.status === 401) this.leave();
			else if (error instanceof ApiError && error.status === 404) this.enter(null);
			else setTimeout(() => void this.check(), RETRY_MS);
		}
	}

	/** Exchanges the key of a one-time link for a session; null when it worked. */
	redeem(key: string): Promise<SignInFailure | null> {
		return this.entered(redeemKey(this.http, key));
	}

	/** Signs in with a password; null when it worked. */
	signIn(credentials: Credentials): Promise<SignInFailure | null> {
		return this.entered(signIn(this.http, credentials));
	}

	/** Makes the first administrator and signs in; null when it worked. */
	setUp(first: Parameters<typeof setUp>[1]): Promise<SignInFailure | null> {
		return this.entered(setUp(this.http, first));
	}

	private async entered(attempt: Promise<void>): Promise<SignInFailure | null> {
		try {
			await attempt;
		} catch (error) {
			return failureOf(error);
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

	/** Waits for what ends this session and starts another one, as a change of the password does. */
	async renew(change: Promise<unknown>): Promise<void> {
		this.renewal = change;
		try {
			await change;
		} finally {
			this.renewal = null;
		}
		await this.check();
	}

	/** The server no longer knows the session. */
	leave(): void {
		if (this.renewal !== null) return;
		forget(KEY);
		if (this.state.get().phase !== 'out') this.state.set({ phase: 'out' });
	}

	private enter(viewer: Viewer | null): void {
		remember(KEY, '1');
		this.state.set({ phase: 'in', viewer });
	}
}

function failureOf(error: unknown): SignInFailure {
	if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) return { kind: 'unreachable' };
	if (error.status === 429) return { kind: 'limited' };
	if (error.code === 'totp_required') return { kind: 'codeNeeded' };
	return error.status === 422 ? { kind: 'invalid', detail: error.detail } : { kind: 'refused' };
}
