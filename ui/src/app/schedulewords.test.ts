import { expect, test } from 'vitest';
import { POLISH, translator } from '../i18n/translate';
import { scheduleInWords } from './schedulewords';

const words = (cron: string) => scheduleInWords(cron, translator('pl', POLISH));

test('the usual schedules are said in words', () => {
	expect(words('30 2 * * *')).toBe('codziennie o 02:30');
	expect(words('30 2 * * mon-fri')).toBe('od poniedziałku do piątku o 02:30');
	expect(words('0 7 * * 5')).toBe('w piątki o 07:00');
	expect(words('0 12 * * 7')).toBe('w niedziele o 12:00');
	expect(words('5 6 20 * *')).toBe('20. dnia miesiąca o 06:05');
	expect(words('*/15 * * * *')).toBe('co 15 minut');
	expect(words('*/2 * * * *')).toBe('co 2 minuty');
	expect(words('7 * * * *')).toBe('co godzinę, w minucie 7');
	expect(words('@daily')).toBe('codziennie o 00:00');
});

test('others are left as they are', () => {
	for (const cron of ['0 6 1,15 * *', '*/7 * * * *', '0 6 13 * 5', '0 0 29 2 *', '5/20 0 * * *', '@yearly', '']) {
		expect(words(cron)).toBeNull();
	}
});
