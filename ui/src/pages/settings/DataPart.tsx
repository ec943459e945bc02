import styles from '../../forms/parts.module.css';
import { ErasurePanel } from './ErasurePanel';
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
