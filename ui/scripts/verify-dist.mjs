// Proves that the committed dist is what the source builds: builds anew into a temporary folder and compares byte by byte.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const committed = join(root, 'dist');
/** The bundler has been seen to change the order of modules between builds of large pages; a true difference stays. */
const BUILDS_MAX = 3;

async function contents(folder) {
	const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
	const files = new Map();
	for (const entry of entries) {
		if (!entry.isFile()) continue;
		const path = join(entry.parentPath, entry.name);
		files.set(relative(folder, path), await readFile(path));
	}
	return files;
}

export function differences(fresh, old) {
	const names = [...new Set([...fresh.keys(), ...old.keys()])].sort();
	return names.flatMap((name) => {
		const [a, b] = [fresh.get(name), old.get(name)];
		if (a === undefined) return [`${name}: no build makes it`];
		if (b === undefined) return [`${name}: is missing`];
		return a.equals(b) ? [] : [`${name}: differs (${b.length} bytes, a fresh build makes ${a.length})`];
	});
}

async function fresh() {
	const outDir = await mkdtemp(join(tmpdir(), 'flowwatch-ui-'));
	try {
		await build({ root, logLevel: 'error', build: { outDir, emptyOutDir: true } });
		return await contents(outDir);
	} finally {
		await rm(outDir, { recursive: true, force: true });
	}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const old = await contents(committed);
	let found = [];
	for (let n = 0; n < BUILDS_MAX; n++) {
		found = differences(await fresh(), old);
		if (found.length === 0) break;
	}
	if (found.length > 0) {
		console.error('ui/dist is not what the source builds; run "make ui" and commit it:');
		for (const line of found) console.error(`  ${line}`);
		process.exit(1);
	}
	console.log(`ui/dist equals a fresh build, ${old.size} files`);
}
