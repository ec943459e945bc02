/** Readers of untrusted JSON. Each answers a value of the wanted type or the given stand-in; none throws. */

export type Json = Readonly<Record<string, unknown>>;

/** What a JSON text holds; null where it is none. */
export function readJson(source: string): unknown {
	try {
		return JSON.parse(source);
	} catch {
		return null;
	}
}

export function object(value: unknown): Json {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function list(value: unknown): readonly unknown[] {
	return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string {
	return typeof value === 'string' ? value : '';
}

/** The text, or null when it is absent or empty. */
export function optionalText(value: unknown): string | null {
	return typeof value === 'string' && value !== '' ? value : null;
}

export function texts(value: unknown): string[] {
	return list(value).filter((item): item is string => typeof item === 'string');
}

/** A finite number, or null: unknown is never shown as 0. */
export function number(value: unknown): number | null {
	return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function count(value: unknown): number {
	return number(value) ?? 0;
}

/** An RFC 3339 time as milliseconds since 1970, or null. */
export function instant(value: unknown): number | null {
	if (typeof value !== 'string') return null;
	const ms = Date.parse(value);
	return Number.isNaN(ms) ? null : ms;
}

export function oneOf<T extends string>(value: unknown, all: readonly T[], otherwise: T): T {
	return all.find((item) => item === value) ?? otherwise;
}
