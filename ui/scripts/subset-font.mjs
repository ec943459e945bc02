// Cuts Inter down to the letters the page can show and to the weights it uses.
// Its result is committed (src/design/fonts); run it only to change the set.
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import subsetFont from 'subset-font';

const resolve = createRequire(import.meta.url).resolve;
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)).join('');

const latin = `${range(0x20, 0x7e)}${range(0xa0, 0xff)}ŒœŸ‘’‚“”„†•…‰‹›⁄€™−←↑→↓\u2007\u2009\u202f–—`;
const latinExt = `${range(0x100, 0x17f)}ȘșȚț`;

for (const [name, text] of [
	['latin', latin],
	['latin-ext', latinExt],
]) {
	const source = await readFile(resolve(`@fontsource-variable/inter/files/inter-${name}-wght-normal.woff2`));
	const font = await subsetFont(source, text, {
		targetFormat: 'woff2',
		variationAxes: { wght: { min: 400, max: 700 } },
	});
	await writeFile(new URL(`../src/design/fonts/inter-${name}.woff2`, import.meta.url), font);
	console.log(name, font.length);
}
