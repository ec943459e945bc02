import { useQuery, useQueryClient } from '@tanstack/react-query';
import { fetchOffice } from '../../api/office';
import { useServices } from '../../app/services';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import { OfficeForm } from './OfficeForm';
import styles from './parts.module.css';

const KEY = ['office'];

/** What the office sets: thresholds, how long what is kept, what is kept of step data. */
export function OfficePart() {
	const { t } = useSpeech();
	const { http } = useServices();
	const client = useQueryClient();
	const { data, error, refetch } = useQuery({
		queryKey: KEY,
		queryFn: ({ signal }) => fetchOffice(http, signal),
		staleTime: 0,
	});
	return (
		<section className={styles.card} aria-labelledby="office">
			<h2 id="office">{t('settings.office')}</h2>
			<p className={styles.lead}>{t('office.hint')}</p>
			{data === undefined ? (
				error === null ? (
					<Skeleton label={t('data.loading')} rows={4} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				)
			) : (
				<OfficeForm settings={data} onSaved={(saved) => client.setQueryData(KEY, saved)} onStale={() => void refetch()} />
			)}
		</section>
	);
}
