import { ArrowUp, CircleCheckBig, SearchX } from 'lucide-react';
import { AlertRow } from '../../alerts/AlertRow';
import styles from '../../alerts/alerts.module.css';
import type { Alert } from '../../api/alerts';
import { useServices } from '../../app/services';
import { useHold } from '../../app/useHold';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { OlderButton } from '../../design/OlderButton';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import { ALL_ALERTS, serializeAlertFilter } from '../../url/alertfilter';
import { AlertFilterBar } from './AlertFilterBar';
import { useAlertFilter } from './useAlertFilter';
import { useOpenAlerts, useResolvedAlerts } from './useLiveAlerts';

/** What was raised: the open ones first, live, then those that are closed; narrowed by the address. */
export function AlertsPart() {
	const { t } = useSpeech();
	const { alerts } = useServices();
	const [filter, change] = useAlertFilter();
	const { held, handlers } = useHold();
	const open = useOpenAlerts(filter, held);
	const closed = useResolvedAlerts(filter, held);
	const shown = new Set(open.rows.map((one) => one.id));
	const older = closed.items.filter((one) => !shown.has(one.id));
	const narrow = serializeAlertFilter(filter) !== '';
	const clear = () => change(ALL_ALERTS);
	const openWanted = filter.status.length === 0 || filter.status.some((one) => one !== 'resolved');
	const loading = (openWanted && open.board.phase === 'loading') || (closed.wanted && closed.isPending);
	const empty = !loading && open.rows.length === 0 && older.length === 0;
	const failed = (openWanted && open.board.phase === 'failed' && open.board.error) || (closed.wanted && closed.error) || null;
	return (
		<div className={styles.part}>
			<AlertFilterBar filter={filter} onChange={change} />
			{failed !== null && (
				<FetchFailure
					error={failed}
					onRetry={() => {
						alerts.refresh();
						void closed.refetch();
					}}
				/>
			)}
			{loading && failed === null && <Skeleton label={t('alerts.loading')} rows={6} />}
			{!loading && failed === null && !narrow && open.rows.length === 0 && (
				<p className={styles.calm} role="status">
					<CircleCheckBig size={18} aria-hidden="true" />
					{t('alerts.calm')}
				</p>
			)}
			{empty && narrow && (
				<Notice
					icon={SearchX}
					title={t('alerts.noMatch')}
					action={
						<button type="button" className={controls.button} onClick={clear}>
							{t('list.clear')}
						</button>
					}
				/>
			)}
			{!loading && (
				<div className={styles.lists} {...handlers}>
					{open.waiting > 0 && (
						<button
							type="button"
							className={`${controls.button} ${controls.primary} ${styles.pill}`}
							data-testid="new-rows"
							onClick={open.release}
						>
							<ArrowUp size={15} aria-hidden="true" />
							{t('alerts.new', { n: open.waiting })}
						</button>
					)}
					<AlertList title={t('alerts.open', { n: open.rows.length })} alerts={open.rows} />
					<AlertList title={t('alerts.closed')} alerts={older} />
					<OlderButton pages={closed} />
				</div>
			)}
		</div>
	);
}

function AlertList({ title, alerts }: { readonly title: string; readonly alerts: readonly Alert[] }) {
	if (alerts.length === 0) return null;
	return (
		<section className={styles.list} aria-label={title}>
			<h2>{title}</h2>
			<ul className={styles.rows}>
				{alerts.map((alert) => (
					<AlertRow key={alert.id} alert={alert} />
				))}
			</ul>
		</section>
	);
}
