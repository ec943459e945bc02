import { expect, test } from 'vitest';
import { Format } from '../i18n/format';
import { POLISH, translator } from '../i18n/translate';
import { csvOf } from './csv';
import { extremes, isolated, spread, stacked } from './thin';
import { timeTicks } from './timeticks';
import { stepsOf, written, yRange } from './unit';

const t = translator('pl', POLISH);
const format = new Format('pl', t);
const HOUR = 3_600_000;

function clock(from: string, to: string, most: number): string[] {
	const ticks = timeTicks(Date.parse(from), Date.parse(to), most);
	return ticks.at.map((ms) =>
		ticks.step === 'hour' ? format.hour(ms) : ticks.step === 'day' ? format.dayMonth(ms) : format.month(ms),
	);
}

test('the night in which the clocks go back has its hour twice, each with its zone', () => {
	expect(clock('2027-10-30T23:00:00Z', '2027-10-31T02:00:00Z', 4)).toEqual(['01:00', '02:00 CEST', '02:00 CET', '03:00']);
});

test('the night in which the clocks go forward has no hour that never was', () => {
	expect(clock('2027-03-28T00:00:00Z', '2027-03-28T03:00:00Z', 4)).toEqual(['01:00', '03:00', '04:00', '05:00']);
});

test('marks stay on round hours after a change of clocks', () => {
	expect(clock('2027-10-30T22:00:00Z', '2027-10-31T22:59:00Z', 5)).toEqual(['00:00', '06:00', '12:00', '18:00']);
});

test('days are marked at their midnight on the office clock, weeks on Mondays, then months', () => {
	expect(clock('2026-10-23T22:00:00Z', '2026-10-27T23:00:00Z', 6)).toEqual(['24.10', '25.10', '26.10', '27.10', '28.10']);
	expect(clock('2026-11-01T00:00:00Z', '2026-11-24T00:00:00Z', 6)).toEqual(['02.11', '09.11', '16.11', '23.11']);
	expect(clock('2026-01-10T00:00:00Z', '2026-06-24T00:00:00Z', 6)).toEqual([
		'02.2026',
		'03.2026',
		'04.2026',
		'05.2026',
		'06.2026',
	]);
});

test('there are never more marks than asked for by much, whatever the stretch', () => {
	for (const length of [HOUR, 24 * HOUR, 168 * HOUR, 720 * HOUR, 9_000 * HOUR, 90_000 * HOUR]) {
		expect(timeTicks(1.8e12, 1.8e12 + length, 8).at.length).toBeLessThanOrEqual(9);
	}
});

test('amounts begin at nothing; rates end at 100 and show where something happens', () => {
	expect(yRange('ms', 900, 1_000)).toEqual([0, 1_080]);
	expect(yRange('count', null, null)).toEqual([0, 1]);
	expect(yRange('percent', 97.5, 100)).toEqual([90, 100]);
	expect(yRange('percent', 0, 100)).toEqual([0, 100]);
	expect(stepsOf('count')[0]).toBe(1);
	expect(stepsOf('ms')).toContain(90_000 / 6);
	expect([...stepsOf('ms')].sort((a, b) => a - b)).toEqual(stepsOf('ms'));
});

test('a value is written in its unit, and an unknown one is no zero', () => {
	expect(written(1_500, 'ms', format, t)).toBe('1,5 s');
	expect(written(98.4, 'percent', format, t)).toBe('98,4%');
	expect(written(2.5, 'perMinute', format, t)).toBe('2,5/min');
	expect(written(null, 'percent', format, t)).toBe('brak danych');
});

test('a Polish file opens in a Polish spreadsheet, and no text of it is reckoned', () => {
	expect(
		csvOf(
			[
				['Początek', 'p95'],
				['=1+1;a', 1.5],
				['"x"', null],
			],
			'pl',
		),
	).toBe('\uFEFFPoczątek;p95\r\n"\'=1+1;a";1,5\r\n"""x""";\r\n');
	expect(csvOf([['a', -1.5]], 'en')).toBe('a,-1.5\r\n');
});

test('of many values the peaks stay', () => {
	const values = Array.from({ length: 1_000 }, (_, i) => (i === 637 ? 99 : i % 3));
	const left = extremes(values, 40);
	expect(left.length).toBeLessThanOrEqual(40);
	expect(Math.max(...left.map((value) => value ?? 0))).toBe(99);
	expect(extremes([1, null, 2], 10)).toEqual([1, null, 2]);
	expect(extremes([null, null, null, null, 1, 2, 3, 4], 4)).toEqual([null, 1, 4]);
});

test('a value between gaps is shown as a point', () => {
	expect(isolated([null, 1, null, 2, 3, null, 4])).toEqual([1, 6]);
});

test('parts stand on each other, and nothing stands where nothing is known', () => {
	expect(
		stacked([
			[1, null, null],
			[2, 3, null],
		]),
	).toEqual([
		[1, null, null],
		[3, 3, null],
	]);
});

test('labels keep their distance and stay inside', () => {
	expect(spread([10, 12, 90], 14, 0, 95)).toEqual([10, 24, 90]);
	expect(spread([90, 92], 14, 0, 95)).toEqual([81, 95]);
});
