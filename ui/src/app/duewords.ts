import type { Deadline } from '../api/deadlines';
import { useSpeech } from '../i18n/language';
import { type Day, noon } from '../url/day';

const QUARTERS = ['I', 'II', 'III', 'IV'] as const;

/** The sentences about a deadline's days. */
export function useDueWords() {
	const { t, format } = useSpeech();
	const date = (day: Day) => `${format.weekday(noon(day))} ${format.date(noon(day))}`;
	return {
		date,
		/** "za listopad 2026", "za IV kwartał 2026", "za rok 2026", "jednorazowo". */
		period: (name: string): string => {
			const quarter = /^(\d{4})-Q([1-4])$/.exec(name);
			if (quarter !== null) {
				return t('due.ofQuarter', { quarter: QUARTERS[Number(quarter[2]) - 1] ?? '', year: quarter[1] ?? '' });
			}
			if (/^\d{4}-\d\d$/.test(name)) return t('due.ofMonth', { month: format.monthYear(noon(`${name}-01`)) });
			return name === 'once' ? t('due.once') : t('due.ofYear', { year: name });
		},
		/** Why the day is another than the one of the law; null: it is not. */
		shift: (one: Deadline): string | null => {
			if (!one.shifted) return null;
			const reason = t(one.offReason === null ? 'due.off.other' : `due.off.${one.offReason}`);
			return t('due.shifted', { date: date(one.nominal), reason });
		},
		/** That it has to be done before the day itself; null: it need not. */
		actBy: (one: Deadline): string | null => (one.actBy === one.due ? null : t('due.actBy', { date: date(one.actBy) })),
	};
}
