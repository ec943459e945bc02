import { expect, it } from 'vitest';
import { parseQueueFilter, serializeQueueFilter } from './queuefilter';

it('keeps the filter of the queue in the address, and takes what it does not know for absent', () => {
	const filter = { priority: 'HIGH', tax: true } as const;
	expect(serializeQueueFilter(filter)).toBe('priority=HIGH&tax=1');
	expect(parseQueueFilter('?priority=HIGH&tax=1')).toEqual(filter);
	expect(parseQueueFilter('?priority=URGENT&tax=yes')).toEqual({ priority: '', tax: false });
	expect(serializeQueueFilter(parseQueueFilter(''))).toBe('');
});
