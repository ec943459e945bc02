import { TriangleAlert } from 'lucide-react';
import type { Health } from '../api/resources';
import styles from './resources.module.css';

/** The queue has a warning of its own. */
const ELSEWHERE = 'queue_backlog';

interface ResourceWarningsProps {
	readonly health: Health;
	/** For where there is little room. */
	readonly compact?: boolean;
}

/** The thresholds that resources are above, in sentences; nothing while there are none. */
export function ResourceWarnings({ health, compact = false }: ResourceWarningsProps) {
	const warnings = health.warnings.filter(({ code }) => code !== ELSEWHERE);
	if (warnings.length === 0) return null;
	return (
		<div className={styles.warnings} data-compact={compact} role="status">
			<ul>
				{warnings.map((warning) => (
					<li
						key={`${warning.code} ${warning.source} ${warning.value}`}
						data-testid="resource-warning"
						data-code={warning.code}
						data-source={warning.source}
						data-value={warning.value ?? ''}
					>
						<TriangleAlert size={16} aria-hidden="true" />
						<span>{warning.message}</span>
					</li>
				))}
			</ul>
		</div>
	);
}
