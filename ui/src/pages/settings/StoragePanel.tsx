import { useQuery } from '@tanstack/react-query';
import { fetchStorage, type Storage } from '../../api/appliance';
import { useServices } from '../../app/services';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { Telling } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';

const REFRESH_MS = 15_000;
/** A forecast below that many days is a warning; one beyond ten years is none. */
const SOON_DAYS = 14;
const FAR_DAYS = 3_650;

/** The room for the data: how full, how fast it fills, what a compaction would give back. */
export function StoragePanel() {
	const { t } = useSpeech();
	const { http } = useServices();
	const { data, error, refetch } = useQuery({
		queryKey: ['storage'],
		queryFn: ({ signal }) => fetchStorage(http, signal),
		staleTime: 0,
		refetchInterval: REFRESH_MS,
	});
	return (
		<section className={styles.card} aria-labelledby="storage" data-testid="storage" data-level={data?.level}>
			<h2 id="storage">{t('storage.title')}</h2>
			{data === undefined ? (
				error === null ? (
					<Skeleton label={t('data.loading')} rows={3} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				)
			) : (
				<Room storage={data} />
			)}
		</section>
	);
}

function Room({ storage }: { readonly storage: Storage }) {
	const { t, format } = useSpeech();
	const { level, usedPercent, bytesPerDay } = storage;
	const known = usedPercent !== null;
	const numbers = [
		['used', t('storage.used'), known ? format.percent(usedPercent) : '–'],
		['free', t('storage.free'), known ? format.bytes(storage.freeBytes) : '–'],
		['database', t('storage.database'), format.bytes(storage.databaseBytes)],
		['unused', t('storage.unused'), format.bytes(storage.unusedBytes)],
		[
			'growth',
			t('storage.growth'),
			bytesPerDay === null ? '–' : `${bytesPerDay < 0 ? '−' : ''}${format.bytes(Math.abs(bytesPerDay))}`,
		],
	] as const;
	return (
		<>
			{level !== 'ok' && (
				<Telling kind={level === 'warning' ? 'warning' : 'bad'}>
					<p>{t(`storage.${level}`)}</p>
					{storage.captureStopped && <p>{t('storage.captureStopped')}</p>}
					{storage.recordingStopped && <p>{t('storage.recordingStopped')}</p>}
				</Telling>
			)}
			<dl className={styles.numbers}>
				{numbers.map(([name, label, value]) => (
					<div key={name} data-testid="storage-number" data-name={name}>
						<dt>{label}</dt>
						<dd>{value}</dd>
					</div>
				))}
			</dl>
			<Forecast storage={storage} />
			<p className={styles.muted}>{t('storage.compact')}</p>
		</>
	);
}

function Forecast({ storage: { bytesPerDay, daysUntilFull } }: { readonly storage: Storage }) {
	const { t } = useSpeech();
	if (bytesPerDay === null) return <p data-testid="storage-forecast">{t('storage.unknown')}</p>;
	if (daysUntilFull === null) return <p data-testid="storage-forecast">{t('storage.steady')}</p>;
	const days = Math.floor(daysUntilFull);
	if (days > FAR_DAYS) return <p data-testid="storage-forecast">{t('storage.far')}</p>;
	const sentence = t('storage.forecast', { n: days });
	return days < SOON_DAYS ? (
		<Telling kind="warning" testId="storage-forecast">
			{sentence}
		</Telling>
	) : (
		<p data-testid="storage-forecast">{sentence}</p>
	);
}
