import { TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { CLIENT_STATES, type Deadline, endangered } from '../../api/deadlines';
import { useDueWords } from '../../app/duewords';
import { useTicking } from '../../app/hooks';
import { DueCalendar } from '../../calendar/DueCalendar';
import { byDay } from '../../calendar/days';
import { DueLight } from '../../design/DueLight';
import { useSpeech } from '../../i18n/language';
import { dayAt, monthOf } from '../../url/day';
import type { ViewProps } from '../widget';
import { type ClientCounts, type Due, keyOf } from './reading';
import styles from './TaxDeadlines.module.css';

const SHOWN = 5;

/** The next deadlines: in a small room the nearest, in a large one with the calendar. */
export function TaxDeadlines({ data, config }: ViewProps<Due>) {
	const { t } = useSpeech();
	const [, navigate] = useLocation();
	const [narrow, setNarrow] = useState(false);
	const today = useTicking(dayAt);
	const [month, setMonth] = useState<string | null>(null);
	const shown = (narrow ? data.items.filter(endangered) : data.items).slice(0, config.limit ?? SHOWN);
	return (
		<div className={styles.widget}>
			<div className={styles.wide}>
				<DueCalendar
					month={month ?? monthOf(today)}
					today={today}
					chosen={null}
					days={byDay(data.items)}
					onMonth={setMonth}
					onDay={(day) => day !== null && navigate(`/deadlines?month=${monthOf(day)}&day=${day}`)}
				/>
			</div>
			<div className={styles.next}>
				<button
					type="button"
					className={styles.toggle}
					aria-pressed={narrow}
					data-testid="widget-endangered"
					onClick={() => setNarrow(!narrow)}
				>
					<TriangleAlert size={14} aria-hidden="true" />
					{t('due.endangered')}
				</button>
				{shown.length === 0 && <p className={styles.muted}>{t('due.calm')}</p>}
				<ul className={styles.list}>
					{shown.map((one) => (
						<Line key={keyOf(one)} one={one} clients={data.clients.get(keyOf(one))} />
					))}
				</ul>
			</div>
		</div>
	);
}

interface LineProps {
	readonly one: Deadline;
	readonly clients: ClientCounts | undefined;
}

function Line({ one, clients }: LineProps) {
	const { t } = useSpeech();
	const words = useDueWords();
	const shift = words.shift(one);
	return (
		<li
			className={styles.line}
			data-testid="deadline"
			data-rule={one.rule}
			data-due={one.due}
			data-confirmed={one.confirmed}
			data-light={one.light}
		>
			<Link title={one.name} href={`/deadlines?month=${monthOf(one.due)}&open=${one.rule}/${one.period}`}>
				{shortName(one.name)}
			</Link>
			<DueLight light={one.light} daysLeft={one.daysLeft} />
			<span className={styles.detail}>
				{words.date(one.due)}
				{!one.confirmed && ` · ${t('due.template').toLowerCase()}`}
			</span>
			{shift !== null && <span className={styles.more}>{shift}</span>}
			{clients !== undefined && <ClientWords counts={clients} />}
		</li>
	);
}

/** How many clients are done of how many, and in a large room how the others stand. */
function ClientWords({ counts }: { readonly counts: ClientCounts }) {
	const { t } = useSpeech();
	const total = CLIENT_STATES.reduce((sum, state) => sum + counts[state], 0);
	if (total === 0) return null;
	return (
		<span className={styles.detail}>
			{t('due.clientsDone', { done: counts.filed, n: total })}
			<span className={styles.more}>
				{CLIENT_STATES.filter((state) => state !== 'filed' && counts[state] > 0)
					.map((state) => `${t(`due.client.${state}`).toLowerCase()}: ${counts[state]}`)
					.join(' · ')}
			</span>
		</span>
	);
}

/** The name before its explanation. */
function shortName(name: string): string {
	return name.split(' – ')[0] ?? name;
}
