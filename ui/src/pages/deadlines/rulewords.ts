import type { DeadlineRule, Due } from '../../api/deadlines';
import { useSpeech } from '../../i18n/language';
import type { Translate } from '../../i18n/translate';
import { noon } from '../../url/day';

/** The sentences about when a rule is due. */
export function useRuleWords() {
	const { t, format } = useSpeech();
	const due = (one: Due) =>
		dueWords(
			one,
			t,
			(day) => format.date(noon(day)),
			(month) => format.monthName(month),
		);
	return {
		due,
		/** "za każdy miesiąc: 25. dzień następnego miesiąca; dzień wolny przesuwa na następny roboczy". */
		sentence: (rule: DeadlineRule) => `${periodWords(rule.period, t)}: ${due(rule.due)}; ${t(`due.shift.${rule.shift}`)}`,
		period: (period: string) => periodWords(period, t),
	};
}

const PERIODS = ['month', 'quarter', 'year', 'fiscalYear', 'once', 'event'] as const;

function periodWords(period: string, t: Translate): string {
	const known = PERIODS.find((one) => one === period);
	if (known !== undefined) return t(`due.period.${known}`);
	const [word, months = ''] = period.split(':');
	return t(word === 'months' ? 'due.period.months' : 'due.period.monthsOfQuarter', { months });
}

function dueWords(due: Due, t: Translate, date: (day: string) => string, monthName: (month: number) => string): string {
	switch (due.type) {
		case 'dayOfMonthAfterPeriod':
			return due.months === 1
				? t('due.day.nextMonth', { day: due.day })
				: t('due.day.monthAfter', { day: due.day, months: due.months });
		case 'endOfMonthAfterPeriod':
			return t('due.day.endOfMonthAfter', { months: due.months });
		case 'fixedDate':
			return t(due.yearOffset > 0 ? 'due.day.fixedLater' : 'due.day.fixed', {
				day: due.day,
				month: monthName(due.month),
				years: due.yearOffset,
			});
		case 'endOfMonth':
			return t(due.yearOffset > 0 ? 'due.day.endOfLater' : 'due.day.endOf', {
				month: monthName(due.month),
				years: due.yearOffset,
			});
		case 'dayOfMonthInPeriod':
			return t('due.day.inPeriod', { day: due.day });
		case 'daysAfterPeriodEnd':
			return t('due.day.daysAfter', { n: due.days });
		case 'nthBusinessDayAfterPeriod':
			return t('due.day.businessAfter', { n: due.n });
		case 'date':
			return due.date === null ? '–' : date(due.date);
		case 'businessDaysAfterEvent':
			return t('due.day.businessAfterEvent', { n: due.n });
		case 'daysAfterEvent':
			return t('due.day.daysAfterEvent', { n: due.days });
		case 'monthsAfterEvent':
			return t('due.day.monthsAfterEvent', { n: due.months });
		case 'hoursAfterEvent':
			return t('due.day.hoursAfterEvent', { n: due.hours });
	}
}
