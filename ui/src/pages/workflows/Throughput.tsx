import { useMemo } from 'react';
import { BUCKETS, type Bucket, type TrendPoint } from '../../api/workflows';
import { useTrend } from '../../app/workflowqueries';
import { TimeSeries } from '../../charts/TimeSeries';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import type { Bounds, Range } from '../../url/range';
import styles from './WorkflowPage.module.css';

/** The server answers at most so many buckets. */
const POINTS_MAX = 11_000;
const HOUR_MS = 3_600_000;
const LENGTHS: Readonly<Record<Bucket, number>> = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 168 * HOUR_MS };

interface ThroughputProps {
	readonly id: string;
	readonly range: Range;
	readonly ends: Bounds;
	readonly onZoom: (from: number, to: number) => void;
}

/** How many executions began in each hour, day and week of the range. */
export function Throughput({ id, range, ends, onZoom }: ThroughputProps) {
	const { t } = useSpeech();
	const fits = (bucket: Bucket) => (ends.end - ends.start) / LENGTHS[bucket] < POINTS_MAX - 2;
	return (
		<section className={styles.part}>
			<h2>{t('wf.throughput')}</h2>
			<div className={styles.thirds}>
				{BUCKETS.filter(fits).map((bucket) => (
					<ThroughputChart key={bucket} id={id} range={range} bucket={bucket} onZoom={onZoom} />
				))}
			</div>
		</section>
	);
}

function ThroughputChart({ id, range, bucket, onZoom }: Omit<ThroughputProps, 'ends'> & { readonly bucket: Bucket }) {
	const { t } = useSpeech();
	const { data, error } = useTrend(id, range, bucket);
	const points = data?.answer.points;
	const series = useCounts(points ?? NONE);
	const times = useMemo(() => (points ?? NONE).map((point) => point.start), [points]);
	return (
		<div className={styles.card} data-testid="throughput" data-bucket={bucket} data-points={points?.length ?? ''}>
			{points === undefined && error === null && <Skeleton label={t('wf.loading')} rows={4} />}
			{points !== undefined && (
				<TimeSeries
					title={t(`wf.per.${bucket}`)}
					times={times}
					end={points?.at(-1)?.end}
					series={series}
					unit="count"
					height={150}
					onZoom={onZoom}
					file={`${id}-${bucket}`}
				/>
			)}
		</div>
	);
}

const NONE: readonly TrendPoint[] = [];

function useCounts(points: readonly TrendPoint[]) {
	const { t } = useSpeech();
	return useMemo(() => {
		const other = points.map((point) => point.total - point.completed - point.failed);
		const bar = 'bar' as const;
		const series = [
			{
				key: 'completed',
				label: t('wf.completed'),
				tone: 'completed' as const,
				style: bar,
				values: points.map((point) => point.completed),
			},
			{ key: 'failed', label: t('wf.failed'), tone: 'failed' as const, style: bar, values: points.map((point) => point.failed) },
			{ key: 'other', label: t('wf.other'), tone: 'pending' as const, style: bar, values: other },
		];
		return other.some((value) => value > 0) ? series : series.slice(0, 2);
	}, [points, t]);
}
