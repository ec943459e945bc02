import type { JsonNode } from './parse';

/** One value of a JSON text, in the order of the text. */
export interface Entry {
	readonly node: JsonNode;
	/** The entry that holds it; -1: it is the whole. */
	readonly parent: number;
	readonly depth: number;
	/** Its name in an object; null in an array and of the whole. */
	readonly key: string | null;
	/** Its place among its siblings, from 0, and how many they are. */
	readonly position: number;
	readonly siblings: number;
	/** The entry after all that it holds. */
	next: number;
}

/** All values, each before what it holds. */
export function entriesOf(root: JsonNode): readonly Entry[] {
	const entries: Entry[] = [];
	const add = (node: JsonNode, parent: number, key: string | null, position: number, siblings: number) => {
		const depth = parent < 0 ? 0 : (entries[parent]?.depth ?? 0) + 1;
		const entry: Entry = { node, parent, depth, key, position, siblings, next: 0 };
		const at = entries.push(entry) - 1;
		if (node.kind === 'object') {
			for (const [n, { key: name, value }] of node.members.entries()) add(value, at, name, n, node.members.length);
		}
		if (node.kind === 'array') for (const [n, item] of node.items.entries()) add(item, at, null, n, node.items.length);
		entry.next = entries.length;
	};
	add(root, -1, null, 0, 1);
	return entries;
}

/** How many values it holds directly. */
export function partsOf(node: JsonNode): number {
	if (node.kind === 'object') return node.members.length;
	return node.kind === 'array' ? node.items.length : 0;
}

/** The entries that are seen while only some are open. */
export function seen(entries: readonly Entry[], isOpen: (at: number) => boolean): number[] {
	const out: number[] = [];
	for (let at = 0; at < entries.length; ) {
		out.push(at);
		at = isOpen(at) ? at + 1 : (entries[at]?.next ?? entries.length);
	}
	return out;
}

/** Those that hold an entry, the nearest first. */
export function holders(entries: readonly Entry[], at: number): number[] {
	const out: number[] = [];
	for (let one = entries[at]?.parent ?? -1; one >= 0; one = entries[one]?.parent ?? -1) out.push(one);
	return out;
}

/** The entries whose name or own text has a text in it, whatever the case. */
export function hitsOf(entries: readonly Entry[], text: string): number[] {
	const needle = text.trim().toLocaleLowerCase('pl');
	if (needle === '') return [];
	const has = (value: string | null) => value?.toLocaleLowerCase('pl').includes(needle) === true;
	const out: number[] = [];
	entries.forEach(({ key, node }, at) => {
		if (has(key) || has(ownText(node))) out.push(at);
	});
	return out;
}

/** What a value says by itself; null of what only holds others. */
export function ownText(node: JsonNode): string | null {
	if (node.kind === 'object' || node.kind === 'array') return null;
	return node.kind === 'string' ? node.value : node.text;
}

const PLAIN_NAME = /^[\p{L}_$][\p{L}\p{N}_$]*$/u;

/** The address of a value within the whole, as JSONPath writes it: $.pozycje[0]['kwota netto']. */
export function pathOf(entries: readonly Entry[], at: number): string {
	const names = [at, ...holders(entries, at)].reverse().slice(1);
	return `$${names.map((one) => segment(entries[one])).join('')}`;
}

function segment(entry: Entry | undefined): string {
	if (entry === undefined) return '';
	if (entry.key === null) return `[${entry.position}]`;
	if (PLAIN_NAME.test(entry.key)) return `.${entry.key}`;
	const quoted = JSON.stringify(entry.key).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
	return `['${quoted}']`;
}

/** Whether the server put asterisks in place of something: "*********59", "a***@b***.pl", "***". */
export function isMasked(text: string): boolean {
	return text.includes('***');
}
