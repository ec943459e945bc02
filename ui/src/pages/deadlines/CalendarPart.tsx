import { CalendarCheck, SearchX } from 'lucide-react';
import { type Deadlines, fetchDeadlines } from '../../api/deadlines';
import { useTicking } from '../../app/hooks';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import { DueCalendar } from '../../calendar/DueCalendar';
import { byDay } from '../../calendar/days';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { Telling } from '../../forms/Outcome';
import { useSpeech } from '../../i18n/language';
import { type Day, dayAt, lastDay, monthOf } from '../../url/day';
import { ALL_DEADLINES, type DeadlineFilter } from '../../url/deadlinefilter';
import { chosen } from './arrange';
import { DeadlineFilterBar } from './DeadlineFilterBar';
import { DeadlineList } from './DeadlineList';
import styles from './deadlines.module.css';
import { type ChangeFilter, useDeadlineFilter } from './useDeadlineFilter';

/** How often the runs that serve the deadlines are counted anew, in ms. */
const REFRESH_MS = 30_000;

/** A month of deadlines: its calendar, and what is due as a list. */
export function CalendarPart() {
	const { t } = useSpeech();
	const { http } = useServices();
	const [filter, change] = useDeadlineFilter();
	const today = useTicking(dayAt);
	const month = filter.month ?? monthOf(today);
	const { client } = filter;
	const { data, error, refetch, isPlaceholderData } = useLiveQuery({
		key: ['deadlines', month, client],
		fetch: (signal) => fetchDeadlines(http, { from: `${month}-01`, to: lastDay(month), client }, signal),
		everyMs: REFRESH_MS,
	});
	const shown = isPlaceholderData ? undefined : data;
	return (
		<div className={styles.part}>
			<DeadlineFilterBar filter={filter} month={month} items={shown?.items ?? []} onChange={change} />
			{error !== null && <FetchFailure error={error} onRetry={() => void refetch()} />}
			<div className={styles.columns}>
				<DueCalendar
					month={month}
					today={today}
					chosen={filter.day}
					days={byDay(chosen(shown?.items ?? [], filter))}
					onMonth={(next) => change({ month: next, day: null, open: '' }, true)}
					onDay={(day) => change({ day, month: day === null ? month : monthOf(day) })}
				/>
				{shown === undefined ? (
					error === null && <Skeleton label={t('due.loading')} rows={8} />
				) : (
					<Due deadlines={shown} today={today} filter={filter} onChange={change} />
				)}
			</div>
		</div>
	);
}

interface DueProps {
	readonly deadlines: Deadlines;
	readonly today: Day;
	readonly filter: DeadlineFilter;
	readonly onChange: ChangeFilter;
}

/** What lies ahead, then what is over; or why there is nothing. */
function Due({ deadlines, today, filter, onChange }: DueProps) {
	const { t } = useSpeech();
	const items = chosen(deadlines.items, filter).filter((one) => filter.day === null || one.due === filter.day);
	const unconfirmed = items.filter((one) => !one.confirmed).length;
	if (deadlines.items.length === 0) return <Notice icon={CalendarCheck} title={t('due.none')} />;
	if (items.length === 0) {
		const calm = filter.endangered && filter.type === '' && filter.day === null;
		return (
			<Notice
				icon={calm ? CalendarCheck : SearchX}
				title={t(calm ? 'due.calm' : 'due.noMatch')}
				action={
					<button type="button" className={controls.button} onClick={() => onChange({ ...ALL_DEADLINES, month: filter.month })}>
						{t('list.clear')}
					</button>
				}
			/>
		);
	}
	return (
		<div className={styles.due}>
			{unconfirmed > 0 && (
				<Telling kind="warning" testId="due-unconfirmed">
					{t('due.unconfirmed', { n: unconfirmed })}
				</Telling>
			)}
			{deadlines.capped && <Telling kind="warning">{t('due.capped')}</Telling>}
			<DeadlineList title={t('due.ahead')} items={items.filter((one) => one.due >= today)} filter={filter} onChange={onChange} />
			<DeadlineList title={t('due.past')} items={items.filter((one) => one.due < today)} filter={filter} onChange={onChange} />
		</div>
	);
}
