import { ActionButton } from '../../app/ActionButton';
import controls from '../../design/controls.module.css';
import { Dialog } from '../../design/Dialog';
import { useSpeech } from '../../i18n/language';
import styles from './dashboard.module.css';

interface ConflictDialogProps {
	readonly working: boolean;
	readonly onTheirs: () => void;
	readonly onMine: () => void;
	readonly onClose: () => void;
}

/** Somebody else stored the dashboard meanwhile: one of the two versions stays. */
export function ConflictDialog({ working, onTheirs, onMine, onClose }: ConflictDialogProps) {
	const { t } = useSpeech();
	return (
		<Dialog title={t('dash.conflictTitle')} onClose={onClose} testId="dashboard-conflict">
			<div className={styles.form}>
				<p>{t('dash.conflictText')}</p>
				<div className={styles.actions}>
					<ActionButton className={controls.button} working={working} data-testid="conflict-theirs" onClick={onTheirs}>
						{t('dash.theirs')}
					</ActionButton>
					<ActionButton
						className={`${controls.button} ${styles.danger}`}
						working={working}
						data-testid="conflict-mine"
						onClick={onMine}
					>
						{t('dash.mine')}
					</ActionButton>
				</div>
			</div>
		</Dialog>
	);
}
