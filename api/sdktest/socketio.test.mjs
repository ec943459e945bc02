// The client library of socket.io, unmodified, follows executions as the seed's own tests do (T9, T10; W1 to W11).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';
import { start } from './server.mjs';

let appliance;
const sockets = [];
before(async () => {
	appliance = await start();
});
after(async () => {
	for (const socket of sockets) socket.disconnect();
	await appliance?.remove();
});

const WAYS = { 'polling, then websocket': undefined, 'websocket only': ['websocket'], 'polling only': ['polling'] };

function dial(options = {}, token = appliance.secret) {
	const socket = io(`${appliance.origin}/monitoring`, { auth: { token }, reconnection: false, forceNew: true, ...options });
	sockets.push(socket);
	return socket;
}

/** The first event of the name that fits, at most `limit` ms from now. */
function next(socket, name, fits = () => true, limit = 5_000) {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error(`no ${name} in ${limit} ms`)), limit);
		const hear = (data) => {
			if (!fits(data)) return;
			clearTimeout(timer);
			socket.off(name, hear);
			resolve(data);
		};
		socket.on(name, hear);
	});
}

async function connected(options) {
	const socket = dial(options);
	await next(socket, 'connect');
	return socket;
}

const send = (...events) => appliance.send(...events);
const step = (kind, executionId, stepId) => ({ type: `step.${kind}`, executionId, workflowId: 'w', stepId });
const begin = (executionId) =>
	send({
		type: 'execution.started',
		executionId,
		workflowId: 'w',
		workflowName: 'JPK',
		steps: [
			{ stepId: 'step-1', name: 'Pobierz' },
			{ stepId: 'step-2', name: 'Wyślij' },
		],
	});

for (const [way, transports] of Object.entries(WAYS)) {
	test(`${way}: progress and a step's end arrive live`, async () => {
		const id = `run-${way.replaceAll(/\W+/g, '-')}`;
		await begin(id);
		const socket = await connected(transports && { transports });
		assert.deepEqual(await socket.emitWithAck('subscribe:execution', { executionId: id }), { success: true });
		const progress = next(socket, 'execution:update', (e) => e.progress === 50);
		const ended = next(socket, 'step:update', (e) => e.stepId === 'step-1' && e.status === 'completed');
		await send(step('started', id, 'step-1'), step('completed', id, 'step-1'));
		assert.equal((await ended).executionId, id);
		const update = await progress;
		assert.equal(update.status, 'running');
		assert.equal(update.workflowName, 'JPK');
		assert.ok(update.seq > 0);

		const status = await socket.emitWithAck('get:execution:status', { executionId: id });
		assert.deepEqual(
			[status.success, status.data.status, status.data.progress, status.data.steps.length],
			[true, 'running', 50, 2],
		);
		const queue = await socket.emitWithAck('get:queue:status');
		assert.equal(queue.success, true);
		assert.deepEqual(Object.keys(queue.data.pendingByPriority).sort(), ['HIGH', 'LOW', 'NORMAL']);

		assert.deepEqual(await socket.emitWithAck('unsubscribe:execution', { executionId: id }), { success: true });
		let late = 0;
		socket.on('execution:update', () => late++);
		await send(step('started', id, 'step-2'));
		await socket.emitWithAck('get:queue:status');
		assert.equal(late, 0, 'nothing comes after the answer to an unsubscribe');
		socket.disconnect();
	});
}

test('an upgrade loses nothing of what comes meanwhile', async () => {
	await begin('upgraded');
	const socket = dial();
	const seen = [];
	socket.on('step:update', (e) => seen.push(`${e.stepId} ${e.status}`));
	const upgraded = new Promise((resolve) => socket.io.engine.once('upgrade', resolve));
	await next(socket, 'connect');
	await socket.emitWithAck('subscribe:execution', { executionId: 'upgraded' });
	for (let i = 0; i < 20; i++) await send(step('started', 'upgraded', `s-${i}`), step('completed', 'upgraded', `s-${i}`));
	await upgraded;
	assert.equal(socket.io.engine.transport.name, 'websocket');
	await send(step('started', 'upgraded', 'last'), step('completed', 'upgraded', 'last'));
	while (!seen.includes('last completed')) await next(socket, 'step:update');
	for (let i = 0; i < 20; i++) assert.ok(seen.includes(`s-${i} completed`), `s-${i}`);
	socket.disconnect();
});

test('all executions of a workflow, as the seed subscribes, and by type with a snapshot', async () => {
	await begin('whole');
	const socket = await connected({ transports: ['websocket'] });
	assert.deepEqual(await socket.emitWithAck('subscribe:workflow', { workflowId: 'w' }), { success: true });
	const update = next(socket, 'execution:update', (e) => e.executionId === 'whole');
	await send(step('started', 'whole', 'step-1'));
	assert.deepEqual((await update).currentSteps, ['Pobierz']);
	const snapshot = next(socket, 'snapshot');
	const joined = await socket.emitWithAck('subscribe', {
		type: 'execution_updates',
		filters: { executionId: 'whole' },
		snapshot: true,
	});
	assert.equal(joined.mode, 'snapshot');
	assert.equal((await snapshot).items[0].executionId, 'whole');
	socket.disconnect();
});

test('what is unknown or no event is refused in the acknowledgement, without one as an exception', async () => {
	const socket = await connected({ transports: ['websocket'] });
	const refused = async (...message) => {
		const answer = await socket.emitWithAck(...message);
		assert.equal(answer.success, false);
		return answer.error.code;
	};
	assert.equal(await refused('subscribe:workflow', { workflowId: 'unknown' }), 'not_found');
	assert.equal(await refused('get:execution:status', { executionId: 'unknown' }), 'not_found');
	assert.equal(await refused('subscribe:execution', { executionId: 'ä' }), 'invalid');
	assert.equal(await refused('no:such:event'), 'unknown_event');
	const told = next(socket, 'exception');
	socket.emit('subscribe:workflow', { workflowId: 'unknown' });
	assert.deepEqual([(await told).code, (await told).event], ['not_found', 'subscribe:workflow']);
	const ended = next(socket, 'disconnect');
	const why = next(socket, 'exception');
	socket.emit('subscribe:workflow', Buffer.from('binary'));
	assert.match((await why).message, /binary/);
	assert.equal(await ended, 'io server disconnect');
});

test('a wrong token does not connect, nor another namespace', async () => {
	for (const transports of [['websocket'], ['polling']]) {
		const wrong = await next(dial({ transports }, 'wrong'), 'connect_error');
		assert.equal(wrong.message, 'unauthorized');
		assert.equal(wrong.data.code, 'unauthorized');
	}
	const other = io(`${appliance.origin}/other`, { auth: { token: appliance.secret }, reconnection: false, forceNew: true });
	sockets.push(other);
	assert.equal((await next(other, 'connect_error')).message, 'Invalid namespace');
	other.disconnect();
});

test('a revoked token is disconnected for good', async () => {
	for (const transports of [['websocket'], ['polling']]) {
		const made = await appliance.ask('/api/admin/tokens', { name: 'seed', roles: ['viewer'] });
		const socket = dial({ transports }, made.token);
		await next(socket, 'connect');
		const ended = next(socket, 'disconnect');
		const headers = { Authorization: `Bearer ${appliance.secret}` };
		const revoked = await fetch(`${appliance.origin}/api/admin/tokens/${made.id}`, { method: 'DELETE', headers });
		assert.equal(revoked.status, 204);
		assert.equal(await ended, 'io server disconnect');
	}
});

test('a client comes back by itself after the server was killed, and follows on', async () => {
	const socket = dial({ transports: ['websocket'], reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 100 });
	await next(socket, 'connect');
	const ended = next(socket, 'disconnect');
	await appliance.kill();
	assert.equal(await ended, 'transport close');
	const back = next(socket, 'connect', () => true, 20_000);
	await appliance.start();
	await back;
	await begin('again');
	await socket.emitWithAck('subscribe:execution', { executionId: 'again' });
	const update = next(socket, 'execution:update');
	await send(step('started', 'again', 'step-1'));
	assert.equal((await update).status, 'running');
	socket.disconnect();
});
