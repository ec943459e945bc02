import { Link, useLocation } from 'wouter';
import { useSearch } from 'wouter/use-browser-location';
import { type Consumer, fetchConsumers, WINDOWS, type Window } from '../../api/resources';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import { Meter } from '../../resources/Meter';
import { RESOURCES_EVERY_MS } from '../../resources/useResources';
import styles from './resourcespage.module.css';

/** The workflows that use most, greatest first. */
export function ConsumersPanel() {
	const { t } = useSpeech();
	const { http } = useServices();
	const [window, choose] = useWindow();
	const { data, error, refetch } = useLiveQuery({
		key: ['consumers', window],
		fetch: (signal) => fetchConsumers(http, window, signal),
		everyMs: RESOURCES_EVERY_MS,
	});
	return (
		<section aria-labelledby="consumers" className={styles.section}>
			<div className={styles.bar}>
				<h2 id="consumers">{t('consumers.title')}</h2>
				<fieldset className={styles.windows}>
					<legend className="visually-hidden">{t('consumers.window')}</legend>
					{WINDOWS.map((one) => (
						<button
							key={one}
							type="button"
							data-testid="consumers-window"
							data-value={one}
							aria-pressed={one === window}
							onClick={() => choose(one)}
						>
							{t(`consumers.window.${one}`)}
						</button>
					))}
				</fieldset>
			</div>
			{data === undefined ? (
				error === null ? (
					<Skeleton label={t('resources.loading')} rows={3} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				)
			) : data.items.length === 0 ? (
				<p className={styles.of}>{t('consumers.none')}</p>
			) : (
				<div className={styles.scroll}>
					<table className={styles.table}>
						<thead>
							<tr>
								<th scope="col">{t('list.workflow')}</th>
								<th scope="col">{t('resource.cpu.usage_percent')}</th>
								<th scope="col">{t('resource.memory.used_mb')}</th>
								<th scope="col">{t(data.byCpu ? 'consumers.shareCpu' : 'consumers.shareTime')}</th>
							</tr>
						</thead>
						<tbody>
							{data.items.map((one) => (
								<Row key={one.workflowId} consumer={one} />
							))}
						</tbody>
					</table>
				</div>
			)}
		</section>
	);
}

function Row({ consumer }: { readonly consumer: Consumer }) {
	const { format } = useSpeech();
	const { workflowId, workflowName, cpuPercent, memoryMb, sharePercent } = consumer;
	return (
		<tr data-testid="consumer" data-workflow-id={workflowId} data-share={sharePercent ?? ''}>
			<th scope="row">
				<Link href={`/workflows/${encodeURIComponent(workflowId)}`}>{workflowName || workflowId}</Link>
			</th>
			<td>{cpuPercent === null ? '–' : format.percent(cpuPercent)}</td>
			<td>{memoryMb === null ? '–' : format.megabytes(memoryMb)}</td>
			<td>
				{sharePercent === null ? (
					'–'
				) : (
					<span className={styles.share}>
						<Meter percent={sharePercent} threshold={undefined} />
						{format.percent(sharePercent)}
					</span>
				)}
			</td>
		</tr>
	);
}

/** The time over which use is counted, as the address holds it. */
function useWindow(): [Window, (window: Window) => void] {
	const search = useSearch();
	const [path, navigate] = useLocation();
	const window = WINDOWS.find((one) => one === new URLSearchParams(search).get('window')) ?? '5m';
	return [
		window,
		(next) => {
			const query = new URLSearchParams(search);
			if (next === '5m') query.delete('window');
			else query.set('window', next);
			navigate(query.size === 0 ? path : `${path}?${query}`);
		},
	];
}
