import type { Status } from '../api/execution';
import { useSpeech } from '../i18n/language';
import styles from './charts.module.css';

interface TickStripProps {
	/** Oldest first. */
	readonly results: readonly Status[];
	readonly label: string;
	/** Places of the strip: fewer results stand at its right end. Default 24. */
	readonly room?: number;
}

const STEP = 7;
const HEIGHT = 18;

/** Each state has a shape of its own: done is a whole bar, failed a cross, cancelled a stroke, and what still runs a ring. */
const SHAPES: Readonly<Record<Status, string>> = {
	completed: 'M0 3v12',
	failed: 'M-2 6.5l4 5M2 6.5l-4 5',
	cancelled: 'M-2 12l4 -6',
	running: 'M0 7.2a1.8 1.8 0 1 1 -.01 0',
	waiting: 'M-1.6 7v4M1.6 7v4',
	pending: 'M0 9h0',
};

/** The results of the last runs, one mark each. */
export function TickStrip({ results, label, room = 24 }: TickStripProps) {
	const { t } = useSpeech();
	const shown = results.slice(-room);
	const counted = (['completed', 'failed', 'cancelled', 'running', 'waiting', 'pending'] as const)
		.map((status) => ({ status, n: shown.filter((one) => one === status).length }))
		.filter(({ n }) => n > 0)
		.map(({ status, n }) => `${t(`status.${status}`)} ${n}`);
	const words = t('chart.ticks', { label, results: counted.join(', ') || t('chart.noData') });
	return (
		<svg className={styles.ticks} viewBox={`0 0 ${room * STEP} ${HEIGHT}`} role="img" aria-label={words}>
			<title>{words}</title>
			{shown.map((status, i) => (
				<path
					// biome-ignore lint/suspicious/noArrayIndexKey: marks have no identity but their place
					key={i}
					className={styles.tick}
					data-tone={status === 'cancelled' ? 'muted' : status}
					transform={`translate(${(room - shown.length + i + 0.5) * STEP} 0)`}
					d={SHAPES[status]}
				/>
			))}
		</svg>
	);
}
