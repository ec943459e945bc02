import { ArrowLeft, BellPlus, Download, List, SearchX } from 'lucide-react';
import { Link } from 'wouter';
import { ApiError } from '../../api/http';
import { exportPath, type Workflow } from '../../api/workflows';
import { useRight, useTitle } from '../../app/hooks';
import { useServices } from '../../app/services';
import { bucketFor, useMetrics, useTrend, useWorkflow } from '../../app/workflowqueries';
import { TickStrip } from '../../charts/TickStrip';
import controls from '../../design/controls.module.css';
import { HealthBadge } from '../../design/Health';
import { FetchFailure, Notice } from '../../design/Notice';
import { RangePicker } from '../../design/RangePicker';
import { Skeleton } from '../../design/Skeleton';
import sections from '../../design/sections.module.css';
import { useSpeech } from '../../i18n/language';
import { EVERYTHING, serializeFilter } from '../../url/filter';
import { type Bounds, bounds } from '../../url/range';
import { useRange } from '../../url/useRange';
import { BottleneckTable } from './BottleneckTable';
import { Degraded } from './Degraded';
import { Figures } from './Figures';
import { Throughput } from './Throughput';
import { TrendCharts } from './TrendCharts';
import { WorkflowFacts } from './WorkflowFacts';
import styles from './WorkflowPage.module.css';

const MINUTE_MS = 60_000;

/** One workflow: how it does over a range of time, and what slows it down. */
export default function WorkflowPage({ id }: { readonly id: string }) {
	const { t } = useSpeech();
	const { data: workflow, error, refetch } = useWorkflow(id);
	useTitle(workflow?.name ?? id);
	return (
		<main id="content" tabIndex={-1} data-page="workflow" className={`${sections.page} ${sections.wide}`}>
			<div className={styles.page}>
				<Link className={styles.back} href="/workflows">
					<ArrowLeft size={15} aria-hidden="true" />
					{t('nav.workflows')}
				</Link>
				{workflow == null && <h1>{id}</h1>}
				{workflow === undefined && error === null && <Skeleton label={t('wf.loading')} rows={8} />}
				{workflow === undefined && error !== null && <FetchFailure error={error} onRetry={() => void refetch()} />}
				{workflow === null && <Notice icon={SearchX} title={t('wf.unknown')} />}
				{workflow != null && <Numbers workflow={workflow} />}
			</div>
		</main>
	);
}

function Numbers({ workflow }: { readonly workflow: Workflow }) {
	const { t } = useSpeech();
	const { clock } = useServices();
	const [range, changeRange] = useRange('30d');
	const metrics = useMetrics(workflow.id, range);
	const trend = useTrend(workflow.id, range, bucketFor);
	const ends = metrics.data?.bounds ?? bounds(range, clock.now());
	const zoom = (from: number, to: number) =>
		changeRange({ name: 'custom', from: Math.floor(from / MINUTE_MS) * MINUTE_MS, to: Math.ceil(to / MINUTE_MS) * MINUTE_MS });
	const failed = metrics.error ?? trend.error;
	const missing = failed instanceof ApiError && failed.status === 404;
	return (
		<>
			<Head workflow={workflow} ends={ends} />
			<div className={styles.bar}>
				<RangePicker range={range} bounds={ends} onChange={changeRange} />
				<Exports id={workflow.id} ends={ends} />
			</div>
			{failed !== null && !missing && (
				<FetchFailure
					error={failed}
					onRetry={() => {
						void metrics.refetch();
						void trend.refetch();
					}}
				/>
			)}
			<Degraded degradation={trend.data?.answer.degradation ?? null} />
			{metrics.data === undefined && failed === null && <Skeleton label={t('wf.loading')} rows={3} />}
			{metrics.data !== undefined && <Figures metrics={metrics.data.answer} old={metrics.isPlaceholderData} />}
			{trend.data !== undefined && (
				<div className={styles.halves}>
					<TrendCharts workflow={workflow} trend={trend.data.answer} onZoom={zoom} />
				</div>
			)}
			<Throughput id={workflow.id} range={range} ends={ends} onZoom={zoom} />
			<BottleneckTable id={workflow.id} range={range} />
			<WorkflowFacts workflow={workflow} />
		</>
	);
}

function Head({ workflow, ends }: { readonly workflow: Workflow; readonly ends: Bounds }) {
	const { t } = useSpeech();
	const mayAlert = useRight('alerts.manage');
	const runs = serializeFilter({ ...EVERYTHING, workflow: workflow.id, from: ends.start, to: ends.end });
	return (
		<header className={styles.head}>
			<h1>{workflow.name}</h1>
			<HealthBadge health={workflow.health} large />
			{workflow.state !== 'active' && <span className={styles.state}>{t(`wf.state.${workflow.state}`)}</span>}
			{workflow.results.length > 0 && (
				<span className={styles.strip}>
					<TickStrip results={workflow.results} label={t('wf.lastResults')} room={20} />
				</span>
			)}
			<div className={styles.actions}>
				<Link className={controls.button} href={`/executions?${runs}`}>
					<List size={15} aria-hidden="true" />
					{t('wf.executions')}
				</Link>
				{mayAlert && (
					<Link className={controls.button} href={`/alerts/rules/new?workflow=${encodeURIComponent(workflow.id)}`}>
						<BellPlus size={15} aria-hidden="true" />
						{t('wf.newRule')}
					</Link>
				)}
			</div>
		</header>
	);
}

/** The figures and the days behind them as a file, of the same stretch that is shown. */
function Exports({ id, ends }: { readonly id: string; readonly ends: Bounds }) {
	const { t, language } = useSpeech();
	return (
		<div className={styles.actions}>
			{(['csv', 'json'] as const).map((format) => (
				<a
					key={format}
					className={controls.button}
					href={exportPath(id, ends, format, language)}
					download={`${id}.${format}`}
					data-testid="export"
					data-format={format}
				>
					<Download size={15} aria-hidden="true" />
					{t('wf.export', { format: format.toUpperCase() })}
				</a>
			))}
		</div>
	);
}
