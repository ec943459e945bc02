import type { Payload, StepDetail } from '../../api/execution';
import { parseJson } from '../../json/parse';
import { printJson } from '../../json/print';

/** All that the viewer may see of a step as one JSON text, for whoever looks for the fault (AC2.2d). Data keep every digit. */
export function stepJson(executionId: string, step: StepDetail): string {
	const { failure } = step;
	const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
	const facts = JSON.stringify(
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
			...(step.input.kind === 'hidden' ? { ioHidden: true } : {}),
		},
		null,
		2,
	);
	const data = [`"input": ${dataText(step.input)}`, `"output": ${dataText(step.output)}`].map((line) => `,\n  ${line}`);
	return `${facts.slice(0, -2)}${data.join('')}\n}`;
}

function dataText(payload: Payload): string {
	if (payload.kind === 'data') {
		const node = parseJson(payload.json);
		return node === null ? payload.json : printJson(node, 1);
	}
	if (payload.kind === 'cut') return JSON.stringify({ truncated: true, sizeBytes: payload.bytes, data: payload.beginning });
	return 'null';
}
