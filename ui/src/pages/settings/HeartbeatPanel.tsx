import { useQuery } from '@tanstack/react-query';
import { fetchHeartbeat, type Heartbeat } from '../../api/appliance';
import { useTicking } from '../../app/hooks';
import { useServices } from '../../app/services';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { Telling } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';

const REFRESH_MS = 15_000;

/** Whether somebody outside would notice if the appliance died. The address is a parameter of the start: it is a secret. */
export function HeartbeatPanel() {
	const { t } = useSpeech();
	const { http } = useServices();
	const { data, error, refetch } = useQuery({
		queryKey: ['heartbeat'],
		queryFn: ({ signal }) => fetchHeartbeat(http, signal),
		staleTime: 0,
		refetchInterval: REFRESH_MS,
	});
	return (
		<section className={styles.card} aria-labelledby="heartbeat" data-testid="heartbeat" data-enabled={data?.enabled}>
			<h2 id="heartbeat">{t('heartbeat.title')}</h2>
			<p className={styles.lead}>{t('heartbeat.lead')}</p>
			{data === undefined ? (
				error === null ? (
					<Skeleton label={t('data.loading')} rows={1} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				)
			) : (
				<Watch heartbeat={data} />
			)}
		</section>
	);
}

function Watch({ heartbeat: { enabled, host, everyMs, failures, heardAt } }: { readonly heartbeat: Heartbeat }) {
	const { t, format } = useSpeech();
	const age = useTicking((now) => format.ago(now - (heardAt ?? now)));
	const values = { host, every: format.duration(everyMs), age };
	if (!enabled) return <Telling kind="warning">{t('heartbeat.off')}</Telling>;
	if (failures > 0) return <Telling kind="bad">{t('heartbeat.unheard', { n: failures, host })}</Telling>;
	return <Telling>{heardAt === null ? t('heartbeat.waiting', values) : t('heartbeat.heard', values)}</Telling>;
}
