import type { JsonNode } from './parse';

/** A value as JSON of many lines, each two spaces deeper than what holds it. The first line is not indented. */
export function printJson(node: JsonNode, depth = 0): string {
	const inner = '  '.repeat(depth + 1);
	const close = `\n${'  '.repeat(depth)}`;
	if (node.kind === 'object') {
		if (node.members.length === 0) return '{}';
		const lines = node.members.map(({ key, value }) => `\n${inner}${JSON.stringify(key)}: ${printJson(value, depth + 1)}`);
		return `{${lines.join(',')}${close}}`;
	}
	if (node.kind === 'array') {
		if (node.items.length === 0) return '[]';
		return `[${node.items.map((item) => `\n${inner}${printJson(item, depth + 1)}`).join(',')}${close}]`;
	}
	return scalarText(node);
}

/** A value without parts, as JSON. */
export function scalarText(node: Exclude<JsonNode, { kind: 'object' | 'array' }>): string {
	return node.kind === 'string' ? JSON.stringify(node.value) : node.text;
}
