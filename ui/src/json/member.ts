import { skipSpace, stringEnd } from './parse';

/** The text of a member of the object that a text holds, as it was sent, without reading the rest; null where there is none. */
export function memberText(source: string, name: string): string | null {
	const wanted = JSON.stringify(name);
	let at = skipSpace(source, 0);
	if (source[at] !== '{') return null;
	at = skipSpace(source, at + 1);
	while (source[at] === '"') {
		const keyEnd = stringEnd(source, at);
		if (keyEnd < 0) return null;
		const key = source.slice(at, keyEnd);
		const start = skipSpace(source, skipSpace(source, keyEnd) + 1);
		const end = valueEnd(source, start);
		if (end < 0) return null;
		if (key === wanted) return source.slice(start, end);
		at = skipSpace(source, end);
		if (source[at] !== ',') return null;
		at = skipSpace(source, at + 1);
	}
	return null;
}

/** Where the value that begins here ends; -1: nowhere. */
function valueEnd(source: string, start: number): number {
	let depth = 0;
	let at = start;
	while (at < source.length) {
		const sign = source[at];
		if (sign === '"') {
			at = stringEnd(source, at);
			if (at < 0) return -1;
			if (depth === 0) return at;
			continue;
		}
		if (sign === '{' || sign === '[') depth += 1;
		else if (sign === '}' || sign === ']') {
			if (depth === 0) return at;
			depth -= 1;
			if (depth === 0) return at + 1;
		} else if (depth === 0 && (sign === ',' || sign === ' ' || sign === '\n' || sign === '\r' || sign === '\t')) return at;
		at += 1;
	}
	return depth === 0 ? at : -1;
}
