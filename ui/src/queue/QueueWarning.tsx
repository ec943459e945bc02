import { TriangleAlert } from 'lucide-react';
import type { Queue } from '../api/queue';
import { useSpeech } from '../i18n/language';
import styles from './queue.module.css';

/** That the queue is deeper than it should be; nothing while it is not. */
export function QueueWarning({ queue: { warning, pending } }: { readonly queue: Queue }) {
	const { t } = useSpeech();
	if (warning === null) return null;
	const threshold = warning.threshold ?? 0;
	return (
		<p className={styles.warning} role="status" data-testid="queue-warning" data-code={warning.code} data-value={pending}>
			<TriangleAlert size={16} aria-hidden="true" />
			<span>{t(pending > threshold ? 'queue.warned' : 'queue.warnedStill', { n: pending, threshold })}</span>
		</p>
	);
}
