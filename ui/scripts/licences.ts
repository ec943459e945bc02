import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const FOLDER = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/;

/** Puts the licences of all packages whose code is in the page beside it: they ask to travel with every copy. */
export function licences(): Plugin {
	return {
		name: 'licences',
		apply: 'build',
		generateBundle(_, bundle) {
			const folders = new Set<string>();
			for (const part of Object.values(bundle)) {
				if (part.type !== 'chunk') continue;
				for (const id of part.moduleIds) {
					const folder = FOLDER.exec(id.replaceAll('\\', '/'))?.[0];
					if (folder !== undefined && existsSync(join(folder, 'package.json'))) folders.add(folder);
				}
			}
			const source = [...folders].map(licenceOf).sort().join('\n');
			this.emitFile({ type: 'asset', fileName: 'licenses/packages.txt', source });
		},
	};
}

function licenceOf(folder: string): string {
	const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
	const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
	const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim()}\n`;
	return `${name} ${version}, ${license}\n${text}`;
}
