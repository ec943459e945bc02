import { describe, expect, it } from 'vitest';
import { parseBoardQuery, serializeBoardQuery } from './boardquery';

describe('what the address says of a dashboard', () => {
	it('comes back as it was written, and leaves other keys alone', () => {
		const board = { range: '7d', workflow: 'jpk generation', widget: 'w-1' } as const;
		const written = serializeBoardQuery(board, '?theme=dark&range=1h');
		expect(new URLSearchParams(written).get('theme')).toBe('dark');
		expect(parseBoardQuery(written)).toEqual(board);
	});

	it('is nothing where it cannot be understood', () => {
		expect(parseBoardQuery('?range=custom&workflow=')).toEqual({ range: null, workflow: null, widget: null });
		expect(serializeBoardQuery({ range: null, workflow: null, widget: null }, 'range=7d')).toBe('');
	});
});
