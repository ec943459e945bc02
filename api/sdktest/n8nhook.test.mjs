// The hook for n8n keeps what happens while Flowwatch is away, and harms n8n in no case. It is called here as n8n calls it (its external hook
// workflow.postExecute); that n8n does so, and its event bus, is shown by `make test-n8n` with the real one.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, mock, test } from 'node:test';
import { promisify } from 'node:util';
import { execution, start, until } from './server.mjs';

const require = createRequire(import.meta.url);
const FILE = require.resolve('../ingest/n8n/flowwatch-hook.cjs');
const KEPT_BYTES = 16 << 20; // as the file says

let appliance;
let said; // what the hook wrote to n8n's log
before(async () => {
	appliance = await start();
});
after(() => appliance?.remove());
beforeEach(() => {
	said = [];
	mock.method(process.stderr, 'write', (text) => said.push(text));
});
afterEach(() => mock.restoreAll());

/** The hook as n8n loads it, with these settings beside the usual ones. */
function load(settings = {}) {
	delete require.cache[FILE];
	const before = { ...process.env };
	const usual = {
		FLOWWATCH_URL: appliance.origin,
		FLOWWATCH_TOKEN: appliance.secret,
		N8N_USER_FOLDER: join(tmpdir(), 'flowwatch-no-n8n'),
	};
	Object.assign(process.env, usual, settings);
	try {
		return require(FILE);
	} finally {
		process.env = before;
	}
}

const workflow = {
	id: 'faktury',
	name: 'Faktura do KSeF',
	connections: { Start: { main: [[{ node: 'VAT', type: 'main', index: 0 }]] } },
};

/** What n8n gives to the hook when a run ended, with data in it. */
function run(at = Date.now()) {
	const items = [[{ json: { tajne: 'dane klienta', nip: '526-000-12-46' } }]];
	const node = (startTime, executionTime) => ({
		startTime,
		executionTime,
		executionIndex: 0,
		executionStatus: 'success',
		data: { main: items },
	});
	return {
		mode: 'webhook',
		status: 'success',
		startedAt: new Date(at - 500),
		stoppedAt: new Date(at),
		data: { resultData: { lastNodeExecuted: 'VAT', runData: { Start: [node(at - 500, 10)], VAT: [node(at - 490, 480)] } } },
	};
}

const ended = (hook, id, result = run()) => hook.workflow.postExecute[0](result, workflow, id);

/** How many executions of the instance's workflow there are. */
async function count(instance) {
	const { countsByStatus = {} } = await appliance.ask(`/api/monitoring/executions?workflowId=n8n:${instance}:faktury&limit=1`);
	return Object.values(countsByStatus).reduce((sum, n) => sum + n, 0);
}

test('what happens while Flowwatch is away is told when it is back, each run once', async () => {
	const hook = load({ FLOWWATCH_INSTANCE: 'przerwa' });
	for (let k = 0; k < 50; k++) await ended(hook, String(k));
	await until('the runs of before', async () => (await count('przerwa')) > 0);
	await appliance.kill();
	const began = Date.now();
	for (let k = 50; k < 150; k++) await ended(hook, String(k));
	assert.ok(Date.now() - began < 2_000, 'n8n does not wait');
	await until('the hook says that Flowwatch is away', () => said.some((text) => text.includes('cannot be told')));
	await appliance.start();
	await until('all runs', async () => (await count('przerwa')) === 150);
	const whole = await execution(appliance, 'n8n:przerwa:149');
	assert.deepEqual(
		whole.steps.map((step) => [step.name, step.status, step.duration]),
		[
			['Start', 'completed', 10],
			['VAT', 'completed', 480],
		],
	);
	assert.ok(said.some((text) => text.includes('takes news again; 0 old messages were dropped')));
});

test('what was not sent when n8n ended is sent when it starts again', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'flowwatch-n8n-'));
	await mkdir(join(folder, '.n8n'));
	const settings = { N8N_USER_FOLDER: folder, FLOWWATCH_INSTANCE: 'restart' };
	const first = `
		const hook = require(${JSON.stringify(FILE)});
		hook.n8n.ready[0]();
		const run = { mode: 'webhook', status: 'success', startedAt: new Date(), stoppedAt: new Date(), data: { resultData: {} } };
		const all = [1, 2, 3].map((id) => hook.workflow.postExecute[0](run, { id: 'faktury', name: 'Faktura' }, String(id)));
		Promise.all(all).then(() => process.exit());`;
	const env = { ...process.env, FLOWWATCH_URL: appliance.origin, FLOWWATCH_TOKEN: appliance.secret, ...settings };
	await promisify(execFile)(process.execPath, ['-e', first], { env });
	assert.equal((await readdir(join(folder, '.n8n'))).length, 1, 'it ended before it could send');
	load(settings).n8n.ready[0]();
	await until('the runs of before', async () => (await count('restart')) === 3);
	assert.deepEqual(await readdir(join(folder, '.n8n')), []);
	await rm(folder, { recursive: true });
});

test('no data of items leave n8n unless that is asked for', async () => {
	const sizes = [];
	for (const [instance, payloads] of [
		['bez', ''],
		['z', 'true'],
	]) {
		await ended(load({ FLOWWATCH_INSTANCE: instance, FLOWWATCH_PAYLOADS: payloads }), '1');
		const { executionId } = await execution(appliance, `n8n:${instance}:1`, (one) => one.status === 'completed');
		const step = await appliance.ask(`/api/monitoring/executions/${executionId}/steps/VAT`);
		assert.equal(JSON.stringify(step).includes('dane klienta'), payloads === 'true');
		assert.ok(!JSON.stringify(step).includes('526-000-12-46'), 'masked as everywhere');
		sizes.push(step.outputSizeBytes);
	}
	assert.ok(sizes[0] > 0 && sizes[0] === sizes[1], 'how large they are is told');
});

test('what cannot be kept is dropped, the oldest first, and n8n is told how much', async () => {
	const hook = load({ FLOWWATCH_INSTANCE: 'nadmiar' });
	const text = 'x'.repeat(4_000);
	const failed = run();
	failed.data.resultData.error = { message: text, description: text.toUpperCase(), stack: text };
	const runs = Math.ceil(KEPT_BYTES / 12_000);
	await appliance.kill();
	for (let k = 0; k < runs; k++) await ended(hook, String(k), failed);
	await until('the hook says that Flowwatch is away', () => said.some((line) => line.includes('cannot be told')));
	await appliance.start();
	const dropped = await until('the hook says that Flowwatch is back', () => {
		const line = said.find((one) => one.includes('takes news again'));
		return line && Number(/; (\d+) old/.exec(line)[1]);
	});
	assert.ok(dropped > 0 && dropped < runs / 4, `${dropped} of ${runs}`);
	await until('all others', async () => (await count('nadmiar')) === runs - dropped, 30_000);
	await execution(appliance, `n8n:nadmiar:${runs - 1}`);
});

test('nothing that n8n gives, and no setting, makes the hook fail', async () => {
	const hook = load({ FLOWWATCH_TOKEN: 'flow_unknown', FLOWWATCH_INSTANCE: 'obcy' });
	for (const odd of [null, undefined, {}, { data: null }, { data: { resultData: { runData: { a: null, b: [null, {}] } } } }]) {
		await ended(hook, '1', odd);
	}
	await ended(hook, '2');
	hook.n8n.ready[0]();
	await until('the hook says that it is refused', () => said.some((text) => text.includes('cannot be told (401')));
	assert.ok(said.some((text) => text.includes('no event bus')));
	assert.equal(await count('obcy'), 0);
	for (const settings of [{ FLOWWATCH_URL: '' }, { FLOWWATCH_TOKEN: '' }, { FLOWWATCH_URL: 'flowwatch' }])
		assert.deepEqual(load(settings), {});
});
