import { useQuery } from '@tanstack/react-query';
import { BrushCleaning } from 'lucide-react';
import { useState } from 'react';
import { fetchRetention, REMOVED, type RetentionRun, type RetentionState, runRetention } from '../../api/data';
import { useServices } from '../../app/services';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { Confirm } from '../../forms/Confirm';
import { Telling } from '../../forms/Outcome';
import styles from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { Numbers } from './Numbers';

/** How long what is kept; the last clean-up and the next. */
export function RetentionPanel() {
	const { t } = useSpeech();
	const { http } = useServices();
	const { data, error, refetch } = useQuery({
		queryKey: ['retention'],
		queryFn: ({ signal }) => fetchRetention(http, signal),
		staleTime: 0,
	});
	return (
		<section className={styles.card} aria-labelledby="retention" data-testid="retention">
			<h2 id="retention">{t('data.retention')}</h2>
			<p className={styles.lead}>{t('data.retentionHint')}</p>
			{data === undefined ? (
				error === null ? (
					<Skeleton label={t('data.loading')} rows={4} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				)
			) : (
				<Retention state={data} onRun={() => void refetch()} />
			)}
		</section>
	);
}

function Retention({ state, onRun }: { readonly state: RetentionState; readonly onRun: () => void }) {
	const { t } = useSpeech();
	const { http, forgetList } = useServices();
	const [ran, setRan] = useState<RetentionRun | null>(null);
	const { policy } = state;
	const kept = [
		['data.stepData', policy.stepDataDays],
		['data.metrics', policy.rawMetricsDays],
		['data.executions', policy.executionsDays],
		['data.alerts', policy.alertHistoryDays],
		['data.audit', policy.auditDays],
	] as const;
	return (
		<>
			<dl className={styles.numbers}>
				{kept.map(([name, days]) => (
					<div key={name}>
						<dt>{t(name)}</dt>
						<dd>{t('time.d', { n: days })}</dd>
					</div>
				))}
			</dl>
			<div className={styles.stack}>
				<LastRun state={state} />
				<NextRun state={state} />
			</div>
			<div role="status">
				{ran !== null && (
					<Telling testId="retention-done" kind={ran.error === '' ? 'done' : 'bad'}>
						{ran.error === '' ? t('data.ranWell') : t('data.ranBadly', { error: ran.error })}
					</Telling>
				)}
			</div>
			<div className={styles.actions}>
				<Confirm
					label={t('data.run')}
					icon={BrushCleaning}
					question={t('data.runAsk')}
					action={t('data.run')}
					testId="retention-run"
					work={async () => {
						setRan(await runRetention(http));
						forgetList();
						onRun();
					}}
				/>
			</div>
		</>
	);
}

function LastRun({ state }: { readonly state: RetentionState }) {
	const { t, format } = useSpeech();
	const last = state.runs[0];
	if (last === undefined || last.finishedAt === null) return <p className={styles.muted}>{t('data.neverRan')}</p>;
	return (
		<div className={styles.stack} data-testid="retention-last">
			<p>
				<b>{t('data.last')}</b> {format.dateTime(last.finishedAt)}
				{last.error !== '' && ` – ${t('data.ranBadly', { error: last.error })}`}
			</p>
			<Numbers
				values={REMOVED.map((name) => [t(`data.removed.${name}`), last.removed[name]])}
				nothing={t('data.removedNothing')}
			/>
		</div>
	);
}

function NextRun({ state }: { readonly state: RetentionState }) {
	const { t, format } = useSpeech();
	if (state.nextAt === null) return null;
	const { executions, stepData } = state.due;
	return (
		<p data-testid="retention-next">
			<b>{t('data.next')}</b> {format.dateTime(state.nextAt)}.{' '}
			{executions + stepData === 0
				? t('data.dueNothing')
				: t('data.due', { executions: format.number(executions), stepData: format.number(stepData) })}
		</p>
	);
}
