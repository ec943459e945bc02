// Runs the tests of the official client libraries against the real program, which is built once for all of them.
// With names (`node run.mjs otlp socketio`): only those.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const repository = join(here, '../..');
const folder = mkdtempSync(join(tmpdir(), 'flowwatch-sdk-'));
const program = join(folder, 'flowwatch');
const named = process.argv.slice(2);

try {
	execFileSync('go', ['build', '-tags', 'timetzdata', '-o', program, './cmd/flowwatch'], {
		cwd: repository,
		stdio: 'inherit',
		env: { ...process.env, CGO_ENABLED: '0' },
	});
	const files = readdirSync(here).filter((file) => file.endsWith('.test.mjs'));
	const chosen = named.length === 0 ? files : files.filter((file) => named.includes(file.replace('.test.mjs', '')));
	if (chosen.length === 0) throw new Error(`no such test: ${named.join(' ')}`);
	const { status } = spawnSync(
		process.execPath,
		[
			'--test',
			'--test-concurrency=2',
			'--test-timeout=120000',
			'--test-reporter=spec',
			...chosen.map((file) => join(here, file)),
		],
		{ stdio: 'inherit', env: { ...process.env, FLOWWATCH_PROGRAM: program } },
	);
	process.exitCode = status ?? 1;
} finally {
	rmSync(folder, { recursive: true, force: true });
}
