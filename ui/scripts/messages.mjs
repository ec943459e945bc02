// Writes src/i18n/messages.ts: the keys of the catalogue with the parameters of each, so that a missing key or parameter
// does not compile. Run it after a change of locales/pl.json; a unit test notices when it was forgotten.
import { readFile, writeFile } from 'node:fs/promises';

/** Width of the lines that keys are written in. */
const WIDTH = 150;

export function generate(catalogue) {
	const keysOf = new Map();
	for (const [key, message] of Object.entries(catalogue)) {
		const values = valuesOf(message);
		keysOf.set(values, [...(keysOf.get(values) ?? []), `'${key}'`]);
	}
	const groups = [...keysOf].map(([values, keys]) => {
		const short = `Record<${keys.join(' | ')}, ${values}>`;
		return short.length <= WIDTH ? short : `Record<\n${filled(keys)},\n\t${values}\n>`;
	});
	return `// Made by scripts/messages.mjs from locales/pl.json. Do not edit.\n\n/** The keys by the values that their messages take. */\nexport type Messages = ${groups.join(' &\n\t')};\n`;
}

/** The type of what a message takes; null: nothing. */
function valuesOf(message) {
	const plural = typeof message !== 'string';
	const forms = plural ? Object.values(message) : [message];
	const names = [...new Set(forms.flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map((match) => match[1])))].sort();
	const fields = names.map((name) => `${name}: ${name === 'n' && plural ? 'number' : 'string | number'}`);
	return fields.length === 0 ? 'null' : `{ ${fields.join('; ')} }`;
}

/** A union of keys, as many in a line as it holds. */
function filled(keys) {
	const lines = [''];
	for (const key of keys) {
		const longer = `${lines.at(-1)} | ${key}`;
		if (longer.length <= WIDTH) lines[lines.length - 1] = longer;
		else lines.push(` | ${key}`);
	}
	return lines.map((line) => `\t${line.trimStart()}`).join('\n');
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
	const catalogue = JSON.parse(await readFile(new URL('../locales/pl.json', import.meta.url), 'utf8'));
	await writeFile(new URL('../src/i18n/messages.ts', import.meta.url), generate(catalogue));
}
