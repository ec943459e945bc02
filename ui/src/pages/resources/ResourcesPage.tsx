import { CircleCheck, RefreshCw, TriangleAlert } from 'lucide-react';
import { useRight, useTitle } from '../../app/hooks';
import { Moment } from '../../design/Moment';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import sections from '../../design/sections.module.css';
import { useSpeech } from '../../i18n/language';
import { presentOf } from '../../resources/present';
import { ResourceWarnings } from '../../resources/ResourceWarnings';
import { RESOURCES_EVERY_MS, useHealth, useRecentResources } from '../../resources/useResources';
import { ConsumersPanel } from './ConsumersPanel';
import { ResourceCards } from './ResourceCards';
import { ResourceCharts } from './ResourceCharts';
import { RoomPanel } from './RoomPanel';
import styles from './resourcespage.module.css';

/** The resources of engines and of the monitor: what there is now, how it was, and who uses most. */
export default function ResourcesPage() {
	const { t } = useSpeech();
	useTitle(t('nav.resources'));
	const health = useHealth();
	const recent = useRecentResources();
	const keeper = useRight('backup');
	const thresholds = health.data?.thresholds ?? {};
	return (
		<main id="content" tabIndex={-1} data-page="resources" className={`${sections.page} ${sections.wide}`}>
			<header className={`${sections.head} ${styles.head}`}>
				<h1>{t('nav.resources')}</h1>
				{recent.data !== undefined && (
					<p className={styles.refreshed} data-stale={recent.error !== null}>
						{recent.error === null ? <RefreshCw size={14} aria-hidden="true" /> : <TriangleAlert size={14} aria-hidden="true" />}
						{t('resources.every', { n: RESOURCES_EVERY_MS / 1_000 })} <Moment at={recent.dataUpdatedAt} />
					</p>
				)}
			</header>
			<div className={styles.parts}>
				{health.data !== undefined && (
					<>
						<ResourceWarnings health={health.data} />
						{health.data.warnings.length === 0 && health.data.status === 'green' && (
							<p className={styles.calm}>
								<CircleCheck size={16} aria-hidden="true" />
								{t('resources.calm')}
							</p>
						)}
					</>
				)}
				{recent.data === undefined ? (
					recent.error === null ? (
						<Skeleton label={t('resources.loading')} rows={6} />
					) : (
						<FetchFailure error={recent.error} onRetry={() => void recent.refetch()} />
					)
				) : (
					<ResourceCards all={presentOf(recent.data)} thresholds={thresholds} />
				)}
				<ConsumersPanel />
				<ResourceCharts thresholds={thresholds} />
				{keeper && <RoomPanel />}
			</div>
		</main>
	);
}
