export const COMMANDS = ['curl', 'powershell', 'n8n'] as const;
export type Command = (typeof COMMANDS)[number];

const EVENT = { type: 'execution.started', executionId: 'proba-1', workflowId: 'proba', workflowName: 'Próba połączenia' };

/** What somebody pastes so that a first event comes: into a shell, PowerShell, or an HTTP node of n8n. */
export function commandOf(kind: Command, origin: string, secret: string): string {
	const url = `${origin}/api/ingest/events`;
	const body = JSON.stringify(EVENT);
	switch (kind) {
		case 'curl':
			return `curl -X POST '${url}' -H 'Authorization: Bearer ${secret}' -H 'Content-Type: application/json' -d '${body}'`;
		case 'powershell':
			return [
				`$event = [Text.Encoding]::UTF8.GetBytes('${body}')`,
				`Invoke-RestMethod -Method Post -Uri '${url}' -Headers @{ Authorization = 'Bearer ${secret}' } -ContentType 'application/json' -Body $event`,
			].join('\n');
		case 'n8n':
			return [
				'HTTP Request',
				'Method: POST',
				`URL: ${url}`,
				`Header: Authorization = Bearer ${secret}`,
				'Body Content Type: JSON',
				'JSON: { "type": "execution.started", "executionId": "{{ $execution.id }}", "workflowId": "{{ $workflow.id }}", "workflowName": "{{ $workflow.name }}" }',
			].join('\n');
	}
}
