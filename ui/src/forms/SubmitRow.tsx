import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { ActionButton } from '../app/ActionButton';
import controls from '../design/controls.module.css';
import { useSpeech } from '../i18n/language';
import styles from './parts.module.css';

interface SubmitRowProps {
	readonly icon: LucideIcon;
	readonly label: string;
	readonly working: boolean;
	readonly onCancel?: () => void;
	readonly children?: ReactNode;
}

/** The end of a form: the button that sends it, one that gives it up, and what else belongs beside them. */
export function SubmitRow({ icon: Icon, label, working, onCancel, children }: SubmitRowProps) {
	const { t } = useSpeech();
	return (
		<div className={styles.actions}>
			<ActionButton type="submit" className={`${controls.button} ${controls.primary}`} working={working}>
				<Icon size={16} aria-hidden="true" />
				{label}
			</ActionButton>
			{onCancel !== undefined && (
				<button type="button" className={controls.button} onClick={onCancel}>
					{t('act.cancel')}
				</button>
			)}
			{children}
		</div>
	);
}
