import { describe, expect, it } from 'vitest';
import { readLogRecord } from '../../api/logs';
import { parseLogFilter, serializeLogFilter } from './useLogFilter';

describe('the filter of the log', () => {
	it('stands in the address as it was chosen', () => {
		const filter = parseLogFilter('level=warn&q=tenant%3Dx');
		expect(filter).toEqual({ level: 'warn', q: 'tenant=x' });
		expect(serializeLogFilter(filter)).toBe('level=warn&q=tenant%3Dx');
	});

	it('is empty where nothing, or nonsense, is asked for', () => {
		expect(serializeLogFilter(parseLogFilter('level=loud'))).toBe('');
	});
});

describe('a record of the log', () => {
	it('is read whatever is missing', () => {
		expect(readLogRecord({ id: '7', level: 'error', message: 'x', attributes: { code: '1' } })).toEqual({
			id: '7',
			at: null,
			level: 'error',
			message: 'x',
			attributes: [['code', '1']],
		});
		expect(readLogRecord(null)).toMatchObject({ id: '', level: 'info', attributes: [] });
	});
});
