import { fetchResources, type Resource } from '../../api/resources';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import { TimeSeries } from '../../charts/TimeSeries';
import type { Tone } from '../../charts/tone';
import { FetchFailure } from '../../design/Notice';
import { RangePicker } from '../../design/RangePicker';
import { Skeleton } from '../../design/Skeleton';
import { useSpeech } from '../../i18n/language';
import { align, presentOf } from '../../resources/present';
import { amountOf, metricName, scaleOf, unitOf } from '../../resources/words';
import { bounds } from '../../url/range';
import { useRange } from '../../url/useRange';
import styles from './resourcespage.module.css';

const EVERY_MS = 30_000;
/** Charts of own gauges beyond that are left out: their cards remain. */
const CHARTS_MAX = 12;
const TONES: readonly Tone[] = ['accent', 'p95', 'p99', 'completed', 'pending'];

/** How resources were over a range, all charts on one cursor. */
export function ResourceCharts({ thresholds }: { readonly thresholds: Readonly<Record<string, number>> }) {
	const { t } = useSpeech();
	const { http, clock } = useServices();
	const [range, setRange] = useRange('1h');
	const { data, error, refetch } = useLiveQuery({
		key: ['resources', range.name, range.from, range.to],
		fetch: async (signal) => {
			const { start, end } = bounds(range, clock.now());
			return { start, end, all: await fetchResources(http, start, end, signal) };
		},
		everyMs: EVERY_MS,
	});
	const zoom = (from: number, to: number) => setRange({ name: 'custom', from, to });
	const metrics = [...new Set(presentOf(data?.all ?? []).flatMap(({ metric, value }) => (value === null ? [] : metric)))];
	return (
		<section aria-labelledby="resources-past" className={styles.section}>
			<div className={styles.bar}>
				<h2 id="resources-past">{t('resources.past')}</h2>
				<RangePicker range={range} bounds={bounds(range, clock.now())} onChange={setRange} />
			</div>
			{data === undefined ? (
				error === null ? (
					<Skeleton label={t('resources.loading')} rows={4} />
				) : (
					<FetchFailure error={error} onRetry={() => void refetch()} />
				)
			) : metrics.length === 0 ? (
				<p className={styles.of}>{t('resources.nothing')}</p>
			) : (
				<div className={styles.charts}>
					{metrics.slice(0, CHARTS_MAX).map((metric) => (
						<Chart
							key={metric}
							metric={metric}
							all={data.all.filter((one) => one.metric === metric)}
							start={data.start}
							end={data.end}
							threshold={thresholds[metric]}
							onZoom={zoom}
						/>
					))}
				</div>
			)}
		</section>
	);
}

interface ChartProps {
	readonly metric: string;
	readonly all: readonly Resource[];
	readonly start: number;
	readonly end: number;
	readonly threshold: number | undefined;
	readonly onZoom: (from: number, to: number) => void;
}

function Chart({ metric, all, start, end, threshold, onZoom }: ChartProps) {
	const { t, format } = useSpeech();
	const { times, values } = align(all, start, end);
	const scale = scaleOf(metric);
	const label = ({ source, tags }: Resource) => [t(`resource.source.${source}`), ...tags].join(' · ');
	return (
		<div className={styles.chart}>
			<TimeSeries
				title={metricName(metric, t)}
				times={times}
				series={all.map((one, n) => ({
					key: [one.source, ...one.tags].join(' '),
					label: label(one),
					values: (values[n] ?? []).map((value) => (value === null ? null : value * scale)),
					tone: TONES[n % TONES.length] ?? 'accent',
				}))}
				unit={unitOf(metric)}
				threshold={
					threshold === undefined
						? undefined
						: { value: threshold, label: t('resources.threshold', { value: amountOf(metric, threshold, format) }) }
				}
				onZoom={onZoom}
				sync="resources"
				height={170}
				file={`flowwatch-${metric.replaceAll(/[._]/g, '-')}`}
			/>
		</div>
	);
}
