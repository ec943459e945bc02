// Writes src/i18n/messages.ts: the keys of the catalogue with the parameters of each, so that a missing key or parameter
// does not compile. Run it after a change of locales/pl.json; a unit test notices when it was forgotten.
import { readFile, writeFile } from 'node:fs/promises';

export function generate(catalogue) {
	const lines = Object.entries(catalogue).map(([key, message]) => {
		const plural = typeof message !== 'string';
		const forms = plural ? Object.values(message) : [message];
		const names = [...new Set(forms.flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map((match) => match[1])))].sort();
		const fields = names.map((name) => `${name}: ${name === 'n' && plural ? 'number' : 'string | number'}`);
		return `\t'${key}': ${fields.length === 0 ? 'null' : `{ ${fields.join('; ')} }`};`;
	});
	return `// Made by scripts/messages.mjs from locales/pl.json. Do not edit.\n\nexport interface Messages {\n${lines.join('\n')}\n}\n`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
	const catalogue = JSON.parse(await readFile(new URL('../locales/pl.json', import.meta.url), 'utf8'));
	await writeFile(new URL('../src/i18n/messages.ts', import.meta.url), generate(catalogue));
}
