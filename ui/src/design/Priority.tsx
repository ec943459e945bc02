import type { Priority } from '../api/execution';
import { useSpeech } from '../i18n/language';
import styles from './Priority.module.css';

export function PriorityMark({ priority }: { readonly priority: Priority }) {
	const { t } = useSpeech();
	return (
		<span className={styles.mark} data-priority={priority}>
			<svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
				{priority === 'HIGH' && <path d="M5 1 9.5 9h-9z" fill="currentColor" />}
				{priority === 'NORMAL' && <circle cx="5" cy="5" r="3" fill="currentColor" />}
				{priority === 'LOW' && <path d="M5 8.5 1 1.8h8z" fill="none" stroke="currentColor" strokeWidth="1.3" />}
			</svg>
			{t(`prio.${priority}`)}
		</span>
	);
}
