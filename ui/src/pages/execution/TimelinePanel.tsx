import { Flame, Route, Timer, X } from 'lucide-react';
import { useMemo } from 'react';
import type { ExecutionDetail } from '../../api/execution';
import type { Timeline } from '../../api/timeline';
import { useSignal } from '../../app/hooks';
import { saveFile } from '../../app/savefile';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { idleGaps } from '../../gantt/idle';
import { folded, grown, scaleOf } from '../../gantt/scale';
import { within } from '../../gantt/zoom';
import { useSpeech } from '../../i18n/language';
import { StepDetails } from './StepDetails';
import { TimelineChart } from './TimelineChart';
import styles from './TimelinePanel.module.css';
import { TimelineTable } from './TimelineTable';
import { TimelineTools } from './TimelineTools';
import { timelineCsv } from './timelinecsv';
import { usePlace } from './usePlace';
import { useAge, useTimeline } from './useTimeline';
import { useZoom } from './useZoom';

interface TimelinePanelProps {
	readonly detail: ExecutionDetail;
	readonly revisions: Readonly<Record<string, number>>;
	/** The opened step's id. */
	readonly opened: string | null;
	readonly onOpen: (stepId: string | null) => void;
}

/** When the steps ran, what they waited for, how that compares, and why (AC3). */
export function TimelinePanel({ detail, revisions, opened, onOpen }: TimelinePanelProps) {
	const { t } = useSpeech();
	const state = useTimeline(detail);
	const view = useSignal(state.view);
	const step = detail.steps.find((one) => one.id === opened);
	return (
		<section className={styles.panel} aria-label={t('timeline.title')}>
			{view.phase === 'loading' && <Skeleton label={t('timeline.loading')} rows={8} />}
			{(view.phase === 'failed' || view.phase === 'missing') && <FetchFailure error={view.error} onRetry={() => state.load()} />}
			{view.detail !== null && <Drawn drawn={view.detail} id={detail.execution.id} opened={opened} onOpen={onOpen} />}
			{view.detail !== null && step !== undefined && (
				<section className={styles.opened} aria-label={t('timeline.details', { name: step.name })}>
					<header>
						<h2>{step.name}</h2>
						<button type="button" className={controls.button} onClick={() => onOpen(null)}>
							<X size={16} aria-hidden="true" />
							{t('timeline.close')}
						</button>
					</header>
					<StepDetails key={step.id} executionId={detail.execution.id} step={step} revision={revisions[step.id] ?? 0} />
				</section>
			)}
		</section>
	);
}

interface DrawnProps {
	readonly drawn: Timeline;
	readonly id: string;
	readonly opened: string | null;
	readonly onOpen: (stepId: string | null) => void;
}

function Drawn({ drawn, id, opened, onOpen }: DrawnProps) {
	const { t, language } = useSpeech();
	const [place, move] = usePlace();
	const [zoom, setZoom] = useZoom();
	const age = useAge(drawn);
	const timeline = useMemo(() => grown(drawn, age), [drawn, age]);
	const whole = useMemo(() => scaleOf(timeline), [timeline]);
	const gaps = useMemo(() => idleGaps(drawn, scaleOf(drawn)), [drawn]);
	const scale = useMemo(() => {
		const seen = zoom === null ? null : within(whole, zoom);
		return folded(seen === null ? whole : { ...seen, folds: [] }, place.folded ? gaps : []);
	}, [whole, zoom, gaps, place.folded]);
	const save = () => {
		const file = new Blob([timelineCsv(timeline, t, language)], { type: 'text/csv;charset=utf-8' });
		saveFile(file, `${t('timeline.file')}-${id.replaceAll(/[^\w.-]+/g, '_')}.csv`);
	};
	if (timeline.rows.every((row) => row.startMs === null)) {
		return (
			<>
				<Totals timeline={timeline} />
				<Notice icon={Timer} title={t('timeline.none')}>
					{t('timeline.noneHint')}
				</Notice>
			</>
		);
	}
	return (
		<>
			<Totals timeline={timeline} />
			<TimelineTools
				whole={whole}
				seen={scale}
				gaps={gaps}
				folded={place.folded}
				table={place.table}
				onZoom={setZoom}
				onFold={(folded) => move({ folded })}
				onTable={(table) => move({ table })}
				onSave={save}
			/>
			{place.table ? (
				<TimelineTable timeline={timeline} opened={opened} onOpen={onOpen} />
			) : (
				<>
					<TimelineChart
						timeline={timeline}
						scale={scale}
						whole={whole}
						opened={opened}
						onOpen={onOpen}
						onZoom={setZoom}
						onUnfold={() => move({ folded: false })}
					/>
					<Legend runs={timeline.runs} />
				</>
			)}
		</>
	);
}

/** The total against the sum of the steps, and what passed without work. */
function Totals({ timeline }: { readonly timeline: Timeline }) {
	const { t, format } = useSpeech();
	const { totalMs, activeMs, queuedMs, runsAt } = timeline;
	const length = (ms: number | null) => (ms === null ? '–' : runsAt === null ? format.duration(ms) : format.elapsed(ms));
	return (
		<dl className={styles.totals}>
			<div>
				<dt>{t('timeline.total')}</dt>
				<dd data-testid="timeline-total" data-value={totalMs === null ? '' : Math.round(totalMs)}>
					{length(totalMs)}
				</dd>
			</div>
			<div>
				<dt>{t('timeline.sum')}</dt>
				<dd>{format.duration(timeline.stepsMs)}</dd>
			</div>
			<div>
				<dt>{t('timeline.waits')}</dt>
				<dd>{format.duration(timeline.waitMs)}</dd>
			</div>
			{activeMs !== null && activeMs !== totalMs && (
				<div>
					<dt>{t('timeline.active')}</dt>
					<dd>{length(activeMs)}</dd>
				</div>
			)}
			{queuedMs !== null && (
				<div>
					<dt>{t('timeline.queued')}</dt>
					<dd>{format.duration(queuedMs)}</dd>
				</div>
			)}
		</dl>
	);
}

function Legend({ runs }: { readonly runs: number }) {
	const { t } = useSpeech();
	return (
		<ul className={styles.legend}>
			<li>
				<span className={styles.gapSample} aria-hidden="true" />
				{t('timeline.legendWait')}
			</li>
			<li>
				<Route size={14} aria-hidden="true" />
				{t('timeline.critical')}
			</li>
			<li>
				<Flame size={14} aria-hidden="true" />
				{t('timeline.slowest')}
			</li>
			{runs > 0 && (
				<li>
					<span className={styles.bandSample} aria-hidden="true" />
					{t('timeline.legendBand')}
				</li>
			)}
			<li>
				{runs > 0 && <span className={styles.averageSample} aria-hidden="true" />}
				{runs > 0 ? t('timeline.legendAverage', { n: runs }) : t('timeline.noAverage')}
			</li>
		</ul>
	);
}
