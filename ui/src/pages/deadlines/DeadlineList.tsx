import { ChevronDown } from 'lucide-react';
import { useId } from 'react';
import type { Deadline } from '../../api/deadlines';
import { useDueWords } from '../../app/duewords';
import { DueLight } from '../../design/DueLight';
import parts from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import type { DeadlineFilter } from '../../url/deadlinefilter';
import { keyOf } from './arrange';
import { DeadlineDetails } from './DeadlineDetails';
import styles from './deadlines.module.css';
import type { ChangeFilter } from './useDeadlineFilter';

interface DeadlineListProps {
	readonly title: string;
	readonly items: readonly Deadline[];
	readonly filter: DeadlineFilter;
	readonly onChange: ChangeFilter;
}

/** What is due, by day. One of them can be open. */
export function DeadlineList({ title, items, filter, onChange }: DeadlineListProps) {
	if (items.length === 0) return null;
	return (
		<>
			<h2>{title}</h2>
			<ul className={parts.rows} aria-label={title}>
				{items.map((one) => {
					const key = keyOf(one);
					return (
						<DeadlineRow
							key={key}
							deadline={one}
							client={filter.client}
							open={filter.open === key}
							onOpen={() => onChange({ open: filter.open === key ? '' : key }, true)}
						/>
					);
				})}
			</ul>
		</>
	);
}

interface DeadlineRowProps {
	readonly deadline: Deadline;
	readonly client: string;
	readonly open: boolean;
	readonly onOpen: () => void;
}

function DeadlineRow({ deadline: one, client, open, onOpen }: DeadlineRowProps) {
	const { t } = useSpeech();
	const words = useDueWords();
	const id = useId();
	const shift = words.shift(one);
	const actBy = words.actBy(one);
	return (
		<li
			className={styles.row}
			data-testid="deadline"
			data-rule={one.rule}
			data-period={one.period}
			data-due={one.due}
			data-confirmed={one.confirmed}
			data-light={one.light}
		>
			<div className={styles.when}>
				<b>{words.date(one.due)}</b>
				<DueLight light={one.light} daysLeft={one.daysLeft} />
			</div>
			<div className={styles.what}>
				<button type="button" className={styles.opener} aria-expanded={open} aria-controls={id} onClick={onOpen}>
					<span>{one.name}</span>
					<ChevronDown size={16} aria-hidden="true" />
				</button>
				<p className={styles.muted}>
					<span className={styles.category}>{one.category}</span> {words.period(one.period)}
				</p>
				{shift !== null && <p className={styles.muted}>{shift}</p>}
				{actBy !== null && <p className={styles.heed}>{actBy}</p>}
			</div>
			<div className={styles.state}>
				<RunCounts deadline={one} />
				<p className={styles.muted}>
					{client === '' ? t('due.filedClients', { n: one.filed }) : t(one.filed > 0 ? 'due.isFiled' : 'due.notFiled')}
				</p>
				{!one.confirmed && (
					<span className={parts.badge} data-kind="warning">
						{t('due.template')}
					</span>
				)}
			</div>
			{open && (
				<div id={id} className={styles.details}>
					<DeadlineDetails deadline={one} client={client} />
				</div>
			)}
		</li>
	);
}

/** How many of the runs that serve it are done, on their way, failed. */
function RunCounts({ deadline: { runs } }: { readonly deadline: Deadline }) {
	const { t } = useSpeech();
	if (runs.completed + runs.running + runs.failed === 0) return <p className={styles.muted}>{t('due.noRuns')}</p>;
	return (
		<p
			className={styles.counts}
			data-testid="due-runs"
			data-completed={runs.completed}
			data-running={runs.running}
			data-failed={runs.failed}
		>
			{runs.completed > 0 && <span data-tone="completed">{t('due.runsCompleted', { n: runs.completed })}</span>}
			{runs.running > 0 && <span data-tone="running">{t('due.runsRunning', { n: runs.running })}</span>}
			{runs.failed > 0 && <span data-tone="failed">{t('due.runsFailed', { n: runs.failed })}</span>}
		</p>
	);
}
