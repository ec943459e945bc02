import { describe, expect, it } from 'vitest';
import { COMMANDS, commandOf } from './commands';

describe('the commands for a first event', () => {
	it('hold the address, the key, and an event that is JSON', () => {
		for (const kind of COMMANDS) {
			const command = commandOf(kind, 'https://monitor.biuro', 'tajny');
			expect(command).toContain('https://monitor.biuro/api/ingest/events');
			expect(command).toContain('Bearer tajny');
		}
		const body = /-d '(.*)'$/.exec(commandOf('curl', '', ''))?.[1] ?? '';
		expect(JSON.parse(body)).toMatchObject({ type: 'execution.started', executionId: 'proba-1' });
	});
});
