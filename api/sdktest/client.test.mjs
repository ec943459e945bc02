// The client of api/client: its types are those of openapi.json, its example keeps to them, and it does what it says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { flowwatch, Refused } from '../client/client.mjs';
import { start } from './server.mjs';

const schema = fileURLToPath(new URL('../client/schema.d.ts', import.meta.url));
const example = fileURLToPath(new URL('../client/example.ts', import.meta.url));

let appliance;
let api;
before(async () => {
	appliance = await start();
	api = flowwatch({ url: `${appliance.origin}/`, token: appliance.secret });
});
after(() => appliance?.remove());

test('the types are those of openapi.json', async () => {
	const document = await api.get('/openapi.json');
	const fresh = COMMENT_HEADER + astToString(await openapiTS(document));
	if (process.env.FLOWWATCH_WRITE_CLIENT) await writeFile(schema, fresh);
	assert.ok((await readFile(schema, 'utf8')) === fresh, 'api/client/schema.d.ts is old: run `make client`');
});

test('the example keeps to the types, and mistakes do not compile', async () => {
	const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
	const flags = ['--noEmit', '--strict', '--skipDefaultLibCheck', '--target', 'es2024', '--module', 'nodenext', example];
	await promisify(execFile)(process.execPath, [compiler, ...flags]).catch((error) => assert.fail(error.stdout));
});

test('it sends, lists page by page, and reads one', async () => {
	const body = Array.from({ length: 45 }, (_, n) => ({
		type: n < 5 ? 'execution.failed' : 'execution.completed',
		executionId: `run:${n}`,
		workflowId: 'jpk',
		error: n < 5 ? 'brak podpisu' : undefined,
	}));
	const receipt = await api.post('/api/ingest/events', { body: JSON.stringify(body) });
	assert.equal(receipt.accepted, 45);
	const all = [];
	for await (const run of api.items('/api/monitoring/executions', { params: { query: { limit: 20, counts: false } } }))
		all.push(run.executionId);
	assert.equal(new Set(all).size, 45);
	const failed = [];
	const query = { status: ['failed', 'cancelled'] };
	for await (const run of api.items('/api/monitoring/executions', { params: { query } })) failed.push(run.error);
	assert.deepEqual(failed, Array(5).fill('brak podpisu'));
	const one = await api.get('/api/monitoring/executions/{executionId}', { params: { path: { executionId: 'run:7' } } });
	assert.equal(one.status, 'completed');
});

test('a key made by it opens a feed, a calendar and a sheet', async () => {
	const key = await api.post('/api/admin/feed-keys', { body: { name: 'biuro' } });
	const open = async (url) => {
		const answer = await fetch(url);
		assert.equal(answer.status, 200);
		return answer.text();
	};
	assert.match(await open(key.urls.alerts), /<feed xmlns="http:\/\/www.w3.org\/2005\/Atom"/);
	assert.match(await open(key.urls.calendar), /^BEGIN:VCALENDAR\r\n/);
	assert.match(await open(key.urls.runsSheet), /^\ufeff?executionId;workflowId;/);
	assert.equal(await api.delete('/api/admin/feed-keys/{feedKeyId}', { params: { path: { feedKeyId: key.id } } }), undefined);
	assert.equal((await fetch(key.urls.alerts)).status, 404);
});

test('what is refused is an error with the server’s words', async () => {
	const missing = api.get('/api/monitoring/executions/{executionId}', { params: { path: { executionId: 'unknown' } } });
	await assert.rejects(missing, (error) => error instanceof Refused && error.status === 404 && error.code === 'not_found');
	const invalid = api.get('/api/monitoring/executions', { params: { query: { limit: 0 } } });
	await assert.rejects(invalid, (error) => error.status === 422 && error.errors[0].location === 'query.limit');
	const stranger = flowwatch({ url: appliance.origin, token: 'fw_wrong', language: 'pl' });
	await assert.rejects(stranger.get('/api/monitoring/queue'), (error) => error.status === 401 && error.code === 'unauthorized');
	await assert.rejects(api.get('/api/monitoring/executions/{executionId}'), TypeError);
});
