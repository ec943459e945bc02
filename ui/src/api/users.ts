import type { Http } from './http';
import { instant, list, number, object, optionalText, text, texts } from './read';

/** A person who signs in with a password. */
export interface User {
	readonly id: string;
	readonly login: string;
	readonly name: string;
	readonly email: string;
	readonly phone: string;
	readonly roles: readonly string[];
	/** The clients whose executions the user sees; none: all. */
	readonly clients: readonly string[];
	readonly active: boolean;
	/** One-time passwords are asked for. */
	readonly totp: boolean;
	readonly version: number;
	readonly createdAt: number | null;
}

/** What of a user is changed. */
export interface UserChange {
	readonly login?: string;
	readonly name?: string;
	readonly email?: string;
	readonly phone?: string;
	readonly roles?: readonly string[];
	readonly clients?: readonly string[];
	readonly isActive?: boolean;
	readonly password?: string;
}

const BASE = '/api/admin/users';

/** The organisation's people, by name in Polish order. */
export async function fetchUsers(http: Http, signal?: AbortSignal): Promise<User[]> {
	return list(object(await http.get(BASE, signal)).items)
		.map(readUser)
		.sort((a, b) => a.name.localeCompare(b.name, 'pl'));
}

export async function fetchUser(http: Http, id: string, signal?: AbortSignal): Promise<User> {
	return readUser(await http.get(`${BASE}/${encodeURIComponent(id)}`, signal));
}

export async function createUser(http: Http, user: UserChange): Promise<User> {
	return readUser(await http.post(BASE, user));
}

/** Changes the user as it was read: one who was changed meanwhile answers 412. */
export async function changeUser(http: Http, user: User, change: UserChange): Promise<User> {
	return readUser(await http.patch(`${BASE}/${encodeURIComponent(user.id)}`, change, user.version));
}

export async function removeUser(http: Http, user: User): Promise<void> {
	await http.remove(`${BASE}/${encodeURIComponent(user.id)}`, user.version);
}

export function readUser(raw: unknown): User {
	const o = object(raw);
	return {
		id: text(o.id),
		login: text(o.login),
		name: optionalText(o.name) ?? text(o.login),
		email: text(o.email),
		phone: text(o.phone),
		roles: texts(o.roles),
		clients: texts(o.clients),
		active: o.isActive === true,
		totp: o.totp === true,
		version: number(o.version) ?? 0,
		createdAt: instant(o.createdAt),
	};
}
