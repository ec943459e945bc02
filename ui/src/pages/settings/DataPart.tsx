import { ErasurePanel } from './ErasurePanel';
import styles from './parts.module.css';
import { RetentionPanel } from './RetentionPanel';

/** What is kept how long, and what leaves on request. */
export function DataPart() {
	return (
		<div className={styles.part}>
			<RetentionPanel />
			<ErasurePanel />
		</div>
	);
}
