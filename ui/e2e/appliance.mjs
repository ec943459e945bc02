// The real program, built and run by the browser test: one process on a directory of its own.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const SECRET = 'browser-test-0123456789abcdef';
const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 12_000;

/** The page that is tested is the committed one: the program embeds ui/dist. */
export class Appliance {
	#folder;
	/** Of another one that runs the same program; undefined: its own. */
	#program;
	#process = null;
	#output = '';

	/** Builds the program into a temporary folder. */
	async build() {
		this.#folder = await mkdtemp(join(tmpdir(), 'flowwatch-browser-'));
		const args = ['build', '-trimpath', '-tags', 'timetzdata', '-ldflags', '-s -w', '-o', this.#binary, './cmd/flowwatch'];
		await promisify(execFile)('go', args, { cwd: repository, env: { ...process.env, CGO_ENABLED: '0' } });
		this.origin = `http://127.0.0.1:${await freePort()}`;
	}

	get #binary() {
		return this.#program ?? join(this.#folder, 'flowwatch');
	}

	/** Another one of the same program, on a directory and an address of its own, without backups. */
	sibling() {
		return Appliance.of(this.#binary);
	}

	/** One of a program that is built already, on a directory and an address of its own, without backups. */
	static async of(program) {
		const one = new Appliance();
		one.#folder = await mkdtemp(join(tmpdir(), 'flowwatch-browser-'));
		one.#program = program;
		one.origin = `http://127.0.0.1:${await freePort()}`;
		return one;
	}

	/** The token of an administrator of the one organisation, with all that programs may do. */
	get secret() {
		return SECRET;
	}

	/** Runs it on the same directory and address as before; answers the address that it prints: on the first start the set-up link. */
	async start(...flags) {
		const [data, backups] = [join(this.#folder, 'data'), join(this.#folder, 'backups')];
		const args = [
			'serve',
			'--data',
			data,
			...(this.#program === undefined ? ['--backup-dir', backups] : []),
			'--listen',
			new URL(this.origin).host,
			'--rate-limit',
			'0',
			'--webhook-allow',
			'127.0.0.1/32',
			...flags,
		];
		const child = spawn(this.#binary, args, {
			env: { ...process.env, FLOWWATCH_BOOTSTRAP_TOKEN: SECRET },
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		this.#process = child;
		let printed = '';
		child.stdout.on('data', (data) => {
			printed += data;
		});
		child.stderr.on('data', (data) => {
			this.#output = `${this.#output}${data}`.slice(-4_000);
		});
		const limit = Date.now() + START_LIMIT_MS;
		while (Date.now() < limit && child.exitCode === null) {
			const link = /https?:\/\/\S+\/(setup#key=\S+|login)/.exec(printed)?.[0];
			if (link !== undefined && (await this.#ready())) return link;
			await new Promise((later) => setTimeout(later, 20));
		}
		throw new Error(`the program did not start:\n${printed}${this.#output}`);
	}

	/** What it wrote at last, if it ended although nobody ended it; else null. */
	get lastWords() {
		const child = this.#process;
		if (child === null || (child.exitCode === null && child.signalCode === null)) return null;
		return `the program ended with ${child.signalCode ?? child.exitCode}:\n${this.#output}`;
	}

	async #ready() {
		const answer = await fetch(`${this.origin}/readyz`).catch(() => null);
		return answer?.status === 200;
	}

	/** Ends it as a power cut would. */
	async kill() {
		await this.#end('SIGKILL');
	}

	/** Ends it as an operator would, and removes everything. */
	async remove() {
		await this.#end('SIGTERM');
		if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
	}

	async #end(signal) {
		const child = this.#process;
		this.#process = null;
		if (child === null || child.exitCode !== null || child.signalCode !== null) return;
		const ended = new Promise((done) => child.once('exit', done));
		const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
		child.kill(signal);
		await ended;
		clearTimeout(late);
	}

	/** Reports events as an engine does; all of them must be accepted. Answers when they are durable. */
	async send(...events) {
		await this.sendText(JSON.stringify(events));
	}

	/** The same of events that are written already: with numbers that this language does not hold. */
	async sendText(body) {
		const answer = await this.#ask('/api/ingest/events', body);
		if (answer.rejected.length > 0) throw new Error(`ingest rejected: ${JSON.stringify(answer)}`);
	}

	/** Asks as a program with a token does: posts a body, or gets where there is none. */
	ask(path, body) {
		return this.#ask(path, body === undefined ? undefined : JSON.stringify(body));
	}

	async #ask(path, body) {
		const response = await fetch(this.origin + path, {
			method: body === undefined ? 'GET' : 'POST',
			headers: { Authorization: `Bearer ${SECRET}`, 'Content-Type': 'application/json' },
			...(body === undefined ? {} : { body }),
		});
		const answer = await response.json();
		if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`);
		return answer;
	}
}

export function freePort() {
	return new Promise((found, failed) => {
		const server = createServer();
		server.once('error', failed);
		server.listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => found(port));
		});
	});
}
