import { ApiError, type Http } from '../api/http';
import { type Credentials, enterScreen, fetchViewer, redeemKey, setUp, signIn, signOut, type Viewer } from '../api/session';
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
	/** How many known people left, or made room for another one in the same tab: what one saw is not for the next. */
	readonly departures = new Signal(0);
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

	/** Makes this browser a screen that shows a shared dashboard; null when it worked. */
	enterScreen(key: string): Promise<SignInFailure | null> {
		return this.entered(enterScreen(this.http, key));
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

	/** The page is gone before the session is: what it asks from time to time must not meet a server that knows it no more. */
	async signOut(): Promise<void> {
		this.show({ phase: 'unknown', likely: false });
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
		if (this.state.get().phase !== 'out') this.show({ phase: 'out' });
	}

	private enter(viewer: Viewer | null): void {
		remember(KEY, '1');
		this.show({ phase: 'in', viewer });
	}

	private show(next: SessionState): void {
		const former = personOf(this.state.get());
		if (former !== null && former !== personOf(next)) this.departures.set(this.departures.get() + 1);
		this.state.set(next);
	}
}

/** Who is signed in, as far as it is known: '' where the server has no names. */
function personOf(state: SessionState): string | null {
	return state.phase === 'in' ? (state.viewer?.id ?? '') : null;
}

function failureOf(error: unknown): SignInFailure {
	if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) return { kind: 'unreachable' };
	if (error.status === 429) return { kind: 'limited' };
	if (error.code === 'totp_required') return { kind: 'codeNeeded' };
	return error.status === 422 ? { kind: 'invalid', detail: error.detail } : { kind: 'refused' };
}
