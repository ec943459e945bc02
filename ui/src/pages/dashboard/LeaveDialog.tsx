import controls from '../../design/controls.module.css';
import { Dialog } from '../../design/Dialog';
import { useSpeech } from '../../i18n/language';
import styles from './dashboard.module.css';

/** Asks whether changes that are not stored may be lost. */
export function LeaveDialog({ onStay, onLeave }: { readonly onStay: () => void; readonly onLeave: () => void }) {
	const { t } = useSpeech();
	return (
		<Dialog title={t('dash.leaveTitle')} onClose={onStay} testId="dashboard-leave">
			<div className={styles.form}>
				<p>{t('dash.leaveText')}</p>
				<div className={styles.actions}>
					<button type="button" className={controls.button} onClick={onStay}>
						{t('dash.stay')}
					</button>
					<button
						type="button"
						className={`${controls.button} ${styles.danger}`}
						data-testid="dashboard-discard"
						onClick={onLeave}
					>
						{t('dash.discard')}
					</button>
				</div>
			</div>
		</Dialog>
	);
}
