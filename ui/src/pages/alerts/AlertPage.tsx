import { useQuery } from '@tanstack/react-query';
import { ArrowLeft, SearchX } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Link } from 'wouter';
import { AlertActions } from '../../alerts/AlertActions';
import styles from '../../alerts/alerts.module.css';
import { DeliveryList } from '../../alerts/DeliveryList';
import { type Alert, type AlertDetail, fetchAlert } from '../../api/alerts';
import { ApiError } from '../../api/http';
import { useRight, useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { Ago, Moment } from '../../design/Moment';
import { FetchFailure, Notice } from '../../design/Notice';
import { AlertStatusBadge, SeverityBadge } from '../../design/Severity';
import { Skeleton } from '../../design/Skeleton';
import parts from '../../forms/parts.module.css';
import { useSpeech } from '../../i18n/language';
import { useRuleSentence } from './sentence';

/** How often an alert is asked for while messages about it are on their way, in ms. */
const WATCH_MS = 2_000;
const REMARK_MAX = 1_000;

/** One alert: what happened, what was said and done about it, and which messages went out. */
export function AlertPage({ id }: { readonly id: string }) {
	const { t } = useSpeech();
	const { http, alerts } = useServices();
	const known = useSignal(alerts.board).alerts.get(id);
	const { data, error, refetch } = useQuery({
		queryKey: ['alert', id],
		queryFn: ({ signal }) => fetchAlert(http, id, signal),
		staleTime: 0,
		refetchInterval: ({ state }) => (state.data?.alert.deliveries.some(underWay) ? WATCH_MS : false),
	});
	const seq = known?.seq ?? 0;
	const behind = data !== undefined && data.alert.seq < seq;
	useEffect(() => {
		if (behind) void refetch();
	}, [behind, refetch]);
	return (
		<div className={styles.part}>
			<Link className={parts.back} href="/alerts">
				<ArrowLeft size={15} aria-hidden="true" />
				{t('alerts.back')}
			</Link>
			{data !== undefined ? (
				<Content detail={data} newer={behind ? known : undefined} onChanged={() => void refetch()} />
			) : error === null ? (
				<Skeleton label={t('alerts.loading')} rows={5} />
			) : error instanceof ApiError && error.status === 404 ? (
				<Notice icon={SearchX} title={t('alerts.gone')} />
			) : (
				<FetchFailure error={error} onRetry={() => void refetch()} />
			)}
		</div>
	);
}

const underWay = ({ status }: { readonly status: string }) => ['queued', 'sending', 'retrying'].includes(status);

interface ContentProps {
	readonly detail: AlertDetail;
	readonly newer: Alert | undefined;
	readonly onChanged: () => void;
}

function Content({ detail, newer, onChanged }: ContentProps) {
	const { t } = useSpeech();
	const alert = newer ?? detail.alert;
	const comment = useRef<HTMLTextAreaElement>(null);
	const id = useId();
	const may = [useRight('alerts.acknowledge'), useRight('alerts.resolve')].some(Boolean);
	return (
		<>
			<article
				className={parts.card}
				data-testid="alert-detail"
				data-alert-id={alert.id}
				data-status={alert.status}
				data-severity={alert.severity}
			>
				<p className={styles.badges}>
					<SeverityBadge severity={alert.severity} />
					<AlertStatusBadge status={alert.status} />
					<span className={styles.muted}>
						<Ago at={alert.triggeredAt} />
					</span>
				</p>
				<h2 className={styles.said}>{alert.message}</h2>
				{alert.error !== null && <p className={styles.error}>{alert.error}</p>}
				<AlertActions
					alert={alert}
					comment={() => comment.current?.value ?? ''}
					onDone={() => {
						if (comment.current !== null) comment.current.value = '';
						onChanged();
					}}
				/>
				{may && alert.status !== 'resolved' && (
					<div className={parts.line}>
						<label htmlFor={id}>{t('alerts.comment')}</label>
						<textarea
							ref={comment}
							id={id}
							name="comment"
							className={`${controls.input} ${styles.comment}`}
							maxLength={REMARK_MAX}
							rows={2}
							placeholder={t('alerts.commentHint')}
						/>
					</div>
				)}
			</article>
			<div className={parts.columns}>
				<section className={parts.card} aria-labelledby={`${id}-facts`}>
					<h2 id={`${id}-facts`}>{t('alerts.course')}</h2>
					<Facts alert={alert} detail={detail} />
				</section>
				<section className={parts.card} aria-labelledby={`${id}-remarks`}>
					<h2 id={`${id}-remarks`}>{t('alerts.comments')}</h2>
					<Remarks alert={alert} />
				</section>
			</div>
			<section className={parts.card} aria-labelledby={`${id}-deliveries`}>
				<h2 id={`${id}-deliveries`}>{t('alerts.messages')}</h2>
				<DeliveryList deliveries={detail.alert.deliveries} onChanged={onChanged} />
			</section>
		</>
	);
}

function Facts({ alert, detail }: { readonly alert: Alert; readonly detail: AlertDetail }) {
	const { t } = useSpeech();
	const sentence = useRuleSentence();
	const nobody = alert.resolvedById === 'system';
	return (
		<dl className={parts.facts}>
			<Fact name={t('list.workflow')}>{alert.workflowName}</Fact>
			<Fact name={t('alerts.execution')}>
				{alert.executionId !== null && (
					<Link href={`/executions/${encodeURIComponent(alert.executionId)}`}>{alert.executionId}</Link>
				)}
			</Fact>
			<Fact name={t('alerts.step')}>{alert.step}</Fact>
			<Fact name={t('alerts.triggered')}>
				<Moment at={alert.triggeredAt} />
			</Fact>
			<Fact name={t('alerts.happened')}>{alert.count > 1 && t('alerts.times', { n: alert.count })}</Fact>
			<Fact name={t('alerts.lastSeen')}>{alert.count > 1 && alert.lastSeenAt !== null && <Moment at={alert.lastSeenAt} />}</Fact>
			<Fact name={t('alert.acknowledged')}>
				{alert.acknowledgedAt !== null && (
					<>
						{alert.acknowledgedBy}, <Moment at={alert.acknowledgedAt} />
					</>
				)}
			</Fact>
			<Fact name={t('alert.escalated')}>
				{alert.escalatedAt !== null && (
					<>
						{t('alerts.level', { n: alert.escalationLevel })}, <Moment at={alert.escalatedAt} />
					</>
				)}
			</Fact>
			<Fact name={t('alerts.nextEscalation')}>{alert.nextEscalationAt !== null && <Moment at={alert.nextEscalationAt} />}</Fact>
			<Fact name={t('alert.resolved')}>
				{alert.resolvedAt !== null && (
					<>
						{nobody ? t(whyOf(alert.resolvedWhy)) : alert.resolvedBy}, <Moment at={alert.resolvedAt} />
					</>
				)}
			</Fact>
			<Fact name={t('alerts.rule')}>
				<Link href={`/alerts/rules/${encodeURIComponent(alert.ruleId)}`}>{alert.ruleName}</Link>
			</Fact>
			<Fact name={t('alerts.ruleWas')}>{detail.rule !== null && sentence(detail.rule)}</Fact>
		</dl>
	);
}

function whyOf(why: string) {
	const known = ['cleared', 'expired', 'rule_deleted', 'rule_changed'] as const;
	const word = known.find((one) => one === why);
	return word === undefined ? ('alerts.byItself' as const) : (`alerts.why.${word}` as const);
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
	if (children === null || children === false || children === '') return null;
	return (
		<div>
			<dt>{name}</dt>
			<dd>{children}</dd>
		</div>
	);
}

function Remarks({ alert }: { readonly alert: Alert }) {
	const { t } = useSpeech();
	if (alert.remarks.length === 0) return <p className={styles.muted}>{t('alerts.noComments')}</p>;
	return (
		<ul className={styles.remarks}>
			{alert.remarks.map((remark) => (
				<li key={`${remark.at} ${remark.text}`} data-testid="alert-comment">
					<p>{remark.text}</p>
					<p className={styles.muted}>
						{remark.by} {remark.at !== null && <Moment at={remark.at} />}
					</p>
				</li>
			))}
		</ul>
	);
}
