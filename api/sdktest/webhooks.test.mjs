// What webhooks are sent is read by the official CloudEvents library, one event a request and in batches.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { HTTP } from 'cloudevents';
import { start, until } from './server.mjs';

const SECRET = 'wspólny sekret';

let appliance;
let receiver;
const taken = []; // of all paths: { path, headers, body }

before(async () => {
	appliance = await start('--webhook-allow', '127.0.0.1');
	receiver = createServer(async (request, response) => {
		let body = '';
		for await (const part of request) body += part;
		taken.push({ path: request.url, headers: request.headers, body });
		response.end();
	});
	await new Promise((listening) => receiver.listen(0, '127.0.0.1', listening));
});
after(async () => {
	receiver?.close();
	await appliance?.remove();
});

async function post(path, body) {
	const response = await fetch(`${appliance.origin}${path}`, {
		method: 'POST',
		headers: { Authorization: `Bearer ${appliance.secret}`, 'Content-Type': 'application/json' },
		body: JSON.stringify(body),
	});
	const text = await response.text();
	assert.ok(response.ok, `${path}: ${response.status} ${text}`);
	return JSON.parse(text);
}

/** The events that came to a path, as the library reads them. */
function eventsAt(path) {
	return taken.filter((one) => one.path === path).flatMap(({ headers, body }) => HTTP.toEvent({ headers, body }));
}

for (const batch of [false, true]) {
	test(`the library reads what is sent ${batch ? 'in batches' : 'one by one'}`, async () => {
		const path = `/batch-${batch}`;
		const { port } = receiver.address();
		const events = ['execution.*', 'step.failed', 'priority.requested'];
		await post('/api/admin/webhooks', { name: path, url: `http://127.0.0.1:${port}${path}`, secret: SECRET, events, batch });
		const run = { executionId: `run${path.replace('/', '-')}`, workflowId: `jpk${path.replace('/', '-')}` };
		await post('/api/ingest/events', [{ ...run, type: 'execution.queued' }]);
		const wish = await post(`/api/monitoring/queue/executions/${run.executionId}/priority`, { priority: 'HIGH' });
		await post(
			'/api/ingest/events',
			['step.started', 'step.failed', 'execution.failed'].map((type) => ({ ...run, type, stepId: 's', error: 'NIP' })),
		);
		const all = await until('four events', () => {
			const own = eventsAt(path).filter((event) => event.subject === run.executionId);
			return own.length >= 4 && own;
		});
		assert.deepEqual(
			all.map((event) => event.type.replace('io.flowwatch.', '')),
			['execution.queued', 'priority.requested', 'step.failed', 'execution.failed'],
		);
		for (const event of all) {
			assert.ok(event.validate());
			assert.equal(event.data.executionId, run.executionId);
		}
		assert.equal(all[1].data.id, wish.id);
		assert.equal(new Set(all.map((event) => event.id)).size, 4);
		assert.deepEqual(
			all.map((event) => event.sequence),
			all.map((event) => event.sequence).toSorted(),
		);
		for (const { headers, body } of taken.filter((one) => one.path === path)) {
			const signature = createHmac('sha256', SECRET).update(`${headers['x-flowwatch-timestamp']}.${body}`).digest('hex');
			assert.equal(headers['x-flowwatch-signature'], `sha256=${signature}`);
		}
	});
}
