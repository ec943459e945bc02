import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import english from '../../locales/en.json';
import polish from '../../locales/pl.json';
import { generate } from '../../scripts/messages.mjs';
import { type Catalogue, type Plural, pluralForm, translator } from './translate';

const catalogues: Readonly<Record<'pl' | 'en', Catalogue>> = { pl: polish, en: english };
const forms = (message: string | Plural): string[] => (typeof message === 'string' ? [message] : Object.values(message));
const parameters = (message: string | Plural): string[] =>
	[...new Set(forms(message).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();

describe('the messages', () => {
	it('exist in both languages with the same parameters', () => {
		expect(Object.keys(english).sort()).toEqual(Object.keys(polish).sort());
		for (const key of Object.keys(polish) as (keyof typeof polish)[]) {
			expect(`${key} ${parameters(catalogues.en[key])}`).toBe(`${key} ${parameters(catalogues.pl[key])}`);
			expect(`${key} ${typeof catalogues.en[key]}`).toBe(`${key} ${typeof catalogues.pl[key]}`);
		}
	});

	it('have exactly the four forms wherever they count', () => {
		for (const catalogue of Object.values(catalogues)) {
			for (const message of Object.values(catalogue)) {
				if (typeof message !== 'string') expect(Object.keys(message).sort()).toEqual(['few', 'many', 'one', 'other']);
				for (const form of forms(message)) expect(form).not.toBe('');
			}
		}
	});

	it('have types made from the present catalogue', () => {
		const committed = readFileSync(new URL('./messages.ts', import.meta.url), 'utf8');
		expect(committed, 'run node scripts/messages.mjs').toBe(generate(polish));
	});

	it('hold no letters damaged on the way', () => {
		for (const form of Object.values(polish).flatMap(forms)) expect(form).toMatch(/^[\p{Script=Latin}\p{P}\p{S}\p{N}\s]+$/u);
	});
});

describe('the plural form', () => {
	it('is that of Polish grammar', () => {
		const f = (form: string, ...numbers: number[]) => {
			for (const n of numbers) expect(`${n} ${pluralForm('pl', n)}`).toBe(`${n} ${form}`);
		};
		f('one', 1);
		f('few', 2, 3, 4, 22, 24, 102, 122);
		f('many', 0, 5, 11, 12, 14, 21, 25, 100, 101, 112, 1_000);
		f('other', 1.5);
	});

	it('is that of English grammar', () => {
		expect([0, 1, 2, 21].map((n) => pluralForm('en', n))).toEqual(['other', 'one', 'other', 'other']);
	});
});

describe('translating', () => {
	const pl = translator('pl', polish);

	it('says a number with its noun', () => {
		const said = [0, 1, 3, 5, 22, 12_345].map((n) => pl('list.count', { n }).replaceAll('\u00a0', ' '));
		expect(said).toEqual(['0 wykonań', '1 wykonanie', '3 wykonania', '5 wykonań', '22 wykonania', '12 345 wykonań']);
	});

	it('puts values in their places, whatever they look like', () => {
		expect(pl('exec.usual', { time: '$& {time}' })).toContain('$& {time}');
	});
});
