import styles from './charts.module.css';
import { extremes, isolated } from './thin';
import type { Tone } from './tone';

interface SparklineProps {
	readonly values: readonly (number | null)[];
	/** What it shows, in words with its numbers. */
	readonly label: string;
	readonly tone?: Tone;
	/** Where the line is at the bottom. Default: the least value. */
	readonly from?: number;
}

const POINTS_MAX = 120;
const HEIGHT = 20;

/** A line without axes, for the course of something beside its number. */
export function Sparkline({ values, label, tone = 'accent', from }: SparklineProps) {
	const shown = extremes(values, POINTS_MAX);
	return (
		<svg
			className={styles.spark}
			data-tone={tone}
			viewBox={`0 0 ${Math.max(1, shown.length - 1)} ${HEIGHT}`}
			preserveAspectRatio="none"
			role="img"
			aria-label={label}
		>
			<path d={pathOf(shown, from)} vectorEffect="non-scaling-stroke" />
		</svg>
	);
}

function pathOf(values: readonly (number | null)[], from: number | undefined): string {
	const known = values.filter((value) => value !== null);
	const [low, high] = [from ?? Math.min(...known), Math.max(...known)];
	const y = (value: number) => (high === low ? HEIGHT / 2 : HEIGHT - 1 - ((value - low) / (high - low)) * (HEIGHT - 2));
	const alone = new Set(isolated(values));
	return values
		.map((value, i) => {
			if (value === null) return '';
			const place = `${i} ${y(value).toFixed(2)}`;
			if (alone.has(i)) return `M${place}h0`;
			return `${values[i - 1] == null ? 'M' : 'L'}${place}`;
		})
		.join('');
}
