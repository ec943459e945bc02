import styles from './charts.module.css';
import type { Tone } from './tone';

interface BarProps {
	readonly parts: readonly { readonly label: string; readonly value: number; readonly tone: Tone }[];
	readonly label: string;
	/** What the whole bar is worth. Default: its parts together. */
	readonly whole?: number;
}

/** Parts of a whole beside each other. Its label says them all in words. */
export function Bar({ parts, label, whole = 0 }: BarProps) {
	const sum = parts.reduce((total, part) => total + part.value, 0);
	const rest = Math.max(0, whole - sum);
	const words = parts.map((part) => `${part.label} ${part.value}`).join(', ');
	return (
		<div className={styles.bar} role="img" aria-label={words === '' ? label : `${label}: ${words}`}>
			{parts
				.filter((part) => part.value > 0)
				.map((part) => (
					<span key={part.label} data-tone={part.tone} title={`${part.label}: ${part.value}`} style={{ flexGrow: part.value }} />
				))}
			{rest > 0 && <i style={{ flexGrow: rest }} />}
		</div>
	);
}
