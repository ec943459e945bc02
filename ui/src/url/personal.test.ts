import { describe, expect, it } from 'vitest';
import { EVERYTHING, serializeFilter } from './filter';
import { isPersonal } from './personal';

describe('numbers that name a person or a company', () => {
	it('are known by their check digits, however they are written', () => {
		const known = [
			'44051401359',
			'440514-01359',
			'526-025-02-74',
			'PL5260250274',
			'PL61 1090 1014 0000 0712 1981 2874',
			'61109010140000071219812874',
		];
		expect(known.map(isPersonal)).toEqual(known.map(() => true));
		const others = ['44051401358', '1234567890', 'fv-2026-11', 'PL00109010140000071219812874', '', '12345678901'];
		expect(others.map(isPersonal)).toEqual(others.map(() => false));
	});

	it('do not get into the address of a list', () => {
		expect(serializeFilter({ ...EVERYTHING, q: '44051401359' })).toBe('');
		expect(serializeFilter({ ...EVERYTHING, q: 'fv-1' })).toBe('q=fv-1');
	});
});
