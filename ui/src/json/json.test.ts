import { describe, expect, it } from 'vitest';
import { entriesOf, hitsOf, holders, isMasked, pathOf, seen } from './entries';
import { memberText } from './member';
import { DEPTH_MAX, type JsonNode, parseJson } from './parse';
import { printJson } from './print';

const read = (source: string): JsonNode => {
	const node = parseJson(source);
	if (node === null) throw new Error(`not JSON: ${source}`);
	return node;
};
const entries = (source: string) => entriesOf(read(source));

/** A repeatable source of chance: xorshift, so that a failure can be seen again. */
function dice(seed: number) {
	let state = seed;
	return (below: number) => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) % below;
	};
}

const NUMBERS = ['0', '-0', '1.10', '9007199254740993', '1e400', '-12.5E-3', '123456789012345678901234567890.00'];
const STRINGS = ['', 'zażółć', 'a"b', '\\', '\\\\"', '\n\t', '\u2028', '😀', '<script>', '{"a":1}', '\ud800'];

/** A JSON text by chance, with spaces between its signs. */
function anyJson(roll: (below: number) => number, depth = 0): string {
	const gap = () => ' \n\t\r'.slice(0, roll(3));
	const kind = roll(depth > 4 ? 4 : 7);
	const pick = (all: readonly string[]) => all[roll(all.length)] ?? '';
	if (kind === 0) return pick(NUMBERS);
	if (kind === 1) return pick(['true', 'false', 'null']);
	if (kind <= 3) return JSON.stringify(pick(STRINGS));
	const parts = Array.from({ length: roll(4) }, () => {
		const value = gap() + anyJson(roll, depth + 1) + gap();
		return kind === 4 ? value : `${gap()}${JSON.stringify(pick(STRINGS))}${gap()}:${value}`;
	});
	return kind === 4 ? `[${gap()}${parts.join(',')}]` : `{${gap()}${parts.join(',')}}`;
}

describe('JSON as it was written', () => {
	it('keeps every number as it was sent', () => {
		for (const text of NUMBERS) expect(read(` ${text}\n`)).toEqual({ kind: 'number', text });
		expect(printJson(read('{"kwota":1.10,"id":9007199254740993}'))).toBe('{\n  "kwota": 1.10,\n  "id": 9007199254740993\n}');
	});

	it('keeps members in their order, also names that come twice', () => {
		expect(printJson(read('{"b":1,"a":2,"b":3,"__proto__":4}'))).toBe('{\n  "b": 1,\n  "a": 2,\n  "b": 3,\n  "__proto__": 4\n}');
	});

	it('means what the language itself reads, whatever the text', () => {
		const roll = dice(20261126);
		for (let n = 0; n < 2_000; n++) {
			const source = anyJson(roll);
			const printed = printJson(read(source));
			expect(JSON.parse(printed)).toEqual(JSON.parse(source));
			expect(printJson(read(printed))).toBe(printed);
			for (const text of NUMBERS) expect(printed.split(text).length).toBeGreaterThanOrEqual(source.split(text).length);
		}
	});

	it('refuses what the language refuses, and never throws', () => {
		const roll = dice(7);
		for (let n = 0; n < 4_000; n++) {
			const source = anyJson(roll);
			const at = roll(source.length + 1);
			const broken = source.slice(0, at) + ('{}[],:"\\ e0-tn.\u0001'[roll(16)] ?? '') + source.slice(at + roll(2));
			let valid = true;
			try {
				JSON.parse(broken);
			} catch {
				valid = false;
			}
			expect(parseJson(broken) !== null, broken).toBe(valid);
		}
	});

	it('is refused when it is deeper than anything that is kept', () => {
		const deep = (n: number) => '['.repeat(n) + ']'.repeat(n);
		expect(parseJson(deep(DEPTH_MAX))).not.toBeNull();
		expect(parseJson(deep(100_000))).toBeNull();
	});

	it('reads a quarter of a mebibyte of text without trouble', () => {
		const long = JSON.stringify({ tekst: 'ą"\\'.repeat(65_536) });
		expect(printJson(read(long))).toBe(`{\n  "tekst": ${long.slice(9, -1)}\n}`);
	});
});

describe('one member of a text', () => {
	it('is taken as it stands', () => {
		const source = ' {"a" : {"input":[1,"}"]}, "\\u0069nput":0 ,"input" : { "kwota" : 1.10 } ,"last":tru';
		expect(memberText(source, 'input')).toBe('{ "kwota" : 1.10 }');
		expect(memberText(source, 'a')).toBe('{"input":[1,"}"]}');
		expect(memberText(source, 'nowhere')).toBeNull();
		for (const none of ['', '[1]', '"input"', '{', '{"input', '{"input":', '{"input":{"a":1', '{"input":"a']) {
			expect(memberText(none, 'nowhere')).toBeNull();
		}
		expect(memberText('{"input":null}', 'input')).toBe('null');
		expect(memberText('{"input":"a\\"b","x":1}', 'input')).toBe('"a\\"b"');
	});

	it('is the one that the language reads, whatever surrounds it', () => {
		const roll = dice(99);
		for (let n = 0; n < 1_000; n++) {
			const [before, value, after] = [anyJson(roll), anyJson(roll), anyJson(roll)];
			const found = memberText(`{"before": ${before} ,"input":${value},"after":${after}}`, 'input');
			expect(found).toBe(value.trim());
		}
	});
});

describe('the values of a JSON text', () => {
	const sample = entries('{"pozycje":[{"kwota netto":1.10,"nip":"*******123"},{"nr":"FV/1"}],"e\'a":null,"uwagi":"Kwota ŻADNA"}');

	it('have an address each', () => {
		expect(sample.map((_, at) => pathOf(sample, at))).toEqual([
			'$',
			'$.pozycje',
			'$.pozycje[0]',
			"$.pozycje[0]['kwota netto']",
			'$.pozycje[0].nip',
			'$.pozycje[1]',
			'$.pozycje[1].nr',
			"$['e\\'a']",
			'$.uwagi',
		]);
		expect(holders(sample, 3)).toEqual([2, 1, 0]);
	});

	it('are seen where what holds them is open', () => {
		expect(seen(sample, () => true)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
		expect(seen(sample, (at) => at !== 2)).toEqual([0, 1, 2, 5, 6, 7, 8]);
		expect(seen(sample, (at) => at !== 0)).toEqual([0]);
	});

	it('are found by name and by text, whatever the case', () => {
		expect(hitsOf(sample, 'KWOTA')).toEqual([3, 8]);
		expect(hitsOf(sample, 'żadna')).toEqual([8]);
		expect(hitsOf(sample, '1.10')).toEqual([3]);
		expect(hitsOf(sample, '  ')).toEqual([]);
	});

	it('say when they were masked', () => {
		expect(['***', '*********59', 'a***@b***.pl', '**', 'a*b'].map(isMasked)).toEqual([true, true, true, false, false]);
	});
});
