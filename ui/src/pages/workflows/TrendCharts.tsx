import { useMemo } from 'react';
import type { Degradation, Trend, TrendPoint, Workflow } from '../../api/workflows';
import type { ChartMark } from '../../charts/series';
import { TimeSeries } from '../../charts/TimeSeries';
import { useSpeech } from '../../i18n/language';
import styles from './WorkflowPage.module.css';

interface TrendChartsProps {
	readonly workflow: Workflow;
	readonly trend: Trend;
	readonly onZoom: (from: number, to: number) => void;
}

/** How long executions took and how many succeeded, over the range; with what may have changed them. */
export function TrendCharts({ workflow, trend: { points, degradation }, onZoom }: TrendChartsProps) {
	const { t } = useSpeech();
	const times = useMemo(() => points.map((point) => point.start), [points]);
	const marks = useMarks(workflow, degradation, points);
	const durations = useMemo(
		() =>
			(['p50', 'p95', 'p99'] as const).map((key) => ({ key, label: key, tone: key, values: points.map((point) => point[key]) })),
		[points],
	);
	const rates = useMemo(
		() => [
			{
				key: 'successRate',
				label: t('wf.metric.successRate'),
				tone: 'completed' as const,
				values: points.map((point) => point.successRate),
			},
		],
		[points, t],
	);
	const shared = { times, end: points.at(-1)?.end, marks, onZoom, sync: 'workflow' };
	return (
		<>
			<section className={styles.card} data-testid="trend" data-metric="duration" data-points={points.length}>
				<TimeSeries {...shared} title={t('wf.duration')} series={durations} unit="ms" file={`${workflow.id}-duration`} />
			</section>
			<section className={styles.card} data-testid="trend" data-metric="successRate" data-points={points.length}>
				<TimeSeries
					{...shared}
					title={t('wf.metric.successRate')}
					series={rates}
					unit="percent"
					file={`${workflow.id}-successRate`}
				/>
			</section>
		</>
	);
}

function useMarks(workflow: Workflow, degradation: Degradation | null, points: readonly TrendPoint[]): ChartMark[] {
	const { t } = useSpeech();
	const [from, to] = [points[0]?.start ?? 0, points.at(-1)?.end ?? 0];
	const since = degradation?.degraded === true ? degradation.since : null;
	const { versionSince, version } = workflow;
	return useMemo(() => {
		const marks: ChartMark[] = [];
		if (versionSince !== null) marks.push({ at: versionSince, label: t('wf.version', { version }), kind: 'version' });
		if (since !== null) marks.push({ at: since, label: t('wf.degradedMark'), kind: 'degradation' });
		return marks.filter((mark) => mark.at >= from && mark.at <= to);
	}, [versionSince, version, since, from, to, t]);
}
