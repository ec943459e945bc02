import { UserCheck } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { type Alert, actOnAlert } from '../../api/alerts';
import { ApiError } from '../../api/http';
import { SEVERITIES, type Severity } from '../../api/severity';
import { ActionButton } from '../../app/ActionButton';
import { useRight, useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { Ago } from '../../design/Moment';
import { AlertStatusBadge, SeverityIcon } from '../../design/Severity';
import { useSpeech } from '../../i18n/language';
import { unattended } from '../../live/alertboard';
import parts from '../parts.module.css';
import type { ViewProps } from '../widget';
import styles from './AlertList.module.css';

/** The latest alerts, and how many are open by how serious they are. */
export function AlertList({ data }: ViewProps<readonly Alert[]>) {
	return (
		<>
			<OpenCounts />
			<ul className={styles.rows}>
				{data.map((alert) => (
					<Row key={alert.id} alert={alert} />
				))}
			</ul>
		</>
	);
}

function OpenCounts() {
	const { t } = useSpeech();
	const { alerts } = useServices();
	const board = useSignal(alerts.board);
	const open = new Map<Severity, number>();
	for (const one of board.alerts.values()) {
		if (unattended(one)) open.set(one.severity, (open.get(one.severity) ?? 0) + 1);
	}
	if (board.phase !== 'ready') return null;
	return (
		<ul className={styles.counts} aria-label={t('alerts.open', { n: [...open.values()].reduce((sum, n) => sum + n, 0) })}>
			{[...SEVERITIES].reverse().map((severity) => (
				<li key={severity} data-testid="alert-severity" data-severity={severity} data-value={open.get(severity) ?? 0}>
					<SeverityIcon severity={severity} />
					<strong>{open.get(severity) ?? 0}</strong>
				</li>
			))}
		</ul>
	);
}

function Row({ alert }: { readonly alert: Alert }) {
	return (
		<li
			className={styles.row}
			data-testid="alert-row"
			data-alert-id={alert.id}
			data-rule-id={alert.ruleId}
			data-status={alert.status}
			data-severity={alert.severity}
		>
			<SeverityIcon severity={alert.severity} />
			<Link className={parts.name} href={`/alerts/${encodeURIComponent(alert.id)}`} title={alert.message}>
				{alert.message}
			</Link>
			<span className={styles.state}>
				{unattended(alert) ? <Acknowledge alert={alert} /> : <AlertStatusBadge status={alert.status} />}
			</span>
			<span className={`${parts.said} ${styles.when}`}>
				<Ago at={alert.triggeredAt} />
				{alert.workflowName !== null && <span>{alert.workflowName}</span>}
			</span>
		</li>
	);
}

/** One click says that somebody takes care. */
function Acknowledge({ alert }: { readonly alert: Alert }) {
	const { t } = useSpeech();
	const { http, alerts } = useServices();
	const may = useRight('alerts.acknowledge');
	const [phase, setPhase] = useState<'idle' | 'sending' | 'failed'>('idle');
	if (!may) return <AlertStatusBadge status={alert.status} />;
	const acknowledge = async () => {
		setPhase('sending');
		try {
			alerts.put(await actOnAlert(http, alert.id, 'acknowledge', ''));
		} catch (error) {
			// Somebody was faster: what the alert is now says more than a refusal.
			if (error instanceof ApiError && error.status === 409) alerts.refresh();
			setPhase('failed');
		}
	};
	return (
		<>
			<ActionButton
				className={`${controls.button} ${styles.ack}`}
				working={phase === 'sending'}
				data-testid="alert-ack"
				onClick={() => void acknowledge()}
			>
				<UserCheck size={14} aria-hidden="true" />
				{t('alert.do.acknowledge')}
			</ActionButton>
			{phase === 'failed' && (
				<span role="alert" className={styles.fault}>
					{t('state.failed')}
				</span>
			)}
		</>
	);
}
