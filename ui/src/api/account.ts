import type { Http } from './http';
import { object, text, texts } from './read';

/** What an authenticator program needs. */
export interface Factor {
	/** Base32, to be typed. */
	readonly secret: string;
	/** otpauth:// link with the same secret. */
	readonly link: string;
}

/** Changes the own password. All sessions of the user end; the answer's cookie is a new one. */
export async function changePassword(http: Http, password: string, newPassword: string): Promise<void> {
	await http.post('/api/auth/password', { password, newPassword });
}

/** Begins to use one-time passwords; they are asked for only after confirmFactor. */
export async function enrolFactor(http: Http, password: string): Promise<Factor> {
	const o = object(await http.post('/api/auth/totp', { password }));
	return { secret: text(o.secret), link: text(o.uri) };
}

/** Asks for one-time passwords from now on; answers recovery codes, each good once. */
export async function confirmFactor(http: Http, code: string): Promise<string[]> {
	return texts(object(await http.post('/api/auth/totp/confirm', { code })).codes);
}

export async function dropFactor(http: Http, password: string): Promise<void> {
	await http.post('/api/auth/totp/disable', { password });
}
