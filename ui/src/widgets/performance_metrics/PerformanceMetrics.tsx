import { TrendingDown } from 'lucide-react';
import { useMemo } from 'react';
import { Delta } from '../../charts/Delta';
import { Sparkline } from '../../charts/Sparkline';
import { TimeSeries } from '../../charts/TimeSeries';
import { written } from '../../charts/unit';
import { useSpeech } from '../../i18n/language';
import parts from '../parts.module.css';
import { useSize } from '../useSize';
import type { ViewProps } from '../widget';
import type { Performance } from './definition';
import styles from './PerformanceMetrics.module.css';

const CHART_WIDTH = 340;
const CHART_HEIGHT = 130;

/** p95 and how it changed; with room its course beside p50 and p99, with more all figures. */
export function PerformanceMetrics({ data }: ViewProps<Performance>) {
	const { t, format } = useSpeech();
	const [ref, { width, height }] = useSize<HTMLDivElement>();
	const { metrics, trend } = data;
	const known = trend.points.filter((point) => point.p95 !== null);
	const [last, former] = [known.at(-1), known.at(-2)];
	const [now, then] = metrics === null ? [last?.p95 ?? null, former?.p95 ?? null] : [metrics.now.p95, metrics.former.p95];
	return (
		<div ref={ref} className={styles.view}>
			<div className={parts.figure}>
				<p className={styles.value} data-testid="metric" data-metric="p95" data-value={now ?? ''}>
					<span className={styles.of}>p95</span> {written(now, 'ms', format, t)}
				</p>
				<Delta now={now} former={then} unit="ms" better="down" />
				<p className={styles.of}>
					{metrics === null
						? last !== undefined && t('widget.lastBucket', { from: format.minute(last.start) })
						: t('wf.n', { n: metrics.now.samples })}
				</p>
				{trend.degradation?.degraded === true && (
					<p className={styles.degraded}>
						<TrendingDown size={15} aria-hidden="true" />
						{t('wf.degradedMark')}
					</p>
				)}
			</div>
			{metrics !== null && (
				<dl className={styles.more}>
					{(['averageDuration', 'p50', 'p99'] as const).map((metric) => (
						<div key={metric} data-testid="metric" data-metric={metric} data-value={metrics.now[metric] ?? ''}>
							<dt>{t(`wf.metric.${metric}`)}</dt>
							<dd>{written(metrics.now[metric], 'ms', format, t)}</dd>
						</div>
					))}
				</dl>
			)}
			{width >= CHART_WIDTH && height >= CHART_HEIGHT ? (
				<Course data={data} />
			) : (
				<div className={styles.spark}>
					<Sparkline values={trend.points.map((point) => point.p95)} tone="p95" label={t('widget.course')} />
				</div>
			)}
		</div>
	);
}

function Course({ data: { trend } }: { readonly data: Performance }) {
	const { t } = useSpeech();
	const { points } = trend;
	const times = useMemo(() => points.map((point) => point.start), [points]);
	const series = useMemo(
		() =>
			(['p50', 'p95', 'p99'] as const).map((key) => ({ key, label: key, tone: key, values: points.map((point) => point[key]) })),
		[points],
	);
	return (
		<div className={styles.chart}>
			<TimeSeries title={t('wf.duration')} hideTitle times={times} series={series} unit="ms" height="fill" />
		</div>
	);
}
