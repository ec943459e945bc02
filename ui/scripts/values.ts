import { readFile } from 'node:fs/promises';
import type { Plugin } from 'vite';

const FIRST = new URL('../locales/pl.json', import.meta.url);
const WANTED = /\/locales\/\w+\.json\?values$/;

/** Answers the import of a catalogue with "?values": its messages alone, in the order of the keys of the Polish one, which the page has anyway. */
export function values(): Plugin {
	return {
		name: 'values',
		enforce: 'pre',
		async load(id) {
			if (!WANTED.test(id)) return null;
			const [first, wanted] = await Promise.all(
				[FIRST, id.replace('?values', '')].map(async (path) => JSON.parse(await readFile(path, 'utf8'))),
			);
			this.addWatchFile(id.replace('?values', ''));
			return { code: `export default ${JSON.stringify(Object.keys(first).map((key) => wanted[key]))}`, moduleType: 'js' };
		},
	};
}
