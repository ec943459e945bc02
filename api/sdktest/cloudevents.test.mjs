// The official CloudEvents library sends in each mode of the HTTP binding (issue: official SDKs drive each door).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from 'cloudevents';
import { execution, start } from './server.mjs';

let appliance;
before(async () => {
	appliance = await start();
});
after(() => appliance?.remove());

const at = (second) => new Date(Date.UTC(2026, 10, 23, 10, 0, second)).toISOString();

/** Events of one run in the vocabulary of Serverless Workflow: a task that ends well, one that fails. */
function lifecycle(run) {
	const event = (type, second, data) =>
		new CloudEvent({
			id: `${run}-${type}-${second}`,
			source: '/engine/ksef',
			type: `io.serverlessworkflow.${type}.v1`,
			time: at(second),
			subject: run,
			datacontenttype: 'application/json',
			data: { workflowId: run, namespace: 'biuro', name: 'jpk-generation', version: '1.2.0', ...data },
		});
	const error = { type: 'validation', status: 400, detail: 'NIP' };
	return [
		event('workflow.started', 0, { startedAt: at(0) }),
		event('task.started', 1, { taskReference: '/do/0/collect', startedAt: at(1) }),
		event('task.completed', 3, { taskReference: '/do/0/collect', completedAt: at(3) }),
		event('task.started', 3, { taskReference: '/do/1/vat', startedAt: at(3) }),
		event('task.faulted', 4, { taskReference: '/do/1/vat', faultedAt: at(4), error }),
		event('workflow.faulted', 4, { faultedAt: at(4), error }),
	];
}

async function failedAsTold(run) {
	const seen = await execution(appliance, run, (e) => e.status === 'failed');
	assert.equal(seen.duration, 4_000);
	assert.match(seen.error, /NIP/);
	assert.deepEqual(
		seen.steps.map((step) => [step.status, step.duration]),
		[
			['completed', 2_000],
			['failed', 1_000],
		],
	);
}

const headers = () => ({ Authorization: `Bearer ${appliance.secret}` });

for (const mode of [Mode.BINARY, Mode.STRUCTURED]) {
	test(`${mode} events make a run with its steps`, async () => {
		const emit = emitterFor(httpTransport(`${appliance.origin}/api/ingest/cloudevents`), { mode });
		for (const event of lifecycle(`run-${mode}`)) await emit(event, { headers: headers() });
		await failedAsTold(`run-${mode}`);
	});
}

test('a batch is one request, and a malformed item costs none of its neighbours', async () => {
	const items = lifecycle('run-batch').map((event) => JSON.parse(HTTP.structured(event).body));
	const response = await fetch(`${appliance.origin}/api/ingest/cloudevents`, {
		method: 'POST',
		headers: { ...headers(), 'Content-Type': 'application/cloudevents-batch+json' },
		body: JSON.stringify([
			...items.slice(0, 3),
			{ specversion: '1.0', type: 'io.serverlessworkflow.task.started.v1' },
			...items.slice(3),
		]),
	});
	const receipt = await response.json();
	assert.equal(receipt.accepted, items.length);
	assert.deepEqual(
		receipt.rejected.map((item) => item.index),
		[3],
	);
	await failedAsTold('run-batch');
});
