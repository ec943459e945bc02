import type { Http } from './http';
import { instant, list, object, text, texts } from './read';

/** A program's key to the API, without its secret. */
export interface Token {
	readonly id: string;
	readonly name: string;
	readonly roles: readonly string[];
	readonly createdAt: number | null;
	/** null: never. */
	readonly lastUsedAt: number | null;
	/** null: never. */
	readonly expiresAt: number | null;
}

/** A token with its secret, which nobody can show again. */
export interface NewToken extends Token {
	readonly secret: string;
}

const BASE = '/api/admin/tokens';

/** The organisation's tokens, newest first. */
export async function fetchTokens(http: Http, signal?: AbortSignal): Promise<Token[]> {
	return list(object(await http.get(BASE, signal)).items)
		.map(readToken)
		.sort((a, b) => (b.createdAt ?? 0) - (a.createdAt ?? 0));
}

export async function createToken(
	http: Http,
	token: { readonly name: string; readonly roles: readonly string[]; readonly expiresAt: number | null },
): Promise<NewToken> {
	const expires = token.expiresAt === null ? {} : { expiresAt: new Date(token.expiresAt).toISOString() };
	const raw = await http.post(BASE, { name: token.name, roles: token.roles, ...expires });
	return { ...readToken(raw), secret: text(object(raw).token) };
}

export async function revokeToken(http: Http, id: string): Promise<void> {
	await http.remove(`${BASE}/${encodeURIComponent(id)}`);
}

export function readToken(raw: unknown): Token {
	const o = object(raw);
	return {
		id: text(o.id),
		name: text(o.name),
		roles: texts(o.roles),
		createdAt: instant(o.createdAt),
		lastUsedAt: instant(o.lastUsedAt),
		expiresAt: instant(o.expiresAt),
	};
}
