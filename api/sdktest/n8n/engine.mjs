// The real n8n from npm: one process on a folder of its own, with the hook that Flowwatch ships.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../../../ui/e2e/appliance.mjs';
import { until } from '../server.mjs';

const HOOK = fileURLToPath(new URL('../../ingest/n8n/flowwatch-hook.cjs', import.meta.url));
const START_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 60_000; // n8n itself gives up after 30 s

export class N8n {
	#node;
	#program;
	#folder;
	#env;
	#process = null;
	#output = '';
	#cookie; // of the session in n8n's page

	/** One of the installation under `prefix`, run by the Node.js at `node`; it has all `workflows`. */
	static async with(workflows, prefix, node) {
		const one = new N8n();
		one.#node = node;
		one.#program = join(prefix, 'node_modules/n8n/bin/n8n');
		one.#folder = await mkdtemp(join(tmpdir(), 'flowwatch-n8n-'));
		const [port, broker] = [await freePort(), await freePort()];
		one.origin = `http://127.0.0.1:${port}`;
		one.#env = {
			PATH: process.env.PATH,
			N8N_USER_FOLDER: one.#folder,
			N8N_LISTEN_ADDRESS: '127.0.0.1',
			N8N_PORT: String(port),
			N8N_RUNNERS_BROKER_PORT: String(broker),
			N8N_DIAGNOSTICS_ENABLED: 'false',
			N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
			N8N_TEMPLATES_ENABLED: 'false',
			N8N_OTEL_ENABLED: 'false',
		};
		const file = join(one.#folder, 'workflows.json');
		await writeFile(file, JSON.stringify(workflows));
		await promisify(execFile)(node, [one.#program, 'import:workflow', `--input=${file}`], { env: one.#env });
		return one;
	}

	/** Runs it; answers when it says that it is there. */
	async start(env) {
		const child = spawn(this.#node, [this.#program, 'start'], {
			env: { ...this.#env, EXTERNAL_HOOK_FILES: HOOK, ...env },
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		this.#process = child;
		this.#output = '';
		let ready = false;
		const read = (data) => {
			this.#output = `${this.#output}${data}`.slice(-20_000);
			ready ||= this.#output.includes('Editor is now accessible');
		};
		child.stdout.on('data', read);
		child.stderr.on('data', read);
		const limit = Date.now() + START_LIMIT_MS;
		while (!ready) {
			if (Date.now() > limit || child.exitCode !== null) throw new Error(`n8n did not start:\n${this.#output}`);
			await new Promise((later) => setTimeout(later, 50));
		}
	}

	/** What it wrote, its end. */
	get output() {
		return this.#output;
	}

	/** Calls the webhook of a workflow, as a program of the office does, as soon as it is there; answers the status when n8n answers. */
	call(path) {
		return until(`the webhook ${path}`, async () => {
			const response = await fetch(`${this.origin}/webhook/${path}`, {
				method: 'POST',
				headers: { 'Content-Type': 'application/json' },
				body: JSON.stringify({ nip: '5260001246', kwota: 123.45 }),
			});
			await response.arrayBuffer();
			return response.status !== 404 && response.status;
		});
	}

	/** Makes n8n's first user and signs in: what follows is done as in n8n's page. */
	async signIn() {
		const user = { email: 'biuro@example.com', firstName: 'Anna', lastName: 'Nowak', password: 'Ksiegowosc2026' };
		const response = await this.#page('/rest/owner/setup', user);
		this.#cookie = response.headers
			.getSetCookie()
			.map((cookie) => cookie.split(';')[0])
			.join('; ');
	}

	/** Lets the webhook of a workflow be called. */
	async publish(id) {
		const { data } = await (await this.#page(`/rest/workflows/${id}`)).json();
		await this.#page(`/rest/workflows/${id}/activate`, { versionId: data.versionId });
	}

	/** Does something to an execution: `stop`, `retry`. */
	async act(executionId, action) {
		await this.#page(`/rest/executions/${executionId}/${action}`, {});
	}

	async #page(path, body) {
		const response = await fetch(this.origin + path, {
			method: body === undefined ? 'GET' : 'POST',
			headers: { 'Content-Type': 'application/json', ...(this.#cookie && { Cookie: this.#cookie }) },
			...(body && { body: JSON.stringify(body) }),
		});
		if (!response.ok) throw new Error(`n8n answered ${path} with ${response.status}: ${await response.text()}`);
		return response;
	}

	/** Ends it as an operator would. */
	async stop() {
		const signal = await this.#end('SIGTERM');
		if (signal !== null) throw new Error(`n8n did not stop:\n${this.#output}`);
	}

	/** Ends it as a power cut would. */
	async kill() {
		await this.#end('SIGKILL');
	}

	/** Answers by which signal it ended, null: by itself. */
	async #end(signal) {
		const child = this.#process;
		this.#process = null;
		if (child === null || child.exitCode !== null || child.signalCode !== null) return null;
		const ended = new Promise((done) => child.once('exit', done));
		const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
		child.kill(signal);
		await ended;
		clearTimeout(late);
		return child.signalCode;
	}

	async remove() {
		await this.stop();
		await rm(this.#folder, { recursive: true, force: true });
	}
}
