import type { Http } from './http';
import { object, optionalText, text, texts } from './read';

/** Who is signed in. */
export interface Viewer {
	readonly id: string;
	/** '' of who came by a link. */
	readonly login: string;
	readonly name: string;
	readonly email: string;
	readonly phone: string;
	readonly organization: string;
	readonly roles: readonly string[];
	/** Names of rights, as in "users.manage". */
	readonly rights: readonly string[];
	/** The clients whose executions are seen; none: all. */
	readonly clients: readonly string[];
	/** One-time passwords are asked for. */
	readonly totp: boolean;
	/** Of a screen on the wall: the dashboard that it shows. Null: it is a person. */
	readonly screenOf: string | null;
}

export async function fetchViewer(http: Http, signal?: AbortSignal): Promise<Viewer> {
	return readViewer(await http.get('/api/auth/me', signal));
}

/** Exchanges the key of a one-time link for a session cookie. */
export async function redeemKey(http: Http, key: string): Promise<void> {
	await http.post('/api/auth/session', { key });
}

/** Exchanges the key of a shared dashboard for the session of a screen, which reads and nothing else. */
export async function enterScreen(http: Http, key: string): Promise<void> {
	await http.post('/api/auth/kiosk', { key });
}

/** What a person signs in with; the code is asked for only where the account has a second factor. */
export interface Credentials {
	readonly login: string;
	readonly password: string;
	readonly totp?: string;
}

export async function signIn(http: Http, credentials: Credentials): Promise<void> {
	await http.post('/api/auth/login', credentials);
}

/** Makes the first administrator, who is signed in then. */
export async function setUp(
	http: Http,
	first: { readonly key: string; readonly login: string; readonly password: string; readonly name?: string },
): Promise<void> {
	await http.post('/api/auth/setup', first);
}

export async function signOut(http: Http): Promise<void> {
	await http.post('/api/auth/logout', {});
}

export function readViewer(raw: unknown): Viewer {
	const outer = object(raw);
	const o = outer.user === undefined ? outer : { ...outer, ...object(outer.user) };
	const organization = object(o.organization);
	return {
		id: text(o.id),
		login: text(o.login),
		name: optionalText(o.name) ?? optionalText(o.login) ?? text(o.id),
		email: text(o.email),
		phone: text(o.phone),
		organization: optionalText(organization.name) ?? optionalText(o.organizationName) ?? text(o.organizationId),
		roles: texts(o.roles),
		rights: texts(o.rights),
		clients: texts(o.clients),
		totp: o.totp === true,
		screenOf: optionalText(o.kioskDashboardId),
	};
}

/** The key within what a person pasted: a whole link, its end, or the bare key. Null when there is none. */
export function keyOf(pasted: string): string | null {
	const trimmed = pasted.trim();
	const marked = /[#?&]key=([^&\s]+)/.exec(trimmed) ?? /^key=([^&\s]+)/.exec(trimmed);
	if (marked?.[1] !== undefined) return decodeURIComponent(marked[1]);
	return /^[A-Za-z0-9._~-]{8,}$/.test(trimmed) ? trimmed : null;
}
