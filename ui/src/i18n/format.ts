import { localDay, offsetAt, ZONE } from '../url/localtime';
import { type Language, locale, type Translate } from './translate';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Writes times, lengths and sizes for people. All times are shown in the office's zone. */
export class Format {
	private readonly decimal: Intl.NumberFormat;
	private readonly ungrouped: Intl.NumberFormat;
	private readonly clock: Intl.DateTimeFormat;
	private readonly clockShort: Intl.DateTimeFormat;
	private readonly day: Intl.DateTimeFormat;
	private readonly weekdayShort: Intl.DateTimeFormat;
	private readonly weekdayLong: Intl.DateTimeFormat;
	private readonly monthLong: Intl.DateTimeFormat;
	private readonly monthAlone: Intl.DateTimeFormat;
	private readonly dayOfYear: Intl.DateTimeFormat;
	private readonly monthOfYear: Intl.DateTimeFormat;

	constructor(
		language: Language,
		private readonly t: Translate,
	) {
		const tag = locale(language);
		const time = { timeZone: ZONE, hourCycle: 'h23', hour: '2-digit', minute: '2-digit' } as const;
		this.decimal = new Intl.NumberFormat(tag, { maximumFractionDigits: 1 });
		this.ungrouped = new Intl.NumberFormat(tag, { maximumFractionDigits: 6, useGrouping: false });
		this.clock = new Intl.DateTimeFormat(tag, { ...time, second: '2-digit' });
		this.clockShort = new Intl.DateTimeFormat(tag, time);
		this.day = new Intl.DateTimeFormat(tag, { timeZone: ZONE, day: '2-digit', month: '2-digit', year: 'numeric' });
		this.weekdayShort = new Intl.DateTimeFormat(tag, { timeZone: ZONE, weekday: 'short' });
		this.weekdayLong = new Intl.DateTimeFormat(tag, { timeZone: ZONE, weekday: 'long' });
		this.monthAlone = new Intl.DateTimeFormat(tag, { timeZone: 'UTC', month: 'long' });
		this.monthLong = new Intl.DateTimeFormat(tag, { timeZone: ZONE, month: 'long', year: 'numeric' });
		this.dayOfYear = new Intl.DateTimeFormat(tag, { timeZone: ZONE, day: '2-digit', month: '2-digit' });
		this.monthOfYear = new Intl.DateTimeFormat(tag, { timeZone: ZONE, month: '2-digit', year: 'numeric' });
	}

	number(value: number): string {
		return this.decimal.format(value);
	}

	/** A number to go on writing: without groups. */
	plain(value: number): string {
		return this.ungrouped.format(value);
	}

	percent(value: number): string {
		return `${this.decimal.format(value)}%`;
	}

	/** The length of something that ended: "350 ms", "2,4 s", "2 min 35 s", "1 godz. 5 min", "3 dni 4 godz.". Rounded down. */
	duration(ms: number): string {
		if (ms < SECOND) return this.t('time.ms', { n: Math.max(0, Math.floor(ms)) });
		if (ms < MINUTE) return this.t('time.s', { n: this.decimal.format(Math.floor(ms / 100) / 10) });
		return this.elapsed(ms);
	}

	/** The length of something that still runs, in whole seconds. */
	elapsed(ms: number): string {
		const s = Math.max(0, Math.floor(ms / SECOND));
		const [d, h, min, sec] = [Math.floor(s / 86_400), Math.floor(s / 3_600) % 24, Math.floor(s / 60) % 60, s % 60];
		if (d > 0) return this.join(this.t('time.d', { n: d }), h > 0 && this.t('time.h', { n: h }));
		if (h > 0) return this.join(this.t('time.h', { n: h }), min > 0 && this.t('time.min', { n: min }));
		if (min > 0) return this.join(this.t('time.min', { n: min }), sec > 0 && this.t('time.s', { n: sec }));
		return this.t('time.s', { n: sec });
	}

	/** "15:26:43"; the hour that a change of clocks repeats carries its zone. */
	time(ms: number): string {
		return this.clock.format(ms) + repeatedZone(ms);
	}

	/** "15:26"; the hour that a change of clocks repeats carries its zone. */
	hour(ms: number): string {
		return this.clockShort.format(ms) + repeatedZone(ms);
	}

	/** "23.11" */
	dayMonth(ms: number): string {
		return this.dayOfYear.format(ms);
	}

	/** "11.2026" */
	month(ms: number): string {
		return this.monthOfYear.format(ms);
	}

	date(ms: number): string {
		return this.day.format(ms);
	}

	/** "pon.", or in full "poniedziałek". */
	weekday(ms: number, full = false): string {
		return (full ? this.weekdayLong : this.weekdayShort).format(ms);
	}

	/** "grudzień 2026". */
	monthYear(ms: number): string {
		return this.monthLong.format(ms);
	}

	/** "grudzień", of a number from 1 to 12. */
	monthName(month: number): string {
		return this.monthAlone.format(Date.UTC(2000, month - 1, 1));
	}

	dateTime(ms: number): string {
		return `${this.day.format(ms)} ${this.clock.format(ms)}${repeatedZone(ms)}`;
	}

	/** "23.11.2026 15:26" */
	minute(ms: number): string {
		return `${this.day.format(ms)} ${this.hour(ms)}`;
	}

	/** The time alone for today, else with its date. */
	moment(ms: number, now: number): string {
		if (localDay(ms) === localDay(now)) return this.time(ms);
		return this.minute(ms);
	}

	/** "przed chwilą", "3 min temu". */
	ago(ms: number): string {
		if (ms < 5 * SECOND) return this.t('time.justNow');
		if (ms < MINUTE) return this.t('time.sAgo', { n: Math.floor(ms / SECOND) });
		if (ms < HOUR) return this.t('time.minAgo', { n: Math.floor(ms / MINUTE) });
		if (ms < DAY) return this.t('time.hAgo', { n: Math.floor(ms / HOUR) });
		return this.t('time.dAgo', { n: Math.floor(ms / DAY) });
	}

	/** "320 B", "12,5 kB", "1,2 MB": powers of 1000. */
	bytes(value: number): string {
		const units = ['B', 'kB', 'MB', 'GB', 'TB'];
		let size = value;
		let unit = 0;
		while (size >= 999.95 && unit < units.length - 1) {
			size /= 1_000;
			unit += 1;
		}
		return `${this.decimal.format(size)} ${units[unit] ?? ''}`;
	}

	megabytes(value: number): string {
		return this.bytes(value * 1_000_000);
	}

	private join(first: string, second: string | false): string {
		return second === false ? first : `${first} ${second}`;
	}
}

function repeatedZone(ms: number): string {
	const offset = offsetAt(ms);
	if (offsetAt(ms + HOUR) === offset - HOUR) return ' CEST';
	if (offsetAt(ms - HOUR) === offset + HOUR) return ' CET';
	return '';
}
