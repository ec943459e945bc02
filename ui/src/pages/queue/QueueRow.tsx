import { CalendarClock, CalendarOff } from 'lucide-react';
import { Link } from 'wouter';
import type { Queued } from '../../api/queue';
import { Elapsed } from '../../app/Elapsed';
import { PriorityMark } from '../../design/Priority';
import { useSpeech } from '../../i18n/language';
import { PriorityWish } from '../../queue/PriorityWish';
import styles from './queuepage.module.css';

/** One run that waits: its place, since when, why there, and the way to put it forward. */
export function QueueRow({ queued }: { readonly queued: Queued }) {
	const { t } = useSpeech();
	const { execution, position, boost, forbiddenBy } = queued;
	return (
		<li
			className={styles.row}
			data-testid="queue-row"
			data-execution-id={execution.id}
			data-priority={execution.priority}
			data-position={position}
		>
			<span className={styles.position}>
				<span className="visually-hidden">{t('queue.position')}</span> {position}
			</span>
			<div className={styles.run}>
				<Link href={`/executions/${encodeURIComponent(execution.id)}`}>{execution.workflowName}</Link>
				<span className={styles.note}>
					{execution.id}
					{execution.client !== null && ` · ${t('report.client', { client: execution.client })}`}
				</span>
			</div>
			<PriorityMark priority={execution.priority} />
			<span className={styles.since}>
				{execution.queuedAt !== null && (
					<>
						{t('queue.waits')} <Elapsed since={execution.queuedAt} />
					</>
				)}
			</span>
			{(boost !== null || forbiddenBy !== null) && (
				<p className={styles.reason} data-testid="queue-boost" data-forbidden={boost === null}>
					{boost === null ? <CalendarOff size={14} aria-hidden="true" /> : <CalendarClock size={14} aria-hidden="true" />}
					<span>{boost ?? t('queue.forbidden', { by: forbiddenBy ?? '' })}</span>
				</p>
			)}
			<PriorityWish queued={queued} boosts />
		</li>
	);
}
