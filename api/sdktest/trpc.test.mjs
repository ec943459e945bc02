// The client library of tRPC calls the seed's procedures, which answer what REST answers (P1 to P14, T11).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTRPCClient, httpBatchLink, httpBatchStreamLink, httpLink, TRPCClientError } from '@trpc/client';
import { start } from './server.mjs';

let appliance;
before(async () => {
	appliance = await start();
	await appliance.send(...runs());
});
after(() => appliance?.remove());

const minutesAgo = (n) => new Date(Date.now() - n * 60_000).toISOString();
const startTime = minutesAgo(60);
const endTime = new Date(Date.now() + 60_000).toISOString();

/** A hundred runs of one workflow, of which twenty fail. */
function runs() {
	return Array.from({ length: 100 }, (_, i) => {
		const run = { executionId: `run-${i}`, workflowId: 'w', workflowName: 'JPK' };
		const began = Date.now() - (i + 1) * 20_000;
		return [
			{ ...run, type: 'execution.started', timestamp: new Date(began).toISOString() },
			{
				...run,
				type: i % 5 === 0 ? 'execution.failed' : 'execution.completed',
				timestamp: new Date(began + 100 * (i + 1)).toISOString(),
			},
		];
	}).flat();
}

function client(link = httpBatchLink, token = appliance.secret, more = {}) {
	const headers = { Authorization: `Bearer ${token}`, 'Accept-Language': 'en', ...more };
	return createTRPCClient({ links: [link({ url: `${appliance.origin}/trpc`, headers })] }).monitoring;
}

async function refused(call) {
	const error = await call.then(
		() => assert.fail('it was not refused'),
		(e) => e,
	);
	assert.ok(error instanceof TRPCClientError, String(error));
	assert.ok(error.data, String(error));
	return error;
}

for (const [name, link] of Object.entries({ httpBatchLink, httpBatchStreamLink, httpLink })) {
	test(`${name}: numbers are those of REST (T11)`, async () => {
		const metrics = await client(link).getWorkflowMetrics.query({ workflowId: 'w', startTime, endTime });
		const path = `/api/monitoring/workflows/w/metrics?start=${encodeURIComponent(startTime)}&end=${encodeURIComponent(endTime)}`;
		const rest = await appliance.ask(path);
		assert.equal(metrics.totalExecutions, 100);
		assert.equal(metrics.successRate, 80);
		assert.deepEqual(metrics, rest);
	});
}

test('httpBatchStreamLink: each call is answered by itself', async () => {
	const api = client(httpBatchStreamLink);
	const [good, bad] = await Promise.allSettled([
		api.getQueueStatus.query(),
		api.getExecutionStatus.query({ executionId: 'unknown' }),
	]);
	assert.equal(good.value.pendingCount, 0);
	assert.equal(bad.reason.data.code, 'NOT_FOUND');
	assert.equal((await refused(client(httpBatchStreamLink, 'wrong').getQueueStatus.query())).data.code, 'UNAUTHORIZED');
});

test('all queries answer what REST answers, in one batch', async () => {
	const api = client();
	await appliance.send({ type: 'execution.started', executionId: 'live', workflowId: 'w' });
	const [status, active, system, queue, alerts, history, dashboards] = await Promise.all([
		api.getExecutionStatus.query({ executionId: 'run-1' }),
		api.getActiveExecutions.query({ workflowId: 'w', limit: 1 }),
		api.getSystemMetrics.query({ startTime, endTime }),
		api.getQueueStatus.query(),
		api.getAlerts.query({ isActive: true }),
		api.getAlertHistory.query({ limit: 5 }),
		api.getDashboards.query(),
	]);
	assert.deepEqual(status, await appliance.ask('/api/monitoring/executions/run-1'));
	assert.deepEqual(
		active.items.map((e) => e.executionId),
		['live'],
	);
	assert.ok(Array.isArray(system.series));
	assert.equal(queue.processingCount, 1);
	assert.deepEqual(alerts, await appliance.ask('/api/monitoring/alerts?isActive=true'));
	assert.deepEqual(history, await appliance.ask('/api/monitoring/alert-history?limit=5'));
	assert.deepEqual(dashboards, await appliance.ask('/api/monitoring/dashboards'));
});

test('rules are made, changed, fired, acknowledged and deleted', async () => {
	const api = client();
	const made = await api.createAlert.mutate({
		workflowId: 'w',
		alertType: 'execution_failed',
		alertName: 'JPK nie wyszło',
		conditions: [{ metric: 'status', operator: 'eq', threshold: 1 }],
		notificationChannels: [{ type: 'in_app', config: {} }],
	});
	assert.deepEqual([made.cooldownMinutes, made.severity, made.isActive], [15, 'error', true]);
	const changed = await api.updateAlert.mutate({ alertId: made.id, updates: { alertName: 'Inna nazwa', severity: 'critical' } });
	assert.deepEqual([changed.alertName, changed.severity, changed.workflowId], ['Inna nazwa', 'critical', 'w']);
	assert.deepEqual(await appliance.ask(`/api/monitoring/alerts/${made.id}`), changed);

	await appliance.send({ type: 'execution.failed', executionId: 'bad', workflowId: 'w', error: 'x' });
	const { items } = await api.getAlertHistory.query({ status: 'critical' });
	assert.equal(items[0].executionId, 'bad');
	const record = await api.acknowledgeAlert.mutate({ alertHistoryId: items[0].id });
	assert.equal(record.status, 'acknowledged');

	assert.deepEqual(await api.deleteAlert.mutate({ alertId: made.id }), { success: true });
	assert.equal((await refused(api.deleteAlert.mutate({ alertId: made.id }))).data.code, 'NOT_FOUND');
});

test('dashboards are made and changed', async () => {
	const api = client();
	const position = { x: 0, y: 0, w: 4, h: 3 };
	const made = await api.createDashboard.mutate({
		name: 'Mój pulpit',
		layout: { columns: 12, rowHeight: 100 },
		widgets: [{ id: 'a', type: 'queue_status', title: 'Kolejka', position }],
	});
	const changed = await api.updateDashboard.mutate({ dashboardId: made.id, updates: { name: 'Nowy' } });
	assert.equal(changed.name, 'Nowy');
	assert.deepEqual(changed.widgets, made.widgets);
	const { items } = await api.getDashboards.query();
	assert.ok(items.some((d) => d.id === made.id));
});

test('what does not fit the schemas is BAD_REQUEST and says where', async () => {
	const api = client(httpLink);
	const rule = {
		alertType: 'execution_failed',
		alertName: 'abc',
		conditions: [],
		notificationChannels: [{ type: 'in_app', config: {} }],
	};
	const alertId = (await api.createAlert.mutate(rule)).id;
	for (const [ask, location] of [
		[() => api.getActiveExecutions.query({ limit: 101 }), 'input.limit'],
		[() => api.getActiveExecutions.query({ limit: 0 }), 'input.limit'],
		[() => api.getActiveExecutions.query({ limit: '20' }), 'input.limit'],
		[() => api.getWorkflowMetrics.query({ workflowId: 'w', startTime }), 'input.endTime'],
		[() => api.getWorkflowMetrics.query({ workflowId: 'w', startTime, endTime, interval: '2m' }), 'input.interval'],
		[() => api.getAlertHistory.query({ status: 'loud' }), 'input.status'],
		[() => api.getExecutionStatus.query({}), 'input.executionId'],
		[() => api.getExecutionStatus.query('x'), 'input'],
		[() => api.createAlert.mutate({ ...rule, alertName: 'ab' }), 'input.alertName'],
		[() => api.createAlert.mutate({ ...rule, cooldownMinutes: 4 }), 'input.cooldownMinutes'],
		[() => api.deleteAlert.mutate({}), 'input.alertId'],
		[() => api.updateAlert.mutate({ alertId, updates: { alertName: 'ab' } }), 'input.updates.alertName'],
		[() => api.updateAlert.mutate({ alertId, updates: { alertName: 1 } }), 'input.updates.alertName'],
		[() => api.createDashboard.mutate({ name: 'abc', layout: { columns: 13 }, widgets: [] }), 'input.layout.columns'],
	]) {
		const error = await refused(ask());
		assert.deepEqual([error.data.code, error.data.httpStatus, error.shape.code], ['BAD_REQUEST', 400, -32600], error.message);
		const places = error.data.errors.map((issue) => issue.location);
		assert.ok(places.includes(location), `${location} in ${places}`);
		assert.ok(error.message.includes(location), error.message);
	}
});

test('a batch answers each call by itself, 207 when they differ', async () => {
	const api = client();
	const [good, unknown, missing] = await Promise.allSettled([
		api.getQueueStatus.query(),
		api.getExecutionStatus.query({ executionId: 'unknown' }),
		api.getNothing.query(),
	]);
	assert.equal(good.status, 'fulfilled');
	assert.deepEqual([unknown.reason.data.code, unknown.reason.data.path], ['NOT_FOUND', 'monitoring.getExecutionStatus']);
	assert.deepEqual([missing.reason.data.code, missing.reason.data.path], ['NOT_FOUND', 'monitoring.getNothing']);
	assert.equal(good.value.processingCount >= 0, true);
	assert.equal(unknown.reason.meta.response.status, 207);
});

test('who is unknown or may not is told so', async () => {
	assert.equal((await refused(client(httpBatchLink, 'wrong').getQueueStatus.query())).data.code, 'UNAUTHORIZED');
	const viewer = await appliance.ask('/api/admin/tokens', { name: 'viewer', roles: ['viewer'] });
	const api = client(httpBatchLink, viewer.token);
	assert.equal((await api.getAlerts.query()).nextCursor, null);
	const error = await refused(api.deleteAlert.mutate({ alertId: 'x' }));
	assert.deepEqual([error.data.code, error.data.httpStatus], ['FORBIDDEN', 403]);
	const basic = Buffer.from(`any:${viewer.token}`).toString('base64');
	assert.ok(await client(httpLink, '', { Authorization: `Basic ${basic}` }).getQueueStatus.query());
});
