import { useQuery } from '@tanstack/react-query';
import { CloudOff, ExternalLink, Plus, Square } from 'lucide-react';
import { useState } from 'react';
import styles from '../../alerts/alerts.module.css';
import { endOutage, fetchOutages, type Outage } from '../../api/outages';
import { ActionButton } from '../../app/ActionButton';
import { useRight, useTicking } from '../../app/hooks';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { Failure } from '../../forms/Outcome';
import parts from '../../forms/parts.module.css';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import { OutageForm } from './OutageForm';

/** Known failures of others: which there are, a new one, and the end of one. */
export function OutagesPart() {
	const { t } = useSpeech();
	const { http, queries } = useServices();
	const may = useRight('alerts.manage');
	const [making, setMaking] = useState(false);
	const { data, error, refetch } = useQuery({
		queryKey: ['outages'],
		queryFn: ({ signal }) => fetchOutages(http, signal),
		staleTime: 0,
	});
	return (
		<div className={styles.part}>
			<div className={parts.bar}>
				<p className={parts.lead}>{t('outages.lead')}</p>
				{may && !making && (
					<button
						type="button"
						className={`${controls.button} ${controls.primary}`}
						data-testid="outage-new"
						onClick={() => setMaking(true)}
					>
						<Plus size={16} aria-hidden="true" />
						{t('outages.new')}
					</button>
				)}
			</div>
			{making && (
				<OutageForm
					onMade={() => {
						setMaking(false);
						void queries.invalidateQueries({ queryKey: ['outages'] });
					}}
					onCancel={() => setMaking(false)}
				/>
			)}
			{data === undefined &&
				(error === null ? (
					<Skeleton label={t('outages.loading')} rows={3} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				))}
			{data?.length === 0 && !making && <Notice icon={CloudOff} title={t('outages.none')} />}
			{data !== undefined && data.length > 0 && (
				<ul className={parts.rows}>
					{data.map((outage) => (
						<OutageRow key={outage.id} outage={outage} />
					))}
				</ul>
			)}
		</div>
	);
}

function OutageRow({ outage }: { readonly outage: Outage }) {
	const { t, format } = useSpeech();
	const { http, queries } = useServices();
	const may = useRight('alerts.manage');
	const { working, error, send } = useSending();
	const { since, until } = outage;
	const said = useTicking((now) => (now < since ? 'planned' : until === null || now < until ? 'running' : 'over'));
	const state = (['planned', 'running', 'over'] as const).find((one) => one === said) ?? 'over';
	const from = format.dateTime(since);
	return (
		<li className={`${parts.row} ${styles.silence}`} data-testid="outage-row" data-outage-id={outage.id} data-state={state}>
			<span className={parts.badges}>
				<span className={parts.badge} data-kind={state === 'running' ? 'warning' : undefined}>
					{t(`silences.${state}`)}
				</span>
			</span>
			<div className={parts.main}>
				<b>{outage.cause}</b>
				<span>{outage.reason}</span>
				{outage.link !== '' && (
					<a href={outage.link} target="_blank" rel="noreferrer">
						<ExternalLink className={styles.outside} size={13} aria-hidden="true" /> {t('outages.announced')}
					</a>
				)}
			</div>
			<div className={parts.main}>
				<span>{until === null ? t('outages.open', { from }) : t('silences.span', { from, to: format.dateTime(until) })}</span>
				<span className={styles.muted}>
					{outage.endedBy === null ? outage.createdBy : t('outages.endedBy', { by: outage.createdBy, ended: outage.endedBy })}
				</span>
			</div>
			{may && state !== 'over' && (
				<ActionButton
					className={controls.button}
					data-testid="outage-end"
					working={working}
					onClick={async () => {
						if (await send(() => endOutage(http, outage.id))) await queries.invalidateQueries({ queryKey: ['outages'] });
					}}
				>
					<Square size={13} aria-hidden="true" />
					{t(state === 'planned' ? 'silences.drop' : 'silences.end')}
				</ActionButton>
			)}
			<Failure error={error} />
		</li>
	);
}
