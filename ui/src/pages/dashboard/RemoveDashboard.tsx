import { useLocation } from 'wouter';
import { type Dashboard, removeDashboard } from '../../api/dashboards';
import { ActionButton } from '../../app/ActionButton';
import { useServices } from '../../app/services';
import controls from '../../design/controls.module.css';
import { Dialog } from '../../design/Dialog';
import { Failure } from '../../forms/Outcome';
import { useSending } from '../../forms/sending';
import { useSpeech } from '../../i18n/language';
import styles from './dashboard.module.css';
import { useTakeDashboard } from './useDashboards';

export function RemoveDashboard({ dashboard, onClose }: { readonly dashboard: Dashboard; readonly onClose: () => void }) {
	const { t } = useSpeech();
	const { http } = useServices();
	const take = useTakeDashboard();
	const [, navigate] = useLocation();
	const { working, error, send } = useSending();
	const remove = () =>
		send(async () => {
			await removeDashboard(http, dashboard.id);
			navigate('/', { replace: true });
			await take(null);
		});
	return (
		<Dialog title={t('dash.removeTitle', { name: dashboard.name })} onClose={onClose}>
			<div className={styles.form}>
				<p>{t('dash.removeText')}</p>
				<div className={styles.actions}>
					<button type="button" className={controls.button} onClick={onClose}>
						{t('act.cancel')}
					</button>
					<ActionButton
						className={`${controls.button} ${styles.danger}`}
						working={working}
						data-testid="dashboard-remove-confirm"
						onClick={() => void remove()}
					>
						{t('dash.remove')}
					</ActionButton>
				</div>
				<Failure error={error} />
			</div>
		</Dialog>
	);
}
