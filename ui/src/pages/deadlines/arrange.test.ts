import { describe, expect, it } from 'vitest';
import { deadline } from '../../testing/deadlines';
import { ALL_DEADLINES, parseDeadlineFilter, serializeDeadlineFilter } from '../../url/deadlinefilter';
import { categoriesOf, chosen } from './arrange';

const items = [deadline(), deadline({ rule: 'zus-20', category: 'ZUS', name: 'ZUS DRA', light: 'red' })];
const rules = (part: Partial<typeof ALL_DEADLINES>) => chosen(items, { ...ALL_DEADLINES, ...part }).map((one) => one.rule);

describe('the deadlines that a filter shows', () => {
	it('are of a category, a rule, or a word in the name', () => {
		expect(rules({})).toEqual(['vat-jpk-v7m', 'zus-20']);
		expect(rules({ type: 'VAT' })).toEqual(['vat-jpk-v7m']);
		expect(rules({ type: 'JPK_V7M' })).toEqual(['vat-jpk-v7m']);
		expect(rules({ type: 'zus-20' })).toEqual(['zus-20']);
		expect(rules({ endangered: true })).toEqual(['zus-20']);
		expect(categoriesOf(items)).toEqual(['VAT', 'ZUS']);
	});

	it('stand in the address', () => {
		const filter = {
			month: '2026-12',
			day: '2026-12-28',
			client: 'K & S',
			type: 'VAT',
			endangered: true,
			open: 'zus-20/2026-11',
		};
		expect(parseDeadlineFilter(serializeDeadlineFilter(filter))).toEqual(filter);
		expect(serializeDeadlineFilter(ALL_DEADLINES)).toBe('');
		expect(parseDeadlineFilter('month=2026-13&day=jutro')).toEqual(ALL_DEADLINES);
	});
});
