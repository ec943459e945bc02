import polish from '../../locales/pl.json';
import type { Messages } from './messages';

export const LANGUAGES = ['pl', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A message by the form of its number n. Every plural has exactly these four, whatever the language needs. */
export type Plural = Readonly<Record<'one' | 'few' | 'many' | 'other', string>>;
export type Catalogue = Readonly<Record<keyof Messages, string | Plural>>;

type Arguments<K extends keyof Messages> = Messages[K] extends null ? [] : [Messages[K]];
/** The keys of messages that take no values. */
export type PlainKey = { [K in keyof Messages]: Messages[K] extends null ? K : never }[keyof Messages];
export type Translate = <K extends keyof Messages>(key: K, ...values: Arguments<K>) => string;

export const POLISH: Catalogue = polish;

/** Loads a language's catalogue. Polish is part of the page, others come when they are asked for. */
export async function loadCatalogue(language: Language): Promise<Catalogue> {
	if (language === 'pl') return POLISH;
	const { default: english } = await import('../../locales/en.json?values');
	return Object.fromEntries(Object.keys(POLISH).map((key, i) => [key, english[i]])) as Catalogue;
}

/** The plural form of n: by the rules of CLDR. */
export function pluralForm(language: Language, n: number): keyof Plural {
	const form = rules(language).select(n);
	return form === 'zero' || form === 'two' ? 'other' : form;
}

/** Makes the function that answers messages of a catalogue, numbers in the language's writing. */
export function translator(language: Language, catalogue: Catalogue): Translate {
	const numbers = new Intl.NumberFormat(locale(language));
	return (key, ...values) => {
		const given: Readonly<Record<string, string | number>> = values[0] ?? {};
		const message = catalogue[key];
		const n = given.n;
		const form = typeof message === 'string' ? message : message[pluralForm(language, typeof n === 'number' ? n : 0)];
		return form.replace(/\{(\w+)\}/g, (_, name: string) => {
			const value = given[name];
			return typeof value === 'number' ? numbers.format(value) : (value ?? '');
		});
	};
}

export function locale(language: Language): string {
	return language === 'pl' ? 'pl-PL' : 'en-GB';
}

function rules(language: Language): Intl.PluralRules {
	return new Intl.PluralRules(language);
}
