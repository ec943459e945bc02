import type { Tone } from './tone';
import type { Unit } from './unit';

export type SeriesStyle = 'line' | 'area' | 'bar' | 'outline';

export interface ChartSeries {
	readonly key: string;
	readonly label: string;
	/** One a time; null: not known, a gap. */
	readonly values: readonly (number | null)[];
	readonly tone: Tone;
	/** Bars stand on each other in the order of the series; an outline is what something is compared with. Default: a line. */
	readonly style?: SeriesStyle;
}

export interface ChartMark {
	/** Milliseconds since 1970. */
	readonly at: number;
	readonly label: string;
	readonly kind: 'version' | 'degradation' | 'deadline';
}

export interface ChartThreshold {
	readonly value: number;
	readonly label: string;
}

/** What a chart over time shows. */
export interface ChartData {
	/** Milliseconds since 1970, growing: starts of buckets or moments of samples. */
	readonly times: readonly number[];
	/** Where the last bucket ends. Default: as long after its start as the one before. */
	readonly end?: number | undefined;
	readonly series: readonly ChartSeries[];
	readonly unit: Unit;
	readonly marks?: readonly ChartMark[] | undefined;
	readonly threshold?: ChartThreshold | undefined;
}

/** Lines of one colour are told apart by their dashes, in px; none: solid. */
export const DASHES: Readonly<Partial<Record<Tone, readonly number[]>>> = { p95: [6, 3], p99: [2, 3], muted: [4, 3] };
