import { useInfiniteQuery } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import styles from '../../alerts/alerts.module.css';
import { DeliveryList } from '../../alerts/DeliveryList';
import { DELIVERY_STATUSES, fetchDeliveries } from '../../api/deliveries';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { OlderButton } from '../../design/OlderButton';
import { Skeleton } from '../../design/Skeleton';
import parts from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';

/** How often messages that are on their way are asked for, in ms. */
const WATCH_MS = 5_000;
/** How long after a change of an alert its messages are there, in ms. */
const AFTER_CHANGE_MS = 1_000;

/** All messages of the organisation, newest first. */
export function DeliveriesPart() {
	const { t } = useSpeech();
	const { http, alerts } = useServices();
	const [, navigate] = useLocation();
	const asked = new URLSearchParams(useSearch()).get('status');
	const status = DELIVERY_STATUSES.find((one) => one === asked) ?? '';
	const query = useInfiniteQuery({
		queryKey: ['deliveries', status],
		queryFn: ({ pageParam, signal }) => fetchDeliveries(http, status, pageParam, signal),
		initialPageParam: null as string | null,
		getNextPageParam: (page) => page.next,
		staleTime: 0,
		refetchInterval: WATCH_MS,
	});
	const { refetch } = query;
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const stop = alerts.listen(() => {
			timer ??= setTimeout(() => {
				timer = undefined;
				void refetch();
			}, AFTER_CHANGE_MS);
		});
		return () => {
			clearTimeout(timer);
			stop();
		};
	}, [alerts, refetch]);
	const items = query.data?.pages.flatMap((page) => page.items);
	return (
		<div className={styles.part}>
			<p className={parts.lead}>{t('deliveries.lead')}</p>
			<search className={styles.one}>
				<label className={controls.field}>
					{t('deliveries.state')}
					<select
						name="status"
						className={controls.select}
						value={status}
						onChange={({ target }) =>
							navigate(target.value === '' ? '/alerts/deliveries' : `/alerts/deliveries?status=${target.value}`)
						}
					>
						<option value="">{t('deliveries.all')}</option>
						{DELIVERY_STATUSES.map((one) => (
							<option key={one} value={one}>
								{t(`delivery.${one}`)}
							</option>
						))}
					</select>
				</label>
			</search>
			{items === undefined &&
				(query.error === null ? (
					<Skeleton label={t('deliveries.loading')} rows={6} />
				) : (
					<FetchFailure error={query.error} onRetry={() => void refetch()} />
				))}
			{items?.length === 0 && <Notice icon={Send} title={t(status === '' ? 'deliveries.none' : 'deliveries.noMatch')} />}
			{items !== undefined && items.length > 0 && (
				<div className={styles.boxed}>
					<DeliveryList deliveries={items} onChanged={() => void refetch()} withAlert />
				</div>
			)}
			<OlderButton pages={query} />
		</div>
	);
}
