import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import type { WidgetConfig } from '../../api/dashboards';
import { BUCKETS, type Bucket } from '../../api/workflows';
import { type Compared, useComparedTrend, type Within } from '../../app/workflowqueries';
import { Sparkline } from '../../charts/Sparkline';
import type { ChartSeries } from '../../charts/series';
import { TimeSeries } from '../../charts/TimeSeries';
import { FetchFailure } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import { sumsOf } from '../../live/trendsums';
import { EVERYTHING, serializeFilter } from '../../url/filter';
import { named } from '../../url/range';
import { useSize } from '../useSize';
import type { ViewProps } from '../widget';
import styles from './ExecutionChart.module.css';

const CHART_WIDTH = 340;
const CHART_HEIGHT = 130;
const COMPARED_WIDTH = 640;

/** How many executions began: a line and the sum; with room bars by result, with more beside the range before. */
export function ExecutionChart({ data, config }: ViewProps<Within<Compared>>) {
	const { t } = useSpeech();
	const [ref, { width, height }] = useSize<HTMLDivElement>();
	const { now, bucket } = data.answer;
	const { total, failed } = sumsOf(now.points);
	const chart = width >= CHART_WIDTH && height >= CHART_HEIGHT;
	const large = chart && width >= COMPARED_WIDTH;
	const [chosen, choose] = useState<Bucket | null>(null);
	return (
		<div ref={ref} className={styles.view}>
			<div className={chart ? styles.line : styles.value} data-value={total}>
				{t('wf.runs', { n: total })}
				{failed > 0 && <span className={styles.failed}>{t('wf.failedRuns', { n: failed })}</span>}
				<span className={styles.of}>
					{t(`range.${config.range ?? '24h'}`)}
					{!large && ` · ${t(`wf.per.${bucket}`)}`}
				</span>
				{large && <Switch bucket={chosen ?? bucket} onChoose={choose} />}
			</div>
			{chart && large && chosen !== null && <Chosen config={config} bucket={chosen} />}
			{chart && !(large && chosen !== null) && <Bars data={data} workflow={config.workflow} compared={large} />}
			{!chart && (
				<div className={styles.spark}>
					<Sparkline
						values={now.points.map((point) => point.total)}
						label={`${t(`wf.per.${bucket}`)}: ${now.points.map((point) => point.total).join(', ')}`}
						from={0}
					/>
				</div>
			)}
		</div>
	);
}

/** Chooses the length of the buckets. */
function Switch({ bucket, onChoose }: { readonly bucket: Bucket; readonly onChoose: (bucket: Bucket) => void }) {
	const { t } = useSpeech();
	return (
		<select
			className={styles.switch}
			aria-label={t('wf.bucket')}
			value={bucket}
			onChange={(event) => onChoose(BUCKETS.find((one) => one === event.target.value) ?? bucket)}
		>
			{BUCKETS.map((one) => (
				<option key={one} value={one}>
					{t(`wf.per.${one}`)}
				</option>
			))}
		</select>
	);
}

/** The same in buckets of the length that somebody chose. */
function Chosen({ config, bucket }: { readonly config: WidgetConfig; readonly bucket: Bucket }) {
	const { t } = useSpeech();
	const { data, error, refetch } = useComparedTrend(config.workflow, named(config.range ?? '24h'), bucket);
	if (data !== undefined) return <Bars data={data} workflow={config.workflow} compared />;
	if (error !== null) return <FetchFailure error={error} onRetry={() => void refetch()} />;
	return <Skeleton label={t('wf.loading')} rows={3} />;
}

interface BarsProps {
	readonly data: Within<Compared>;
	readonly workflow: string | null;
	readonly compared: boolean;
}

function Bars({ data: { answer }, workflow, compared }: BarsProps) {
	const { t } = useSpeech();
	const [, navigate] = useLocation();
	const { now, former } = answer;
	const times = useMemo(() => now.points.map((point) => point.start), [now]);
	const series = useMemo(() => {
		const other = now.points.map((point) => point.total - point.completed - point.failed);
		const bars: ChartSeries[] = [
			{
				key: 'completed',
				label: t('wf.completed'),
				tone: 'completed',
				style: 'bar',
				values: now.points.map((point) => point.completed),
			},
			{ key: 'failed', label: t('wf.failed'), tone: 'failed', style: 'bar', values: now.points.map((point) => point.failed) },
		];
		if (other.some((value) => value > 0)) {
			bars.push({ key: 'other', label: t('wf.other'), tone: 'pending', style: 'bar', values: other });
		}
		if (compared) {
			const values = now.points.map((_, i) => former.points[i]?.total ?? null);
			bars.push({ key: 'former', label: t('wf.former'), tone: 'muted', style: 'outline', values });
		}
		return bars;
	}, [now, former, compared, t]);
	return (
		<div className={styles.chart}>
			<TimeSeries
				title={t('widget.execution_chart')}
				hideTitle
				times={times}
				end={now.points.at(-1)?.end}
				series={series}
				unit="count"
				height="fill"
				onZoom={(from, to) =>
					navigate(
						`/executions?${serializeFilter({ ...EVERYTHING, workflow: workflow ?? '', from: Math.floor(from), to: Math.ceil(to) })}`,
					)
				}
			/>
		</div>
	);
}
