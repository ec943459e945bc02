// Holds the built page to its size, and to loading nothing from elsewhere. Sizes are bytes after compression unless they say otherwise.
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const KB = 1_000;
const dist = fileURLToPath(new URL('../dist', import.meta.url));
const html = await readFile(join(dist, 'index.html'), 'utf8');

const entries = await readdir(dist, { recursive: true, withFileTypes: true });
const files = await Promise.all(
	entries
		.filter((entry) => entry.isFile())
		.map(async (entry) => {
			const path = join(entry.parentPath, entry.name);
			const bytes = await readFile(path);
			const name = relative(dist, path).replaceAll('\\', '/');
			return { name, bytes, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length };
		}),
);

const of = (extension) => files.filter((file) => extname(file.name) === extension);
const isFirst = (file) => html.includes(`"/${file.name}"`);
const sum = (some, size) => some.reduce((total, file) => total + file[size], 0);
const largest = (some) => Math.max(0, ...some.map((file) => file.gzip));

const limits = [
	['first script', sum(of('.js').filter(isFirst), 'gzip'), 190 * KB],
	['largest later script', largest(of('.js').filter((file) => !isFirst(file))), 60 * KB],
	['styles', sum(of('.css'), 'gzip'), 20 * KB],
	['fonts, as they are', sum(of('.woff2'), 'raw'), 45 * KB],
	['everything', sum(files, 'gzip'), 450 * KB],
	['everything, uncompressed', sum(files, 'raw'), 1_600 * KB],
];

/** Names that stand in code as names and are never fetched: XML namespaces, React's error pages, licence texts. */
const NEVER_FETCHED = /^https?:\/\/(www\.w3\.org|react\.dev|scripts\.sil\.org|openfontlicense\.org|github\.com)\b/;

const broken = [];
for (const [name, size, limit] of limits) {
	const fits = size <= limit;
	console.log(`${fits ? ' ' : '!'} ${name.padEnd(26)} ${(size / KB).toFixed(1).padStart(7)} kB of ${limit / KB} kB`);
	if (!fits) broken.push(`${name} takes ${(size / KB).toFixed(1)} kB, its limit is ${limit / KB} kB`);
}
const brotli = files.reduce((total, file) => total + brotliCompressSync(file.bytes).length, 0);
console.log(`  everything with brotli     ${(brotli / KB).toFixed(1).padStart(7)} kB`);

for (const file of files.filter(({ name }) => /\.(js|css|html|svg|webmanifest)$/.test(name))) {
	for (const [address] of file.bytes.toString('utf8').matchAll(/\bhttps?:\/\/[a-z0-9.-]+/gi)) {
		if (!NEVER_FETCHED.test(address)) broken.push(`${file.name} names ${address}: the page must load nothing from elsewhere`);
	}
	if (/-(?=[^./]*[A-Z0-9_])[\w-]{8}\.(js|css|woff2)$/.test(file.name)) {
		broken.push(`${file.name} looks hashed: names in dist are stable`);
	}
}
if (/<style|<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=/i.test(html)) broken.push('index.html holds inline script or style');

if (broken.length > 0) {
	for (const line of new Set(broken)) console.error(line);
	process.exit(1);
}
