'use strict';
// Tells Flowwatch what n8n does: every execution and every node, while they run. n8n loads this file at its start when
// EXTERNAL_HOOK_FILES names it; no workflow is changed. It needs nothing but n8n itself (2.x), and two settings:
//
//   FLOWWATCH_URL        where Flowwatch is, such as https://flowwatch.biuro.example:8443
//   FLOWWATCH_TOKEN      an API token with the right to send events
//   FLOWWATCH_INSTANCE   optional: a name for this n8n, where several send (letters, digits, . _ -)
//   FLOWWATCH_PAYLOADS   optional: "true" also sends what nodes put out; by default no data of items leave n8n
//
// What n8n does never waits for Flowwatch and never fails because of it. While Flowwatch is away, news are kept in memory,
// and in n8n's folder when n8n ends meanwhile, and sent later; when these are too many the oldest go first, and n8n's log
// says how many.

const { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { homedir } = require('node:os');
const { join } = require('node:path');

const LIMITS = {
	messages: 20_000, // kept while Flowwatch is away …
	bytes: 16 << 20, // … and how large they may be in all
	batch: 500,
	batchBytes: 1 << 20,
	batchRuns: 5_000, // of nodes; each is up to two events, of which Flowwatch takes 20,000 at once
	runs: 2_000, // of nodes in one message; a report with more is sent in parts
	runsOfExecution: 20_000, // of nodes that one execution tells of; of more, the last
	executions: 5_000, // under way or asleep, whose nodes are counted
	text: 4_000, // characters of an error's texts
	walk: 20_000, // values of a node's output that are looked at for its size
	depth: 100, // of such a value
	payload: 64 << 10, // characters of a node's output, as JSON
	part: 500_000, // characters that the runs of nodes in one message may have, as JSON
};
const PAUSE = { gather: 50, finish: 500, least: 500, most: 5_000, asked: 60_000, answer: 10_000 }; // ms

const log = (text) => process.stderr.write(`[flowwatch] ${text}\n`);

/** Runs what must not harm n8n, whatever happens in it. */
function harmless(what) {
	return (...given) => {
		try {
			return what(...given);
		} catch (error) {
			log(`internal error, n8n goes on: ${error?.stack ?? error}`);
		}
	};
}

// ------------------------------------------------------------------------------------------------------------ sending

/** Messages on their way to Flowwatch: one request at a time, again until it is answered. */
class Outbox {
	/** Messages that wait, the oldest first. */
	waiting = new Set();
	/** Those of them that the report of their execution will say again, by execution. */
	passing = new Map();
	/** Those that are being sent. */
	batch = [];
	bytes = 0; // of those that wait
	busy = false;
	dropped = 0;
	failures = 0;
	most = LIMITS.batch;

	constructor(url, token) {
		this.url = url;
		this.token = token;
	}

	/** Queues a message. What is not lasting is said again by the report of its execution, and need not wait beside it. */
	add(message, { report = false, lasting = report, runs = 1 } = {}) {
		const text = JSON.stringify(message);
		const entry = { text, bytes: Buffer.byteLength(text), runs, execution: message.executionId, lasting };
		if (report) for (const one of this.passing.get(entry.execution) ?? []) this.remove(one);
		this.put(entry);
		this.bound();
		if (!this.busy) this.later(PAUSE.gather);
	}

	/** What was not sent, the oldest first. */
	get unsent() {
		return [...this.batch, ...this.waiting].map((one) => one.text);
	}

	/** Queues what an earlier n8n could not send. */
	restore(texts) {
		for (const text of texts) {
			const runs = text.split('"startTime"').length;
			this.put({ text, bytes: Buffer.byteLength(text), runs, execution: undefined, lasting: true });
		}
		this.bound();
		if (this.waiting.size > 0) this.later(PAUSE.gather);
	}

	put(entry) {
		this.waiting.add(entry);
		this.bytes += entry.bytes;
		if (entry.lasting) return;
		if (!this.passing.has(entry.execution)) this.passing.set(entry.execution, new Set());
		this.passing.get(entry.execution).add(entry);
	}

	remove(entry) {
		this.waiting.delete(entry);
		this.bytes -= entry.bytes;
		const beside = this.passing.get(entry.execution);
		if (beside?.delete(entry) && beside.size === 0) this.passing.delete(entry.execution);
	}

	/** Keeps the queue within its limits: what reports will say again goes first, then the oldest. */
	bound() {
		while (this.waiting.size > LIMITS.messages || this.bytes > LIMITS.bytes) {
			const [victims = this.waiting] = this.passing.values();
			const [oldest] = victims;
			this.remove(oldest);
			this.dropped++;
		}
	}

	later(ms) {
		this.busy = true;
		setTimeout(() => this.send(), ms).unref();
	}

	/** Takes the oldest messages that fit into one request. */
	take() {
		const taken = [];
		let bytes = 0;
		let runs = 0;
		for (const one of this.waiting) {
			bytes += one.bytes;
			runs += one.runs;
			const over = taken.length === this.most || bytes > LIMITS.batchBytes || runs > LIMITS.batchRuns;
			if (over && taken.length > 0) break;
			taken.push(one);
		}
		for (const one of taken) this.remove(one);
		return taken;
	}

	async send() {
		if (this.batch.length === 0) this.batch = this.take();
		if (this.batch.length === 0) {
			this.busy = false;
			return;
		}
		try {
			const response = await fetch(this.url, {
				method: 'POST',
				headers: { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/x-ndjson' },
				body: this.batch.map((one) => one.text).join('\n'),
				signal: AbortSignal.timeout(PAUSE.answer),
			});
			this.answered(response, await response.text());
		} catch (error) {
			this.failed(error.cause?.code ?? error.message);
		}
	}

	answered(response, answer) {
		const count = this.batch.length;
		if (response.ok) {
			const { rejected = [] } = JSON.parse(answer);
			if (rejected.length > 0) log(`Flowwatch could not read ${rejected.length} messages: ${JSON.stringify(rejected[0])}`);
			this.taken();
		} else if (response.status === 413 && count > 1) {
			this.most = Math.ceil(count / 2);
			for (const one of this.batch.splice(this.most)) this.put(one);
			this.later(0);
		} else if ([400, 413, 415, 422].includes(response.status)) {
			log(`Flowwatch refuses ${count} messages (${response.status}): ${answer.slice(0, 500)}`);
			this.taken();
		} else {
			this.failed(`${response.status} ${answer.slice(0, 200)}`, Number(response.headers.get('Retry-After')) * 1_000);
		}
	}

	/** The batch is Flowwatch's now: on to the next. */
	taken() {
		if (this.failures > 0 || this.dropped > 0)
			log(`Flowwatch takes news again; ${this.dropped} old messages were dropped meanwhile`);
		this.failures = this.dropped = 0;
		this.batch = [];
		this.most = Math.min(LIMITS.batch, this.most * 2);
		this.later(this.waiting.size > 0 ? 0 : PAUSE.gather);
	}

	failed(why, pause = 0) {
		if (this.failures++ === 0) log(`Flowwatch cannot be told (${why}); news are kept and sent later`);
		const backoff = Math.min(PAUSE.most, PAUSE.least * 2 ** Math.min(this.failures - 1, 10));
		this.later(Math.max(backoff * (0.5 + Math.random() / 2), Math.min(pause || 0, PAUSE.asked)));
	}
}

/** Where messages lie that were not sent when n8n ended: a file of each process in n8n's own folder. */
class Shelf {
	constructor({ N8N_USER_FOLDER }) {
		this.folder = join(N8N_USER_FOLDER || homedir(), '.n8n');
	}

	put(texts) {
		if (texts.length === 0) return;
		const file = join(this.folder, `flowwatch-unsent-${process.pid}.ndjson`);
		const kept = existsSync(this.folder);
		if (kept) writeFileSync(file, texts.join('\n'), { mode: 0o600 });
		log(`${texts.length} messages could not be sent ${kept ? `and are kept in ${file} until n8n starts again` : 'and are lost'}`);
	}

	take() {
		const texts = [];
		if (!existsSync(this.folder)) return texts;
		for (const name of readdirSync(this.folder)) {
			if (!/^flowwatch-unsent-\d+\.ndjson$/.test(name)) continue;
			const file = join(this.folder, name);
			texts.push(...readFileSync(file, 'utf8').split('\n').filter(Boolean));
			rmSync(file);
		}
		return texts;
	}
}

// ------------------------------------------------------------------------------------------------------------ what is told

const cut = (text) => (typeof text === 'string' ? text.slice(0, LIMITS.text) : undefined);

/** What an error says, without the data that n8n keeps with it. */
function errorOf(error) {
	if (error === null || typeof error !== 'object') return undefined;
	const { name, message, description, stack, reason, httpCode, code = httpCode } = error;
	const word = typeof code === 'number' || typeof code === 'string' ? code : undefined;
	return {
		name: cut(name),
		message: cut(message),
		description: cut(description),
		stack: cut(stack),
		reason: cut(reason),
		code: word,
	};
}

/** About how large a value is as JSON; undefined when it is too large to be measured without delay. */
function sizeOf(value) {
	let left = LIMITS.walk;
	const size = (one, depth) => {
		if (--left < 0 || depth > LIMITS.depth) left = -1;
		if (left < 0) return 0;
		if (typeof one === 'string') return Buffer.byteLength(one) + 2;
		if (one === null || typeof one !== 'object') return String(one).length;
		let sum = 2;
		for (const name in one) {
			sum += (Array.isArray(one) ? 1 : name.length + 4) + size(one[name], depth + 1);
			if (left < 0) break;
		}
		return sum;
	};
	const sum = size(value, 0);
	return left < 0 ? undefined : sum;
}

/** What a node put out: the JSON of its items. */
const itemsOf = (run) => (run.data?.main ?? []).flatMap((output) => (output ?? []).map((item) => item?.json));

/** As many of the items as may be sent; undefined when they are no JSON. */
function payloadOf(items) {
	const kept = [];
	let length = 2;
	try {
		for (const item of items) {
			length += (JSON.stringify(item)?.length ?? 4) + 1;
			if (length > LIMITS.payload) break;
			kept.push(item);
		}
	} catch {
		return undefined;
	}
	return kept;
}

/** One run of a node, as n8n keeps it, without data. */
function runOf(run, place, finishedAt, payloads) {
	const { startTime, executionTime, executionIndex, executionStatus, error } = run;
	const items = itemsOf(run);
	const told = { run: place, startTime, executionTime, executionIndex, executionStatus, finishedAt, error: errorOf(error) };
	if (run.data?.main) told.outputBytes = sizeOf(items);
	if (payloads && items.length > 0) told.output = payloadOf(items);
	return told;
}

/** The runs of all nodes as {node: [run]}, in parts that are small enough for a message. */
function partsOf(runData, finished, payloads) {
	const all = Object.entries(runData ?? {}).flatMap(([node, runs]) => runs.map((run, place) => ({ node, run, place })));
	const kept = all.filter(({ run }) => run).sort((a, b) => a.run.startTime - b.run.startTime);
	const parts = [{}];
	let runs = 0;
	let length = 0;
	for (const { node, run, place } of kept.slice(-LIMITS.runsOfExecution)) {
		const told = runOf(run, place, finished?.get(node)?.[place], payloads);
		length += JSON.stringify(told).length;
		if (runs === LIMITS.runs || (runs > 0 && length > LIMITS.part)) {
			parts.push({});
			runs = 0;
			length = JSON.stringify(told).length;
		}
		const part = parts.at(-1);
		part[node] ??= [];
		part[node].push(told);
		runs++;
	}
	return parts;
}

const brief = ({ id, name, versionId } = {}) => ({ id, name, versionId });

/** A workflow with the way that its items go. */
const whole = (workflow) => ({ ...brief(workflow), connections: workflow.connections });

/** Makes messages of what n8n says, and gives them to the outbox. */
class Reporter {
	constructor(outbox, payloads) {
		Object.assign(this, { outbox, payloads, executions: new Map(), finishes: new Map() });
	}

	tell(event, { executionId, workflow }, more = {}, { lasting = false } = {}) {
		if (executionId === undefined) return;
		this.outbox.add({ event, at: new Date().toISOString(), executionId, workflow, ...more }, { lasting });
	}

	/** What is remembered of an execution: how often each node began, when each of its runs was seen to end. */
	remember(executionId) {
		const known = { begun: new Map(), finished: new Map(), asleep: false };
		this.executions.delete(executionId);
		this.executions.set(executionId, known);
		if (this.executions.size > LIMITS.executions) this.executions.delete(this.executions.keys().next().value);
		return known;
	}

	started({ executionId, data }) {
		this.remember(executionId);
		this.tell('workflow-pre-execute', { executionId, workflow: brief(data?.workflowData ?? data) });
	}

	throttled({ executionId }) {
		this.tell('execution-throttled', { executionId }, {}, { lasting: true });
	}

	/** Of a run that is under way there comes a report, of one that sleeps nothing more. */
	cancelled({ executionId, workflowId, workflowName, reason }) {
		const known = this.executions.get(executionId);
		if (known !== undefined && !known.asleep) return;
		this.executions.delete(executionId);
		this.tell(
			'execution-cancelled',
			{ executionId, workflow: { id: workflowId, name: workflowName } },
			{ reason },
			{ lasting: true },
		);
	}

	nodeStarted({ executionId, workflow, nodeName }) {
		this.release(executionId);
		let known = this.executions.get(executionId);
		// n8n says nothing when it wakes a run. One that is not known slept when n8n was started.
		if (known === undefined || known.asleep) this.tell('workflow-resume', { executionId, workflow: brief(workflow) });
		const first = known?.begun.size === 0;
		known ??= this.remember(executionId);
		known.asleep = false;
		const run = known.begun.get(nodeName) ?? 0;
		known.begun.set(nodeName, run + 1);
		this.tell('node-pre-execute', { executionId, workflow: first ? whole(workflow) : brief(workflow) }, { node: nodeName, run });
	}

	/** n8n does not say how a node ended: it is told when the run goes on; if it does not, the report says how. */
	nodeFinished({ executionId, workflow, nodeName }) {
		const known = this.executions.get(executionId);
		const run = Math.max(0, (known?.begun.get(nodeName) ?? 1) - 1);
		const now = new Date();
		if (known !== undefined && run < LIMITS.runsOfExecution) {
			if (!known.finished.has(nodeName)) known.finished.set(nodeName, []);
			known.finished.get(nodeName)[run] = now.getTime();
		}
		this.release(executionId);
		const at = now.toISOString();
		const say = () => this.tell('node-post-execute', { executionId, workflow: brief(workflow) }, { at, node: nodeName, run });
		const timer = setTimeout(() => harmless(() => this.release(executionId))(), PAUSE.finish).unref();
		this.finishes.set(executionId, { say, timer });
	}

	/** Tells the finish that is held back. */
	release(executionId) {
		this.withhold(executionId)?.();
	}

	/** Forgets the finish that is held back. */
	withhold(executionId) {
		const held = this.finishes.get(executionId);
		clearTimeout(held?.timer);
		this.finishes.delete(executionId);
		return held?.say;
	}

	/** A run ended, or was put to sleep: all that is known of it. */
	ended(run, workflow, executionId, retryOf) {
		this.withhold(executionId);
		const { resultData = {}, parentExecution } = run.data ?? {};
		const known = this.executions.get(executionId);
		const parts = partsOf(resultData.runData, known?.finished, this.payloads);
		const { mode, status, startedAt, stoppedAt, waitTill } = run;
		const told = {
			mode,
			status,
			startedAt,
			stoppedAt,
			waitTill,
			lastNodeExecuted: resultData.lastNodeExecuted,
			error: errorOf(resultData.error),
		};
		if (parentExecution) told.parent = { executionId: parentExecution.executionId, workflowId: parentExecution.workflowId };
		if (retryOf) told.retryOf = retryOf;
		for (const runData of parts) {
			this.outbox.add(
				{
					hook: 'workflow.postExecute',
					at: new Date().toISOString(),
					executionId,
					workflow: parts.length === 1 ? whole(workflow) : brief(workflow),
					run: { ...told, runData },
				},
				{ report: true, runs: Object.values(runData).flat().length },
			);
		}
		if (status === 'waiting') this.sleeps(known, resultData);
		else this.executions.delete(executionId);
	}

	/** The node at which a run sleeps begins again when it wakes, and is the same run of it. */
	sleeps(known, { lastNodeExecuted, runData }) {
		if (known === undefined) return;
		known.asleep = true;
		known.begun.set(lastNodeExecuted, Math.max(0, (runData?.[lastNodeExecuted]?.length ?? 1) - 1));
	}
}

// ------------------------------------------------------------------------------------------------------------ n8n

/** A module of the n8n that loaded this file, found by one that it has loaded already. */
function ofN8n(name) {
	const loaded = Object.keys(require.cache).find((path) => /[\\/]n8n[\\/]dist[\\/]events[\\/]event\.service\.js$/.test(path));
	return loaded && createRequire(loaded)(name ?? loaded);
}

/** Listens to n8n's event bus, which has no public interface: without it, executions are still told when they end. */
function listen(reporter) {
	const { EventService } = ofN8n() ?? {};
	const bus = EventService && ofN8n('@n8n/di').Container.get(EventService);
	if (!bus)
		return log('this n8n has no event bus where it was looked for: executions are told when they end, not while they run');
	const on = (event, tell) => bus.on(event, harmless(tell));
	on('execution-throttled', (said) => reporter.throttled(said));
	on('workflow-pre-execute', (said) => reporter.started(said));
	on('execution-cancelled', (said) => reporter.cancelled(said));
	on('node-pre-execute', (said) => reporter.nodeStarted(said));
	on('node-post-execute', (said) => reporter.nodeFinished(said));
	log(`tells ${reporter.outbox.url} of every execution`);
}

/** The execution that this one is another try of, which n8n gives to no hook. */
async function retried(run, executionId) {
	try {
		if (run.mode !== 'retry') return undefined;
		const { ExecutionRepository } = ofN8n('@n8n/db');
		const found = await ofN8n('@n8n/di')
			.Container.get(ExecutionRepository)
			.findOne({ select: ['retryOf'], where: { id: executionId } });
		return found?.retryOf ?? undefined;
	} catch {
		return undefined;
	}
}

/** The address of the door for n8n. */
function door({ FLOWWATCH_URL, FLOWWATCH_INSTANCE = '' }) {
	const url = new URL(`${FLOWWATCH_URL.trim().replace(/\/+$/, '')}/api/ingest/n8n`);
	const instance = FLOWWATCH_INSTANCE.trim().replace(/[^A-Za-z0-9._-]/g, '-');
	if (instance) url.searchParams.set('instance', instance);
	return url.href;
}

function hooks(env) {
	if (!env.FLOWWATCH_URL || !env.FLOWWATCH_TOKEN) {
		log('FLOWWATCH_URL and FLOWWATCH_TOKEN must be set: nothing is told');
		return {};
	}
	const outbox = new Outbox(door(env), env.FLOWWATCH_TOKEN.trim());
	const reporter = new Reporter(outbox, env.FLOWWATCH_PAYLOADS === 'true');
	const shelf = new Shelf(env);
	let joined = false;
	const once = harmless(() => {
		if (!joined) {
			joined = true;
			process.once(
				'exit',
				harmless(() => shelf.put(outbox.unsent)),
			);
			harmless(() => outbox.restore(shelf.take()))();
			listen(reporter);
		}
	});
	const report = harmless((run, workflow, executionId, retryOf) => reporter.ended(run, workflow, executionId, retryOf));
	return {
		n8n: { ready: [once] },
		workflow: {
			preExecute: [once], // where n8n.ready is not called: in workers
			postExecute: [async (run, workflow, executionId) => report(run, workflow, executionId, await retried(run, executionId))],
		},
	};
}

module.exports = harmless(hooks)(process.env) ?? {};
