// The real Prometheus scrapes the program, writes to it what it scraped, and answers the same as the program does; promtool reads and checks.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { start, until } from './server.mjs';

const run = promisify(execFile);
let appliance;
let folder;
let prometheus;
let words = '';

const config = (target, secret) => `
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: flowwatch
    authorization: {credentials: ${secret}}
    static_configs: [{targets: ['${target.host}']}]
  - job_name: prometheus
    static_configs: [{targets: ['${prometheus.host}']}]
remote_write:
  - url: ${target.origin}/api/v1/write
    authorization: {credentials: ${secret}}
    queue_config: {batch_send_deadline: 300ms}
`;

before(async () => {
	appliance = await start();
	const ended = (id, second) => [
		{
			type: 'execution.started',
			executionId: id,
			workflowId: 'jpk',
			workflowName: 'JPK',
			timestamp: new Date(Date.now() - second * 1000).toISOString(),
		},
		{ type: 'execution.completed', executionId: id, workflowId: 'jpk', timestamp: new Date(Date.now() - 1000).toISOString() },
	];
	await appliance.send(...ended('a', 11), ...ended('b', 21));
	folder = await mkdtemp(join(tmpdir(), 'flowwatch-prometheus-'));
	prometheus = new URL(`http://127.0.0.1:${await freePort()}`);
	const file = join(folder, 'prometheus.yml');
	await writeFile(file, config(new URL(appliance.origin), appliance.secret));
	await run('promtool', ['check', 'config', file]);
	prometheus.child = spawn(
		'prometheus',
		[
			`--config.file=${file}`,
			`--storage.tsdb.path=${join(folder, 'data')}`,
			`--web.listen-address=${prometheus.host}`,
			'--log.level=warn',
		],
		{ stdio: ['ignore', 'ignore', 'pipe'] },
	);
	prometheus.child.stderr.on('data', (data) => {
		words = `${words}${data}`.slice(-4_000);
	});
});

after(async () => {
	const child = prometheus?.child;
	if (child !== undefined && child.exitCode === null) {
		const gone = new Promise((done) => child.once('exit', done));
		child.kill('SIGKILL');
		await gone;
	}
	await appliance?.remove();
	if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** What one of both answers to an expression, ordered, values rounded where both added up in another order. */
async function asked(origin, expression, at, headers = {}) {
	const query = new URLSearchParams({ query: expression, time: at });
	const response = await fetch(`${origin}/api/v1/query`, { method: 'POST', headers, body: query });
	const answer = await response.json();
	assert.equal(answer.status, 'success', `${expression}: ${JSON.stringify(answer)}`);
	const lines = answer.data.result.map(
		({ metric, value }) => `${JSON.stringify(metric)} ${Number(Number(value[1]).toPrecision(12))}`,
	);
	return lines.sort();
}

const ours = (expression, at) =>
	asked(`${appliance.origin}/prometheus`, expression, at, { Authorization: `Bearer ${appliance.secret}` });

test('what Prometheus scraped and wrote is read back as Prometheus itself answers it', async () => {
	const scraped = (times) =>
		until(`${times} scrapes of each job`, async () => {
			const past = Math.floor(Date.now() / 1000) - 1;
			const seen = await ours(`up == 1 and count_over_time(up[30s]) >= ${times}`, past);
			return seen.length === 2 ? past : null;
		}).catch((cause) => {
			throw new Error(`${cause.message}\n${words}`, { cause });
		});
	await scraped(1); // it looks for targets every five seconds
	const at = await scraped(3);
	for (const expression of [
		'up',
		'{job="flowwatch"}',
		'count by (__name__) ({job="prometheus"})',
		'sum by (job) (rate(process_cpu_seconds_total[5s]))',
		'sum by (code) (irate(prometheus_http_requests_total[10s])) or vector(0)',
		'histogram_quantile(0.9, sum by (le) (rate(prometheus_http_request_duration_seconds_bucket[10s])))',
		'go_gc_duration_seconds{quantile="0.5"} * 2 + on (instance) group_left () up{job="prometheus"}',
		'prometheus_engine_query_duration_seconds',
		'max_over_time(scrape_duration_seconds[5s:1s])',
		'topk(3, go_memstats_alloc_bytes)',
		'absent(up{job="nobody"})',
	]) {
		const want = await asked(prometheus.origin, expression, at);
		await until(`${expression}: the same answer`, async () => {
			const got = await ours(expression, at);
			if (got.join('\n') === want.join('\n')) return true;
			if (Date.now() / 1000 - at > 8) assert.deepEqual(got, want, expression);
			return null;
		});
		if (!expression.startsWith('histogram')) assert.notEqual(want.length, 0, expression);
	}
});

test('promtool reads what the program keeps, with the token as a password', async () => {
	const server = new URL('/prometheus', appliance.origin);
	server.username = 'promtool';
	server.password = appliance.secret;
	const query = async (...args) => (await run('promtool', ['query', ...args])).stdout;
	const at = String(Math.floor(Date.now() / 1000));
	assert.match(
		await query('instant', '--time', at, server.href, 'sum_over_time(execution_completed[1h])'),
		/\{workflow="jpk", workflow_name="JPK"\} => 2 @/,
	);
	assert.match(await query('instant', '--time', at, server.href, 'max_over_time(execution_duration_ms[1h])'), /=> 20000 @/);
	assert.match(await query('range', '--step=1s', `--start=${at - 5}`, `--end=${at}`, server.href, 'vector(7)'), /7 @\[\d+/);
	assert.match(await query('series', '--match=execution_completed', server.href), /workflow_name="JPK"/);
	assert.match(await query('labels', server.href, 'job'), /flowwatch/);
});

test('promtool finds nothing in /metrics that cannot be read', async () => {
	const response = await fetch(`${appliance.origin}/metrics`, { headers: { Authorization: `Bearer ${appliance.secret}` } });
	const check = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'ignore', 'pipe'] });
	let said = '';
	check.stderr.on('data', (data) => {
		said += data;
	});
	const code = new Promise((done) => check.once('exit', done));
	check.stdin.end(await response.text());
	// 3: it would write names or help differently; 1: it cannot read.
	assert.ok([0, 3].includes(await code), said);
});

function freePort() {
	return new Promise((found, failed) => {
		const server = createServer();
		server.once('error', failed);
		server.listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => found(port));
		});
	});
}
