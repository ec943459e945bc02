import type { Payload, StepDetail } from '../../api/execution';

/** All that the viewer may see of a step as one JSON text, for whoever looks for the fault (AC2.2d). */
export function stepJson(executionId: string, step: StepDetail): string {
	const { failure } = step;
	const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
	return JSON.stringify(
		{
			executionId,
			stepId: step.id,
			name: step.name,
			status: step.status,
			attempt: step.attempt,
			startedAt: time(step.startedAt),
			completedAt: time(step.completedAt),
			durationMs: step.durationMs,
			cpuUsagePercent: step.cpuPercent,
			memoryUsageMb: step.memoryMb,
			inputSizeBytes: step.inputBytes,
			outputSizeBytes: step.outputBytes,
			error: failure,
			input: value(step.input),
			output: value(step.output),
			...(step.input.kind === 'hidden' ? { ioHidden: true } : {}),
		},
		null,
		2,
	);
}

function value(payload: Payload): unknown {
	if (payload.kind === 'data') return payload.value;
	if (payload.kind === 'cut') return { truncated: true, sizeBytes: payload.bytes, data: payload.beginning };
	return null;
}
