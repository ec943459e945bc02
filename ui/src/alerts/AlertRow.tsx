import { memo } from 'react';
import { Link } from 'wouter';
import type { Alert } from '../api/alerts';
import { Ago } from '../design/Moment';
import { AlertStatusBadge, SeverityBadge } from '../design/Severity';
import { useSpeech } from '../i18n/language';
import { AlertActions } from './AlertActions';
import styles from './alerts.module.css';

/** One alert in a list: how serious, what, where, since when, who takes care, and what can be done. */
export const AlertRow = memo(function AlertRow({ alert }: { readonly alert: Alert }) {
	return (
		<li
			className={styles.row}
			data-testid="alert-row"
			data-alert-id={alert.id}
			data-rule-id={alert.ruleId}
			data-status={alert.status}
			data-severity={alert.severity}
		>
			<div className={styles.severity}>
				<SeverityBadge severity={alert.severity} />
			</div>
			<div className={styles.what}>
				<Link className={styles.message} href={`/alerts/${encodeURIComponent(alert.id)}`}>
					{alert.message}
				</Link>
				<AlertPlace alert={alert} />
			</div>
			<div className={styles.state}>
				<AlertStatusBadge status={alert.status} />
				<Caretaker alert={alert} />
			</div>
			<AlertActions alert={alert} comment={() => ''} />
		</li>
	);
});

/** When it was raised, how often it happened, of which workflow and execution. */
function AlertPlace({ alert }: { readonly alert: Alert }) {
	const { t } = useSpeech();
	return (
		<p className={styles.place}>
			<Ago at={alert.triggeredAt} />
			{alert.count > 1 && <span data-testid="alert-count">{t('alerts.count', { n: alert.count })}</span>}
			{alert.workflowName !== null && <span>{alert.workflowName}</span>}
			{alert.executionId !== null && (
				<Link href={`/executions/${encodeURIComponent(alert.executionId)}`}>{alert.executionId}</Link>
			)}
			{alert.late && <span>{t('alerts.late')}</span>}
		</p>
	);
}

/** Who took care of an alert, or closed it. */
function Caretaker({ alert }: { readonly alert: Alert }) {
	const { t } = useSpeech();
	if (alert.status === 'resolved') {
		const nobody = alert.resolvedById === null || alert.resolvedById === 'system';
		return <span className={styles.muted}>{nobody ? t('alerts.byItself') : alert.resolvedBy}</span>;
	}
	if (alert.acknowledgedBy === null) return null;
	return (
		<span className={styles.muted} data-testid="alert-caretaker">
			{alert.acknowledgedBy}
		</span>
	);
}
