import { useTitle } from '../../app/hooks';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import sections from '../../design/sections.module.css';
import { useSpeech } from '../../i18n/language';
import { DepthChart } from '../../queue/DepthChart';
import { QueueWarning } from '../../queue/QueueWarning';
import { useQueue } from '../../queue/useQueue';
import { QueueFigures } from './QueueFigures';
import { QueueList } from './QueueList';
import styles from './queuepage.module.css';

/** The queue: how much waits and for how long, how it was, and what is taken next. */
export default function QueuePage() {
	const { t } = useSpeech();
	useTitle(t('nav.queue'));
	const { data: queue, error, refetch } = useQueue();
	return (
		<main id="content" tabIndex={-1} data-page="queue" className={`${sections.page} ${sections.wide}`}>
			<header className={sections.head}>
				<h1>{t('nav.queue')}</h1>
			</header>
			<div className={styles.parts}>
				{queue === undefined ? (
					error === null ? (
						<Skeleton label={t('queue.loading')} rows={4} />
					) : (
						<FetchFailure error={error} onRetry={() => void refetch()} />
					)
				) : (
					<>
						{error !== null && <p className={styles.stale}>{t('state.stale')}</p>}
						<QueueWarning queue={queue} />
						<QueueFigures queue={queue} />
						<div className={styles.chart}>
							<DepthChart warnDepth={queue.warnDepth} />
						</div>
						<QueueList queue={queue} />
					</>
				)}
			</div>
		</main>
	);
}
