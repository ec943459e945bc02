// What a program of the office may do. api/sdktest/client.test.mjs holds it to the types, and runs the same against a server.
import { flowwatch, Refused, type Schema } from './client.mjs';

export async function failedToday(url: string, token: string): Promise<string[]> {
	const api = flowwatch({ url, token });
	const lines: string[] = [];
	const query = { status: ['failed' as const], limit: 100 };
	for await (const run of api.items('/api/monitoring/executions', { params: { query } })) {
		const steps: Schema<'StepSummary'>[] = (
			await api.get('/api/monitoring/executions/{executionId}', { params: { path: { executionId: run.executionId } } })
		).steps;
		const failed = steps.filter((step) => step.status === 'failed').map((step) => step.name);
		lines.push(`${run.workflowName} ${run.executionId}: ${run.error ?? 'no error'} (${failed.join(', ')})`);
	}
	return lines;
}

export async function prioritise(url: string, token: string, executionId: string): Promise<string> {
	const api = flowwatch({ url, token });
	try {
		const receipt = await api.post('/api/monitoring/queue/executions/{executionId}/priority', {
			params: { path: { executionId } },
			body: { priority: 'HIGH', reason: 'deadline' },
		});
		return receipt.state;
	} catch (error) {
		if (error instanceof Refused) return error.code;
		throw error;
	}
}

export async function mistakes(): Promise<void> {
	const api = flowwatch({ url: 'http://127.0.0.1:8080' });
	// @ts-expect-error: no such path
	await api.get('/api/monitoring/nothing');
	// @ts-expect-error: the path needs an executionId
	await api.get('/api/monitoring/executions/{executionId}');
	// @ts-expect-error: no such status
	await api.get('/api/monitoring/executions', { params: { query: { status: ['broken'] } } });
	// @ts-expect-error: a path that is not for DELETE
	await api.delete('/api/monitoring/executions');
	// @ts-expect-error: no such priority
	const urgent: Schema<'PriorityInput'> = { priority: 'URGENT' };
	await api.post('/api/monitoring/queue/executions/{executionId}/priority', {
		params: { path: { executionId: 'x' } },
		body: urgent,
	});
	// @ts-expect-error: not a list
	api.items('/api/monitoring/queue');
}
