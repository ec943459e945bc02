import { Link } from 'wouter';
import { fetchBackups, fetchStorage, type Storage } from '../../api/appliance';
import { useTicking } from '../../app/hooks';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import styles from './resourcespage.module.css';

const EVERY_MS = 30_000;
const FAR_DAYS = 3_650;

/** The room for the data and the age of the backup: what the administrator of the server has to look after. */
export function RoomPanel() {
	const { t, format } = useSpeech();
	const { http } = useServices();
	const { data, error, refetch } = useLiveQuery({
		key: ['room'],
		fetch: async (signal) => {
			const [storage, backups] = await Promise.all([fetchStorage(http, signal), fetchBackups(http, null, signal)]);
			return { storage, backups };
		},
		everyMs: EVERY_MS,
	});
	const goodAt = data?.backups.lastGoodAt ?? null;
	const age = useTicking((now) => (goodAt === null ? '' : format.ago(now - goodAt)));
	return (
		<section aria-labelledby="room" className={styles.section} data-testid="room">
			<h2 id="room">{t('resources.room')}</h2>
			{data === undefined ? (
				error === null ? (
					<Skeleton label={t('resources.loading')} rows={2} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				)
			) : (
				<dl className={styles.facts}>
					<div>
						<dt>{t('storage.used')}</dt>
						<dd>{data.storage.usedPercent === null ? '–' : format.percent(data.storage.usedPercent)}</dd>
					</div>
					<div>
						<dt>{t('storage.free')}</dt>
						<dd>{data.storage.usedPercent === null ? '–' : format.bytes(data.storage.freeBytes)}</dd>
					</div>
					<div>
						<dt>{t('resources.forecast')}</dt>
						<dd data-testid="storage-days" data-value={data.storage.daysUntilFull ?? ''}>
							<Forecast storage={data.storage} />
						</dd>
					</div>
					<div>
						<dt>{t('resources.backup')}</dt>
						<dd data-testid="backup-age" data-at={goodAt === null ? '' : new Date(goodAt).toISOString()}>
							{data.backups.enabled ? (goodAt === null ? t('report.noBackup') : age) : t('resources.backupOff')}
						</dd>
					</div>
				</dl>
			)}
			<p>
				<Link href="/settings/backups">{t('resources.roomMore')}</Link>
			</p>
		</section>
	);
}

function Forecast({ storage: { bytesPerDay, daysUntilFull } }: { readonly storage: Storage }) {
	const { t } = useSpeech();
	if (bytesPerDay === null) return t('storage.unknown');
	if (daysUntilFull === null) return t('storage.steady');
	return daysUntilFull > FAR_DAYS ? t('storage.far') : t('storage.forecast', { n: Math.floor(daysUntilFull) });
}
