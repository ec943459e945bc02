import type { Translate } from '../i18n/translate';

/** The usual schedules in words; null: only the five fields say it. */
export function scheduleInWords(cron: string, t: Translate): string | null {
	const fields = (NICKNAMES[cron] ?? cron).trim().toLowerCase().split(/\s+/);
	const [minute, hour, day, month, weekday] = fields;
	if (fields.length !== 5 || month !== '*' || minute === undefined || hour === undefined) return null;
	const every = /^\*\/(\d+)$/.exec(minute)?.[1];
	if (day === '*' && weekday === '*' && hour === '*') {
		if (every !== undefined && 60 % Number(every) === 0) return t('schedule.everyMinutes', { n: Number(every) });
		return isNumber(minute) ? t('schedule.hourly', { minute }) : null;
	}
	if (!isNumber(minute) || !isNumber(hour)) return null;
	const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
	if (day === '*') return onWeekdays(weekday ?? '', time, t);
	return weekday === '*' && day !== undefined && isNumber(day) ? t('schedule.monthly', { day, time }) : null;
}

const NICKNAMES: Readonly<Record<string, string>> = {
	'@hourly': '0 * * * *',
	'@daily': '0 0 * * *',
	'@weekly': '0 0 * * 0',
	'@monthly': '0 0 1 * *',
};

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

function onWeekdays(weekday: string, time: string, t: Translate): string | null {
	if (weekday === '*') return t('schedule.daily', { time });
	if (weekday === 'mon-fri' || weekday === '1-5') return t('schedule.workweek', { time });
	const day = WEEKDAYS.find((name, n) => weekday === name || Number(weekday) % 7 === n);
	return day === undefined ? null : t(`schedule.on.${day}`, { time });
}

function isNumber(field: string): boolean {
	return /^\d+$/.test(field);
}
