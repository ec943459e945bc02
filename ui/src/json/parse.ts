/** JSON as it was written: numbers keep their text, and members their order, repeated names too. */
export type JsonNode =
	| { readonly kind: 'object'; readonly members: readonly Member[] }
	| { readonly kind: 'array'; readonly items: readonly JsonNode[] }
	| { readonly kind: 'string'; readonly value: string }
	/** text: the digits as sent, which may be more than a number of the language holds. */
	| { readonly kind: 'number'; readonly text: string }
	| { readonly kind: 'literal'; readonly text: 'true' | 'false' | 'null' };

export interface Member {
	readonly key: string;
	readonly value: JsonNode;
}

/** Deeper texts are refused rather than read: the server itself takes 64 levels. */
export const DEPTH_MAX = 200;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Reads a JSON text; null where it is none. */
export function parseJson(source: string): JsonNode | null {
	try {
		const reader = new Reader(source);
		return reader.whole();
	} catch (error) {
		if (error instanceof SyntaxError) return null;
		throw error;
	}
}

/** Where the string that begins at a quote ends: after its closing quote. -1: nowhere. */
export function stringEnd(source: string, start: number): number {
	for (let at = source.indexOf('"', start + 1); at >= 0; at = source.indexOf('"', at + 1)) {
		let escapes = 0;
		while (source.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
		if (escapes % 2 === 0) return at + 1;
	}
	return -1;
}

/** Where the next character that is no space stands. */
export function skipSpace(source: string, start: number): number {
	let at = start;
	for (;;) {
		const code = source.charCodeAt(at);
		if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
		at += 1;
	}
}

class Reader {
	private at = 0;

	constructor(private readonly source: string) {}

	whole(): JsonNode {
		const node = this.value(0);
		this.space();
		if (this.at < this.source.length) throw new SyntaxError(`more after the end at ${this.at}`);
		return node;
	}

	private value(depth: number): JsonNode {
		this.space();
		if (depth > DEPTH_MAX) throw new SyntaxError(`deeper than ${DEPTH_MAX}`);
		const first = this.source[this.at];
		if (first === '{') return this.object(depth);
		if (first === '[') return this.array(depth);
		if (first === '"') return { kind: 'string', value: this.string() };
		const text = this.match(NUMBER);
		if (text !== null) return { kind: 'number', text };
		const literal = this.match(LITERAL);
		if (literal === 'true' || literal === 'false' || literal === 'null') return { kind: 'literal', text: literal };
		throw new SyntaxError(`no value at ${this.at}`);
	}

	private object(depth: number): JsonNode {
		const members: Member[] = [];
		this.at += 1;
		if (this.taken('}')) return { kind: 'object', members };
		do {
			this.space();
			if (this.source.charCodeAt(this.at) !== QUOTE) throw new SyntaxError(`no name at ${this.at}`);
			const key = this.string();
			this.must(':');
			members.push({ key, value: this.value(depth + 1) });
		} while (this.taken(','));
		this.must('}');
		return { kind: 'object', members };
	}

	private array(depth: number): JsonNode {
		const items: JsonNode[] = [];
		this.at += 1;
		if (this.taken(']')) return { kind: 'array', items };
		do items.push(this.value(depth + 1));
		while (this.taken(','));
		this.must(']');
		return { kind: 'array', items };
	}

	private string(): string {
		const end = stringEnd(this.source, this.at);
		if (end < 0) throw new SyntaxError(`a string without an end at ${this.at}`);
		const value: string = JSON.parse(this.source.slice(this.at, end));
		this.at = end;
		return value;
	}

	private match(pattern: RegExp): string | null {
		pattern.lastIndex = this.at;
		const found = pattern.exec(this.source);
		if (found === null) return null;
		this.at = pattern.lastIndex;
		return found[0];
	}

	private space(): void {
		this.at = skipSpace(this.source, this.at);
	}

	private taken(sign: string): boolean {
		this.space();
		if (this.source[this.at] !== sign) return false;
		this.at += 1;
		return true;
	}

	private must(sign: string): void {
		if (!this.taken(sign)) throw new SyntaxError(`no ${sign} at ${this.at}`);
	}
}
