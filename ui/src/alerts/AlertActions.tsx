import { ChevronsUp, CircleCheck, type LucideIcon, UserCheck } from 'lucide-react';
import { type Alert, type AlertAction, actOnAlert } from '../api/alerts';
import { ApiError } from '../api/http';
import { ActionButton } from '../app/ActionButton';
import { useRight } from '../app/hooks';
import { useServices } from '../app/services';
import controls from '../design/controls.module.css';
import { Failure } from '../forms/Outcome';
import { useSending } from '../forms/sending';
import { useSpeech } from '../i18n/language';
import styles from './alerts.module.css';

interface AlertActionsProps {
	readonly alert: Alert;
	/** What is to be said with the action; '' for nothing. */
	readonly comment: () => string;
	readonly onDone?: () => void;
}

/** What can be done about an alert, one click each, as far as the viewer has the right. */
export function AlertActions({ alert, comment, onDone }: AlertActionsProps) {
	const { http, alerts } = useServices();
	const mayAcknowledge = useRight('alerts.acknowledge');
	const mayResolve = useRight('alerts.resolve');
	const { working, error, send } = useSending();
	const open = alert.status !== 'resolved';
	const act = (action: AlertAction) => async (event: { currentTarget: HTMLElement }) => {
		const row = event.currentTarget.closest('li, article');
		const done = await send(async () => {
			try {
				alerts.put(await actOnAlert(http, alert.id, action, comment()));
			} catch (failure) {
				// Somebody was faster: what the alert is now says more than a refusal.
				if (failure instanceof ApiError && failure.status === 409) alerts.refresh();
				throw failure;
			}
		});
		if (!done) return;
		onDone?.();
		// The button that was pressed is gone; the focus stays with the alert.
		if (document.activeElement === null || document.activeElement === document.body) row?.querySelector('a')?.focus();
	};
	return (
		<div className={styles.actions}>
			{open && mayAcknowledge && alert.status !== 'acknowledged' && (
				<AlertButton action="acknowledge" testId="alert-ack" icon={UserCheck} primary working={working} onClick={act} />
			)}
			{open && mayResolve && (
				<>
					<AlertButton action="escalate" testId="alert-escalate" icon={ChevronsUp} working={working} onClick={act} />
					<AlertButton action="resolve" testId="alert-resolve" icon={CircleCheck} working={working} onClick={act} />
				</>
			)}
			<Failure error={error} />
		</div>
	);
}

interface AlertButtonProps {
	readonly action: AlertAction;
	readonly testId: string;
	readonly icon: LucideIcon;
	readonly primary?: boolean;
	readonly working: boolean;
	readonly onClick: (action: AlertAction) => (event: { currentTarget: HTMLElement }) => Promise<void>;
}

function AlertButton({ action, testId, icon: Icon, primary = false, working, onClick }: AlertButtonProps) {
	const { t } = useSpeech();
	return (
		<ActionButton
			className={primary ? `${controls.button} ${controls.primary}` : controls.button}
			data-testid={testId}
			working={working}
			onClick={(event) => void onClick(action)(event)}
		>
			<Icon size={15} aria-hidden="true" />
			{t(`alert.do.${action}`)}
		</ActionButton>
	);
}
