// The OpenTelemetry SDK sends traces and metrics by both of its HTTP exporters, with and without gzip (issue: official SDKs drive each door).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPMetricExporter as MetricsInJSON } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as MetricsInProtobuf } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as TracesInJSON } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as TracesInProtobuf } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
	BasicTracerProvider,
	BatchSpanProcessor,
	InMemorySpanExporter,
	SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { execution, start, until } from './server.mjs';

let appliance;
before(async () => {
	appliance = await start();
});
after(() => appliance?.remove());

const began = Date.now() - 60_000;
const at = (second) => new Date(began + second * 1_000);
const door = (path, compression, token = appliance.secret) => ({
	url: `${appliance.origin}${path}`,
	headers: { Authorization: `Bearer ${token}` },
	compression,
});

const resource = resourceFromAttributes({
	'service.name': 'biuro',
	'host.name': 'serwer-biura',
	'process.command_args': ['node', '--haslo', 'tajne'],
});

/** A run of seven seconds with two steps, the first of which asks a database. It answers what its engine calls it. */
async function run(processor, name, fails) {
	const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
	const tracer = provider.getTracer('biuro');
	const root = tracer.startSpan(name, { startTime: at(0) });
	const under = (span) => trace.setSpan(ROOT_CONTEXT, span);
	const collect = tracer.startSpan('pobranie', { startTime: at(1) }, under(root));
	tracer.startSpan('SELECT faktury', { startTime: at(1) }, under(collect)).end(at(2));
	collect.end(at(3));
	const send = tracer.startSpan('wysyłka', { startTime: at(3) }, under(root));
	if (fails) {
		send.recordException(new RangeError('KSeF 503: usługa niedostępna'), at(6));
		for (const span of [send, root]) span.setStatus({ code: SpanStatusCode.ERROR, message: 'KSeF 503: usługa niedostępna' });
	}
	send.end(at(6));
	root.end(at(7));
	await provider.forceFlush();
	await provider.shutdown();
	return root.spanContext().traceId;
}

function ranWell(seen, name) {
	assert.equal(seen.workflowName, name);
	assert.equal(seen.duration, 7_000);
	assert.equal(seen.error, null);
	assert.deepEqual(
		seen.steps.map((step) => [step.name, step.status, step.duration]),
		[
			['pobranie', 'completed', 2_000],
			['wysyłka', 'completed', 3_000],
		],
	);
}

for (const [format, Exporter] of Object.entries({ protobuf: TracesInProtobuf, JSON: TracesInJSON })) {
	for (const compression of ['none', 'gzip']) {
		test(`a trace in ${format}, ${compression}, is a run with its steps`, async () => {
			const name = `jpk ${format} ${compression}`;
			const id = await run(new BatchSpanProcessor(new Exporter(door('/v1/traces', compression))), name, false);
			ranWell(await execution(appliance, id, (e) => e.status === 'completed'), name);
		});
	}

	test(`in ${format} what fails is told with its reason`, async () => {
		const id = await run(new BatchSpanProcessor(new Exporter(door('/v1/traces', 'none'))), 'jpk', true);
		const seen = await execution(appliance, id, (e) => e.status === 'failed');
		assert.match(seen.error, /KSeF 503/);
		assert.deepEqual(
			seen.steps.map((step) => step.status),
			['completed', 'failed'],
		);
		const step = await appliance.ask(`/api/monitoring/executions/${seen.executionId}/steps/${seen.steps[1].stepId}`);
		assert.match(JSON.stringify(step.error), /RangeError/);
		assert.match(JSON.stringify(step.error), /usługa niedostępna/);
		assert.doesNotMatch(JSON.stringify([seen, step]), /tajne|serwer-biura/);
	});
}

test('a span a request, parts before the whole, is the same run', async () => {
	const id = await run(new SimpleSpanProcessor(new TracesInProtobuf(door('/v1/traces', 'none'))), 'jpk w częściach', false);
	ranWell(await execution(appliance, id, (e) => e.status === 'completed'), 'jpk w częściach');
});

test('an exporter is told when its token is no good', async () => {
	const kept = new InMemorySpanExporter();
	const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(kept)] });
	provider.getTracer('biuro').startSpan('jpk').end();
	for (const Exporter of [TracesInProtobuf, TracesInJSON]) {
		const exporter = new Exporter(door('/v1/traces', 'none', 'wrong'));
		const result = await new Promise((done) => exporter.export(kept.getFinishedSpans(), done));
		assert.equal(result.error?.code, 401);
		await exporter.shutdown();
	}
	await provider.shutdown();
});

for (const [format, Exporter] of Object.entries({ protobuf: MetricsInProtobuf, JSON: MetricsInJSON })) {
	test(`gauges in ${format} are series, and counters take none of them away`, async () => {
		const reader = new PeriodicExportingMetricReader({
			exporter: new Exporter(door('/v1/metrics', 'gzip')),
			exportIntervalMillis: 3_600_000,
		});
		const provider = new MeterProvider({ resource, readers: [reader] });
		const meter = provider.getMeter('biuro');
		meter.createGauge('queue.depth').record(7, { format });
		meter.createUpDownCounter('otwarte.pliki').add(3, { format });
		meter.createCounter('przebiegi').add(1, { format });
		meter.createHistogram('czas').record(5, { format });
		await provider.forceFlush();
		await provider.shutdown();
		const latest = await until('the series', async () => {
			const { series } = await appliance.ask('/api/monitoring/system/metrics');
			const own = series.filter(({ labels }) => labels.format === format);
			return own.length >= 2 && Object.fromEntries(own.map(({ metric, points }) => [metric, points.at(-1)[1]]));
		});
		assert.deepEqual(latest, { 'queue.depth': 7, 'otwarte.pliki': 3 });
	});
}
