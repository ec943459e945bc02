// The real n8n tells the real Flowwatch of its executions, by the hook that is shipped for it: `make test-n8n`.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { start, until } from '../server.mjs';
import { N8n } from './engine.mjs';
import { watch } from './frames.mjs';
import { all, PAUSE_S, SLEEP_S } from './workflows.mjs';

const WAKES_WITHIN_MS = (SLEEP_S + 60) * 1_000;
const BACK_WITHIN_MS = 30_000; // Flowwatch, and what was kept for it
const INSTANCE = 'biuro';

let appliance;
let n8n;
let asleep; // the run that sleeps while all else is tested

const settings = () => ({ FLOWWATCH_URL: appliance.origin, FLOWWATCH_TOKEN: appliance.secret, FLOWWATCH_INSTANCE: INSTANCE });

before(async () => {
	const { N8N_PREFIX, N8N_NODE = process.execPath } = process.env;
	if (N8N_PREFIX === undefined) throw new Error('run it by `make test-n8n`, which installs n8n');
	[appliance, n8n] = await Promise.all([start(), N8n.with(all, N8N_PREFIX, N8N_NODE)]);
	await n8n.start(settings());
	await n8n.signIn();
	for (const { id } of all) await n8n.publish(id);
});
after(async () => {
	await n8n?.remove();
	await appliance?.remove();
});

/** The newest execution of a workflow, when `fits` says it is as wanted. */
const latest = (workflow, fits = () => true) =>
	until(`a run of ${workflow}`, async () => {
		const { items } = await appliance.ask(`/api/monitoring/executions?workflowId=n8n:${INSTANCE}:${workflow}`);
		if (items.length === 0) return null;
		const whole = await appliance.ask(`/api/monitoring/executions/${encodeURIComponent(items[0].executionId)}`);
		return fits(whole) ? whole : null;
	});

/** The same execution when it has ended well. */
const ended = ({ executionId }, limitMs) =>
	until(
		`the end of ${executionId}`,
		async () => {
			const run = await appliance.ask(`/api/monitoring/executions/${encodeURIComponent(executionId)}`);
			return run.status === 'completed' && run;
		},
		limitMs,
	);

const stepsOf = (run) => Object.fromEntries(run.steps.map((step) => [step.name, step.status]));
const durationOf = (run, name) => run.steps.find((step) => step.name === name).duration;

test('a run that is put to sleep waits', async () => {
	assert.equal(await n8n.call('sleeper'), 200);
	asleep = await latest('flowSleep0000001', (run) => run.status === 'waiting');
	assert.equal(asleep.workflowName, 'Czekanie na UPO');
	assert.deepEqual(stepsOf(asleep), { Start: 'completed', 'Czekaj na UPO': 'running', 'Zapisz UPO': 'pending' });
	const until = Date.parse(asleep.metadata.waitTill);
	assert.ok(Math.abs(until - Date.parse(asleep.startedAt) - SLEEP_S * 1_000) < 5_000, asleep.metadata.waitTill);
});

test('a run is seen while it goes on, step by step, and how it ended', async () => {
	const live = await watch(appliance, 'execution_updates', 'step_updates');
	const answered = n8n.call('good');
	const running = await latest('flowGood00000001', (run) => run.status === 'running' && run.currentStep === 'Pobierz fakturę');
	assert.deepEqual(stepsOf(running), {
		Start: 'completed',
		'Pobierz fakturę': 'running',
		'Powyżej progu?': 'pending',
		'Wyślij do KSeF': 'pending',
		'Poniżej progu': 'pending',
	});
	assert.ok(running.progress > 0 && running.progress < 100);
	assert.equal(await answered, 200);
	const ended = await latest('flowGood00000001', (run) => run.status === 'completed');
	assert.equal(ended.executionId, running.executionId);
	assert.deepEqual(stepsOf(ended), {
		Start: 'completed',
		'Pobierz fakturę': 'completed',
		'Powyżej progu?': 'completed',
		'Wyślij do KSeF': 'completed',
		'Poniżej progu': 'skipped',
	});
	assert.ok(durationOf(ended, 'Pobierz fakturę') >= PAUSE_S * 1_000);
	assert.ok(ended.duration >= PAUSE_S * 1_000 && ended.duration < PAUSE_S * 1_000 + 3_000);
	const frames = (event) =>
		live.seen.filter((one) => one.event === event && one.data.executionId === ended.executionId).map(({ data }) => data);
	await until('the last frame', () => frames('execution:update').at(-1)?.status === 'completed');
	assert.equal(frames('execution:update').at(0).status, 'running');
	const pause = frames('step:update').filter((step) => step.name === 'Pobierz fakturę');
	assert.deepEqual([...new Set(pause.map((step) => step.status))], ['running', 'completed']);
	await live.close();
});

test('a run that fails says where and why', async () => {
	await n8n.call('bad');
	const failed = await latest('flowBad000000001', (run) => run.status === 'failed');
	assert.match(JSON.stringify(failed.error), /KSeF 503: bramka nie odpowiada/);
	assert.deepEqual(stepsOf(failed), {
		Start: 'completed',
		'Pobierz fakturę': 'completed',
		'Wyślij do KSeF': 'failed',
		Archiwizuj: 'pending',
	});
	assert.match(JSON.stringify(failed.steps[2].error), /KSeF 503: bramka nie odpowiada/);
});

test('a run that another one began says which', async () => {
	assert.equal(await n8n.call('parent'), 200);
	const above = await latest('flowParent000001', (run) => run.status === 'completed');
	const below = await latest('flowChild0000001', (run) => run.status === 'completed');
	assert.equal(below.metadata.parentExecutionId, above.executionId);
});

test('each turn of a loop is an attempt', async () => {
	assert.equal(await n8n.call('loop'), 200);
	const run = await latest('flowLoop00000001', (one) => one.status === 'completed');
	const { stepId } = run.steps.find((step) => step.name === 'Wyślij pozycję');
	const { attempts } = await appliance.ask(
		`/api/monitoring/executions/${encodeURIComponent(run.executionId)}/steps/${encodeURIComponent(stepId)}`,
	);
	assert.equal(attempts.length, 3);
});

test('a run that takes too long timed out', async () => {
	assert.equal(await n8n.call('slow'), 200);
	const ended = await latest('flowSlow00000001', (run) => run.status === 'failed');
	assert.equal(ended.timedOut, true);
	assert.match(JSON.stringify(ended.error), /timed out/);
});

test('a run that is begun again says of which it is another try', async () => {
	const failed = await latest('flowBad000000001');
	await n8n.act(failed.metadata.externalId, 'retry');
	const again = await latest('flowBad000000001', (run) => run.executionId !== failed.executionId && run.status === 'failed');
	assert.equal(again.retryOf, failed.executionId);
	assert.deepEqual(stepsOf(again)['Wyślij do KSeF'], 'failed');
});

test('a run that is stopped while it sleeps is cancelled', async () => {
	assert.equal(await n8n.call('sleeper'), 200);
	const waits = await latest('flowSleep0000001', (run) => run.executionId !== asleep.executionId && run.status === 'waiting');
	await n8n.act(waits.metadata.externalId, 'stop');
	const stopped = await latest('flowSleep0000001', (run) => run.status === 'cancelled');
	assert.equal(stopped.executionId, waits.executionId);
});

test('a run during which n8n dies has failed, once n8n is back', async () => {
	const before = (await latest('flowGood00000001')).executionId;
	const answer = n8n.call('good').catch(() => 'cut off');
	const begun = await latest('flowGood00000001', (run) => run.executionId !== before && run.currentStep === 'Pobierz fakturę');
	await n8n.kill();
	assert.equal(await answer, 'cut off');
	await n8n.start(settings());
	const failed = await latest('flowGood00000001', (run) => run.status === 'failed');
	assert.equal(failed.executionId, begun.executionId);
	assert.equal(stepsOf(failed)['Pobierz fakturę'], 'failed');
});

test('nothing is lost when Flowwatch dies and n8n is restarted before it comes back', async () => {
	const before = (await latest('flowGood00000001')).executionId;
	const cut = n8n.call('good');
	const begun = await latest('flowGood00000001', (run) => run.executionId !== before && run.status === 'running');
	await appliance.kill();
	assert.equal(await cut, 200, 'n8n answers as ever');
	await n8n.call('bad');
	assert.equal(await n8n.call('good'), 200);
	await n8n.stop();
	await n8n.start(settings());
	await appliance.start();
	const whole = await ended(begun, BACK_WITHIN_MS);
	assert.equal(stepsOf(whole)['Wyślij do KSeF'], 'completed');
	await latest('flowBad000000001', (run) => run.status === 'failed' && run.startedAt > begun.startedAt);
	const last = await latest('flowGood00000001', (run) => run.status === 'completed' && run.startedAt > begun.startedAt);
	assert.ok(durationOf(last, 'Pobierz fakturę') >= PAUSE_S * 1_000);
	const { items } = await appliance.ask('/api/monitoring/executions?limit=100');
	assert.equal(items.length, 13, 'each run once');
});

test('a run that slept goes on as the same run', { timeout: WAKES_WITHIN_MS }, async () => {
	const woken = await ended(asleep, WAKES_WITHIN_MS);
	assert.deepEqual(stepsOf(woken), { Start: 'completed', 'Czekaj na UPO': 'completed', 'Zapisz UPO': 'completed' });
	assert.ok(durationOf(woken, 'Czekaj na UPO') >= SLEEP_S * 1_000 - 1_000);
	assert.ok(woken.duration >= SLEEP_S * 1_000 - 1_000);
});
