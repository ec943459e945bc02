import styles from './Skeleton.module.css';

/** The shape of what is being loaded. It comes late, so that a quick answer shows none. */
export function Skeleton({ label, rows }: { readonly label: string; readonly rows: number }) {
	return (
		<div className={styles.skeleton} role="status">
			<span className="visually-hidden">{label}</span>
			{Array.from({ length: rows }, (_, row) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: the bars are all alike and never move
				<span key={row} className={styles.bar} />
			))}
		</div>
	);
}
