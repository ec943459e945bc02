import { Link } from 'wouter';
import { fetchConsumers } from '../../api/resources';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import { Sparkline } from '../../charts/Sparkline';
import { useSpeech } from '../../i18n/language';
import { Meter } from '../../resources/Meter';
import { type Present, presentOf } from '../../resources/present';
import { ResourceWarnings } from '../../resources/ResourceWarnings';
import { RESOURCES_EVERY_MS } from '../../resources/useResources';
import { amountOf, metricName } from '../../resources/words';
import { useNeighbour } from '../DashboardGrid';
import { useSize } from '../useSize';
import type { ViewProps } from '../widget';
import type { Usage } from './definition';
import styles from './ResourceView.module.css';

/** What the small ones show, the most telling first. */
const SHOWN = [
	'cpu.usage_percent',
	'memory.usage_percent',
	'memory.used_mb',
	'db.active_connections',
	'queue.depth',
	'disk.used_percent',
];
const LARGE_WIDTH = 560;
const LARGE_HEIGHT = 240;
const CONSUMERS = 5;

/** Resources: the processor; where there is room the others with their last quarter of an hour, and who uses most. */
export function ResourceView({ data: { resources, health } }: ViewProps<Usage>) {
	const { t } = useSpeech();
	const [ref, { width, height }] = useSize<HTMLDivElement>();
	// What is above its threshold the state of the system says in full.
	const said = useNeighbour('system_health');
	return (
		<div ref={ref} className={styles.view}>
			{health !== null && !said && <ResourceWarnings health={health} compact />}
			<div className={styles.columns}>
				<ul className={styles.resources}>
					{telling(presentOf(resources)).map((one) => (
						<Line key={one.key} present={one} threshold={health?.thresholds[one.metric]} />
					))}
				</ul>
				{width >= LARGE_WIDTH && height >= LARGE_HEIGHT && <Consumers />}
			</div>
			<p className={styles.every}>{t('resources.everyShort', { n: RESOURCES_EVERY_MS / 1_000 })}</p>
		</div>
	);
}

/** One of each kind: the engine's, or that of the server or the monitor where the engine says nothing. */
function telling(all: readonly Present[]): Present[] {
	return SHOWN.flatMap((metric) => {
		const known = all.filter((one) => one.metric === metric && one.value !== null);
		return ['engine', 'host', 'self'].flatMap((source) => known.find((one) => one.source === source) ?? []).slice(0, 1);
	});
}

function Line({ present, threshold }: { readonly present: Present; readonly threshold: number | undefined }) {
	const { t, format } = useSpeech();
	const { metric, source, value, at, recent } = present;
	const name = metricName(metric, t);
	return (
		<li
			data-testid="resource"
			data-metric={metric}
			data-source={source}
			data-value={value ?? ''}
			data-at={at === null ? '' : new Date(at).toISOString()}
		>
			<span className={styles.name}>
				{name} <small>{t(`resource.source.${source}`)}</small>
			</span>
			<b>{amountOf(metric, value, format)}</b>
			{value !== null && metric.endsWith('_percent') && <Meter percent={value} threshold={threshold} />}
			<span className={styles.spark}>
				{recent.length > 1 && <Sparkline values={recent} label={t('resources.recent', { name })} from={0} />}
			</span>
		</li>
	);
}

function Consumers() {
	const { t, format } = useSpeech();
	const { http } = useServices();
	const { data } = useLiveQuery({
		key: ['consumers', '5m'],
		fetch: (signal) => fetchConsumers(http, '5m', signal),
		everyMs: RESOURCES_EVERY_MS,
	});
	return (
		<div className={styles.consumers}>
			<h3>{t('consumers.title')}</h3>
			{data?.items.length === 0 && <p className={styles.every}>{t('consumers.none')}</p>}
			<ul>
				{data?.items.slice(0, CONSUMERS).map((one) => (
					<li key={one.workflowId} data-testid="consumer" data-workflow-id={one.workflowId}>
						<Link href={`/workflows/${encodeURIComponent(one.workflowId)}`}>{one.workflowName || one.workflowId}</Link>
						<span>{one.sharePercent === null ? '–' : format.percent(one.sharePercent)}</span>
					</li>
				))}
			</ul>
		</div>
	);
}
