import { useInfiniteQuery } from '@tanstack/react-query';
import { CircleCheckBig } from 'lucide-react';
import { useEffect } from 'react';
import { AlertRow } from '../../alerts/AlertRow';
import styles from '../../alerts/alerts.module.css';
import { fetchAlerts } from '../../api/alerts';
import { useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import { FetchFailure, Notice } from '../../design/Notice';
import { OlderButton } from '../../design/OlderButton';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';

/** The alerts that are about an execution, newest first, live. */
export default function AlertsPanel({ executionId }: { readonly executionId: string }) {
	const { t } = useSpeech();
	const { http, alerts } = useServices();
	const board = useSignal(alerts.board);
	const query = useInfiniteQuery({
		queryKey: ['execution-alerts', executionId],
		queryFn: ({ pageParam, signal }) => fetchAlerts(http, { execution: executionId }, pageParam, signal),
		initialPageParam: null as string | null,
		getNextPageParam: (page) => page.next,
		staleTime: 0,
	});
	const { refetch } = query;
	useEffect(
		() =>
			alerts.listen((alert, fresh) => {
				if (fresh && alert.executionId === executionId) void refetch();
			}),
		[alerts, executionId, refetch],
	);
	const items = query.data?.pages.flatMap((page) => page.items);
	if (items === undefined) {
		return query.error === null ? (
			<Skeleton label={t('alerts.loading')} rows={3} />
		) : (
			<FetchFailure error={query.error} onRetry={() => void refetch()} />
		);
	}
	if (items.length === 0) return <Notice icon={CircleCheckBig} title={t('alerts.noneOfExecution')} />;
	return (
		<div className={styles.list}>
			<ul className={styles.rows}>
				{items.map((alert) => {
					const live = board.alerts.get(alert.id);
					return <AlertRow key={alert.id} alert={live !== undefined && live.seq > alert.seq ? live : alert} />;
				})}
			</ul>
			<OlderButton pages={query} />
		</div>
	);
}
