import { fetchDepths } from '../api/queue';
import { useServices } from '../app/services';
import { useLiveQuery } from '../app/useLiveQuery';
import { TimeSeries } from '../charts/TimeSeries';
import { useSpeech } from '../i18n/language';

const DAY_MS = 24 * 3_600_000;
const EVERY_MS = 60_000;

interface DepthChartProps {
	/** Above which there is a warning; null: not known. */
	readonly warnDepth: number | null;
	readonly height?: number | 'fill';
}

/** How deep the queue was within a day; nothing where nobody noted it. */
export function DepthChart({ warnDepth, height = 180 }: DepthChartProps) {
	const { t } = useSpeech();
	const { http, clock } = useServices();
	const { data } = useLiveQuery({
		key: ['queue', 'depths'],
		fetch: (signal) => fetchDepths(http, clock.now() - DAY_MS, clock.now(), signal),
		everyMs: EVERY_MS,
	});
	if (data === undefined || data.depths.every((depth) => depth === null)) return null;
	return (
		<TimeSeries
			title={t('queue.depth')}
			times={data.times}
			series={[{ key: 'pending', label: t('queue.pendingLabel'), values: data.depths, tone: 'accent', style: 'area' }]}
			unit="count"
			threshold={warnDepth === null ? undefined : { value: warnDepth, label: t('queue.threshold', { n: warnDepth }) }}
			height={height}
			file="flowwatch-kolejka"
		/>
	);
}
