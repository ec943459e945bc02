import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { type Deadline, endangered } from '../api/deadlines';
import { useSpeech } from '../i18n/language';
import { addDays, type Day, type Month, monthOf, noon, sameDayIn, weekday, weeksOf } from '../url/day';
import styles from './DueCalendar.module.css';

/** Categories named in a cell; the rest is a number. */
const NAMED_MAX = 3;

interface DueCalendarProps {
	readonly month: Month;
	readonly today: Day;
	readonly chosen: Day | null;
	readonly days: ReadonlyMap<Day, readonly Deadline[]>;
	readonly onMonth: (month: Month) => void;
	/** null: the whole month again. */
	readonly onDay: (day: Day | null) => void;
}

/** A month in weeks. One day can have the focus: arrows go by days and weeks, PageUp and PageDown by months. */
export function DueCalendar({ month, today, chosen, days, onMonth, onDay }: DueCalendarProps) {
	const { t, format } = useSpeech();
	const [at, setAt] = useState<Day>(chosen ?? today);
	const table = useRef<HTMLTableElement>(null);
	const moved = useRef(false);
	const inMonth = monthOf(at) === month ? at : chosen !== null && monthOf(chosen) === month ? chosen : `${month}-01`;
	useEffect(() => {
		if (!moved.current) return;
		moved.current = false;
		table.current?.querySelector<HTMLElement>(`[data-day="${inMonth}"]`)?.focus();
	}, [inMonth]);

	const move = (event: KeyboardEvent) => {
		const to = target(inMonth, event.key);
		if (to === null) return;
		event.preventDefault();
		moved.current = true;
		setAt(to);
		if (monthOf(to) !== month) onMonth(monthOf(to));
	};
	const weeks = weeksOf(month);
	return (
		<table ref={table} className={styles.calendar} data-testid="due-calendar" onKeyDown={move}>
			<caption className="visually-hidden">{t('due.calendarOf', { month: format.monthYear(noon(`${month}-01`)) })}</caption>
			<thead>
				<tr>
					{(weeks[0] ?? []).map((day) => (
						<th key={day} scope="col" abbr={format.weekday(noon(day), true)}>
							{format.weekday(noon(day))}
						</th>
					))}
				</tr>
			</thead>
			<tbody>
				{weeks.map((week) => (
					<tr key={week[0]}>
						{week.map((day) => (
							<td key={day} data-outside={monthOf(day) !== month} data-weekend={weekday(day) > 4}>
								{monthOf(day) === month && (
									<DayButton
										day={day}
										items={days.get(day) ?? []}
										today={day === today}
										chosen={day === chosen}
										focusable={day === inMonth}
										onChoose={() => {
											setAt(day);
											onDay(day === chosen ? null : day);
										}}
									/>
								)}
							</td>
						))}
					</tr>
				))}
			</tbody>
		</table>
	);
}

/** Where a key leads from a day; null: nowhere. */
export function target(day: Day, key: string): Day | null {
	const steps: Readonly<Record<string, () => Day>> = {
		ArrowLeft: () => addDays(day, -1),
		ArrowRight: () => addDays(day, 1),
		ArrowUp: () => addDays(day, -7),
		ArrowDown: () => addDays(day, 7),
		Home: () => addDays(day, -weekday(day)),
		End: () => addDays(day, 6 - weekday(day)),
		PageUp: () => sameDayIn(day, -1),
		PageDown: () => sameDayIn(day, 1),
	};
	return steps[key]?.() ?? null;
}

interface DayButtonProps {
	readonly day: Day;
	readonly items: readonly Deadline[];
	readonly today: boolean;
	readonly chosen: boolean;
	readonly focusable: boolean;
	readonly onChoose: () => void;
}

function DayButton({ day, items, today, chosen, focusable, onChoose }: DayButtonProps) {
	const { t, format } = useSpeech();
	const danger = items.filter(endangered).length;
	const categories = [...new Set(items.map((one) => one.category))];
	const said = [
		`${format.weekday(noon(day), true)} ${format.date(noon(day))}`,
		...(today ? [t('due.isToday')] : []),
		items.length === 0 ? t('due.nothing') : t('due.count', { n: items.length }),
		...(danger > 0 ? [t('due.endangeredCount', { n: danger })] : []),
	].join(', ');
	return (
		<button
			type="button"
			className={styles.day}
			data-day={day}
			data-count={items.length}
			data-danger={danger > 0}
			data-today={today}
			tabIndex={focusable ? 0 : -1}
			aria-pressed={chosen}
			{...(today ? { 'aria-current': 'date' as const } : {})}
			onClick={onChoose}
		>
			<span className="visually-hidden">{said}</span>
			<span aria-hidden="true" className={`${styles.number} ${today ? styles.today : ''}`}>
				{Number(day.slice(8))}
				{danger > 0 && <b>!</b>}
			</span>
			{categories.slice(0, NAMED_MAX).map((one) => (
				<span key={one} aria-hidden="true" className={styles.category}>
					{one}
				</span>
			))}
			{categories.length > NAMED_MAX && (
				<span aria-hidden="true" className={styles.category}>
					+{categories.length - NAMED_MAX}
				</span>
			)}
		</button>
	);
}
