import { describe, expect, it } from 'vitest';
import english from '../../locales/en.json';
import polish from '../../locales/pl.json';
import { Format } from './format';
import { translator } from './translate';

const pl = new Format('pl', translator('pl', polish));
const en = new Format('en', translator('en', english));
const plain = (text: string) => text.replaceAll('\u00a0', ' ');
const [S, MIN, H, D] = [1_000, 60_000, 3_600_000, 86_400_000] as const;

describe('a length of time', () => {
	it('is as exact as it is short', () => {
		const f = (ms: number, said: string) => expect(plain(pl.duration(ms))).toBe(said);
		f(0, '0 ms');
		f(350, '350 ms');
		f(999.9, '999 ms');
		f(2_449, '2,4 s');
		f(59_999, '59,9 s');
		f(155_000, '2 min 35 s');
		f(2 * MIN, '2 min');
		f(H + 5 * MIN + 59 * S, '1 godz. 5 min');
		f(3 * D + 4 * H, '3 dni 4 godz.');
		f(D, '1 dzień');
		f(771 * D, '771 dni');
	});

	it('is in whole seconds while it still runs, and never below nothing', () => {
		expect(pl.elapsed(2_900)).toBe('2 s');
		expect(pl.elapsed(61_000)).toBe('1 min 1 s');
		expect(pl.elapsed(-5_000)).toBe('0 s');
	});

	it('is said in English too', () => {
		expect(en.duration(2_449)).toBe('2.4 s');
	});
});

describe('a point in time', () => {
	const noon = Date.parse('2026-11-24T11:05:09Z');

	it("is shown on the office's clock", () => {
		expect(pl.time(noon)).toBe('12:05:09');
		expect(pl.dateTime(noon)).toBe('24.11.2026 12:05:09');
	});

	it('leaves out the date of today only', () => {
		expect(pl.moment(noon, noon + 2 * H)).toBe('12:05:09');
		expect(pl.moment(noon, noon + D)).toBe('24.11.2026 12:05');
	});

	it('names the zone in the hour that comes twice', () => {
		expect(pl.time(Date.parse('2026-10-25T00:30:00Z'))).toBe('02:30:00 CEST');
		expect(pl.time(Date.parse('2026-10-25T01:30:00Z'))).toBe('02:30:00 CET');
		expect(pl.time(Date.parse('2026-10-25T02:30:00Z'))).toBe('03:30:00');
	});

	it('is told by its age', () => {
		const said = [1 * S, 24 * S, 3 * MIN, 5 * H, D, 6 * D].map((ms) => pl.ago(ms));
		expect(said).toEqual(['przed chwilą', '24 s temu', '3 min temu', '5 godz. temu', '1 dzień temu', '6 dni temu']);
	});
});

describe('a size', () => {
	it('is in powers of a thousand with the decimal comma', () => {
		const said = [320, 12_500, 999_949, 999_950, 1_200_000, 3e15].map((n) => plain(pl.bytes(n)));
		expect(said).toEqual(['320 B', '12,5 kB', '999,9 kB', '1 MB', '1,2 MB', '3000 TB']);
		expect(plain(pl.megabytes(512))).toBe('512 MB');
		expect(pl.percent(97.46)).toBe('97,5%');
	});
});
