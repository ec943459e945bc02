import type { Status } from '../api/execution';
import styles from './Progress.module.css';

interface ProgressProps {
	readonly percent: number;
	readonly status: Status;
	readonly thick?: boolean;
}

/** A bar with its number. The number is text, so the bar itself is left out for screen readers. */
export function Progress({ percent, status, thick = false }: ProgressProps) {
	return (
		<span className={thick ? `${styles.progress} ${styles.thick}` : styles.progress} data-tone={status}>
			<span className={styles.track} aria-hidden="true">
				<span className={styles.fill} style={{ transform: `scaleX(${percent / 100})` }} />
			</span>
			<span className={styles.number}>{percent}%</span>
		</span>
	);
}
