import { useMemo } from 'react';
import { Link } from 'wouter';
import { type Compared, useWorkflowList, type Within } from '../../app/workflowqueries';
import { Delta } from '../../charts/Delta';
import { Sparkline } from '../../charts/Sparkline';
import { TimeSeries } from '../../charts/TimeSeries';
import { useSpeech } from '../../i18n/language';
import { sumsOf } from '../../live/trendsums';
import { arranged } from '../../live/workfloworder';
import parts from '../parts.module.css';
import { useSize } from '../useSize';
import type { ViewProps } from '../widget';
import styles from './SuccessRate.module.css';

/** Below this a rate is looked at, in percent. */
const THRESHOLD = 95;
const TABLE_WIDTH = 640;
const CHART_WIDTH = 340;
const CHART_HEIGHT = 190;

/** The rate with what it is of and how it changed; with room its course, with more the workflows, the worst first. */
export function SuccessRate({ data, config }: ViewProps<Within<Compared>>) {
	const { t, format } = useSpeech();
	const [ref, { width, height }] = useSize<HTMLDivElement>();
	const { now, former } = data.answer;
	const sums = sumsOf(now.points);
	return (
		<div ref={ref} className={styles.view}>
			<div className={parts.figure}>
				<p
					className={sums.successRate === null ? styles.unknown : styles.value}
					data-testid="metric"
					data-metric="successRate"
					data-value={sums.successRate ?? ''}
				>
					{sums.successRate === null ? t('chart.noData') : format.percent(sums.successRate)}
				</p>
				<Delta now={sums.successRate} former={sumsOf(former.points).successRate} unit="percent" better="up" />
				<p className={styles.of}>
					{t('wf.n', { n: sums.completed + sums.failed })} · {t(`range.${config.range ?? '24h'}`)}
				</p>
			</div>
			{width >= CHART_WIDTH && height >= CHART_HEIGHT ? (
				<Course data={data} />
			) : (
				<div className={styles.spark}>
					<Sparkline values={now.points.map((point) => point.successRate)} tone="completed" label={t('widget.course')} />
				</div>
			)}
			{width >= TABLE_WIDTH && config.workflow === null && <Worst />}
		</div>
	);
}

function Course({ data: { answer } }: { readonly data: Within<Compared> }) {
	const { t, format } = useSpeech();
	const { points } = answer.now;
	const times = useMemo(() => points.map((point) => point.start), [points]);
	const series = useMemo(
		() => [
			{
				key: 'rate',
				label: t('wf.metric.successRate'),
				tone: 'completed' as const,
				values: points.map((point) => point.successRate),
			},
		],
		[points, t],
	);
	const threshold = useMemo(
		() => ({ value: THRESHOLD, label: t('chart.threshold', { value: format.percent(THRESHOLD) }) }),
		[t, format],
	);
	return (
		<div className={styles.chart}>
			<TimeSeries
				title={t('wf.metric.successRate')}
				hideTitle
				times={times}
				series={series}
				unit="percent"
				threshold={threshold}
				height="fill"
			/>
		</div>
	);
}

const WORST_MAX = 8;

/** By workflow, over the last week: that is what the list knows. */
function Worst() {
	const { t, format } = useSpeech();
	const { data } = useWorkflowList();
	const worst = arranged(data ?? [], { q: '', sort: 'successRate' })
		.filter((one) => one.week?.successRate != null)
		.slice(0, WORST_MAX);
	if (worst.length === 0) return null;
	return (
		<ul className={styles.worst} aria-label={t('wf.head.rate')}>
			{worst.map((one) => (
				<li key={one.id}>
					<Link href={`/workflows/${encodeURIComponent(one.id)}?range=7d`}>{one.name}</Link>
					<span>{format.percent(one.week?.successRate ?? 0)}</span>
					<span className={styles.of}>{t('wf.of', { n: (one.week?.completed ?? 0) + (one.week?.failed ?? 0) })}</span>
				</li>
			))}
		</ul>
	);
}
