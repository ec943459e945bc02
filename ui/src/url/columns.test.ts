import { describe, expect, it } from 'vitest';
import { COLUMNS, parseColumns, serializeColumns } from './columns';

describe('the columns of the list', () => {
	it('are in the address only when somebody chose them, in their usual order', () => {
		expect(parseColumns('')).toBeNull();
		expect(parseColumns('?cols=time,client,nonsense')).toEqual(['workflow', 'client', 'time']);
		expect(parseColumns('?cols=nonsense')).toBeNull();
		expect(serializeColumns(['workflow', 'time'], '?status=failed')).toBe('status=failed&cols=workflow,time');
		expect(serializeColumns([...COLUMNS], '?cols=workflow&q=a')).toBe('q=a');
	});
});
