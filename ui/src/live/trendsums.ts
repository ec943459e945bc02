import type { TrendPoint } from '../api/workflows';

export interface Sums {
	readonly total: number;
	readonly completed: number;
	readonly failed: number;
	/** Percent; null when nothing finished. */
	readonly successRate: number | null;
}

/** What buckets amount to together. */
export function sumsOf(points: readonly TrendPoint[]): Sums {
	const sum = (of: (point: TrendPoint) => number) => points.reduce((all, point) => all + of(point), 0);
	const [total, completed, failed] = [sum((p) => p.total), sum((p) => p.completed), sum((p) => p.failed)];
	const finished = completed + failed;
	return { total, completed, failed, successRate: finished === 0 ? null : (100 * completed) / finished };
}
