import styles from './resources.module.css';

interface MeterProps {
	/** 0 to 100. */
	readonly percent: number;
	/** Above which it warns, in percent. */
	readonly threshold: number | undefined;
}

/** How full something is, beside its number; the mark is where it begins to warn. */
export function Meter({ percent, threshold }: MeterProps) {
	const within = Math.min(100, Math.max(0, percent));
	return (
		<div className={styles.meter} data-over={threshold !== undefined && percent > threshold} aria-hidden="true">
			<i style={{ width: `${within}%` }} />
			{threshold !== undefined && <b style={{ left: `${threshold}%` }} />}
		</div>
	);
}
