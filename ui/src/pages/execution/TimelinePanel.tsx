import { Flame, Route, Timer, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { ExecutionDetail } from '../../api/execution';
import type { Explanation, Timeline } from '../../api/timeline';
import { useSignal } from '../../app/hooks';
import controls from '../../design/controls.module.css';
import { FetchFailure, Notice } from '../../design/Notice';
import { Skeleton } from '../../design/Skeleton';
import { grown, marks, place, type Scale, scaleOf } from '../../gantt/scale';
import { useSpeech } from '../../i18n/language';
import { StepDetails } from './StepDetails';
import styles from './TimelinePanel.module.css';
import { TimelineRow } from './TimelineRow';
import { useAge, useTimeline } from './useTimeline';

/** How many steps are drawn at first, and with every further click. */
const ROWS_AT_ONCE = 300;
/** Further right there is no room for the words of a mark. */
const LABEL_PERCENT_MAX = 90;

interface TimelinePanelProps {
	readonly detail: ExecutionDetail;
	readonly revisions: Readonly<Record<string, number>>;
	/** The opened step's id. */
	readonly opened: string | null;
	readonly onOpen: (stepId: string | null) => void;
}

/** When the steps ran, what they waited for, how that compares, and why (AC3). */
export function TimelinePanel({ detail, revisions, opened, onOpen }: TimelinePanelProps) {
	const { t, language } = useSpeech();
	const state = useTimeline(detail, language);
	const view = useSignal(state.view);
	const step = detail.steps.find((one) => one.id === opened);
	return (
		<section className={styles.panel} aria-label={t('timeline.title')}>
			{view.phase === 'loading' && <Skeleton label={t('timeline.loading')} rows={8} />}
			{(view.phase === 'failed' || view.phase === 'missing') && <FetchFailure error={view.error} onRetry={() => state.load()} />}
			{view.detail !== null && <Chart drawn={view.detail[0]} explanation={view.detail[1]} opened={opened} onOpen={onOpen} />}
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

interface ChartProps {
	readonly drawn: Timeline;
	readonly explanation: Explanation;
	readonly opened: string | null;
	readonly onOpen: (stepId: string | null) => void;
}

function Chart({ drawn, explanation, opened, onOpen }: ChartProps) {
	const { t } = useSpeech();
	const [limit, setLimit] = useState(ROWS_AT_ONCE);
	const age = useAge(drawn);
	const timeline = useMemo(() => grown(drawn, age), [drawn, age]);
	const scale = useMemo(() => scaleOf(timeline), [timeline]);
	const at = opened === null ? -1 : timeline.rows.findIndex((row) => row.id === opened);
	const shown = timeline.rows.slice(0, Math.max(limit, at + 1));
	const more = Math.min(timeline.rows.length - shown.length, ROWS_AT_ONCE);
	return (
		<>
			<Totals timeline={timeline} />
			<Why explanation={explanation} />
			{timeline.rows.every((row) => row.startMs === null) && (
				<Notice icon={Timer} title={t('timeline.none')}>
					{t('timeline.noneHint')}
				</Notice>
			)}
			{timeline.rows.length > 0 && <Axis scale={scale} />}
			<ol className={styles.rows}>
				{shown.map((row) => (
					<TimelineRow
						key={row.id}
						row={row}
						scale={scale}
						startedAt={timeline.startedAt}
						open={row.id === opened}
						onOpen={onOpen}
					/>
				))}
			</ol>
			{more > 0 && (
				<div className={styles.more}>
					<button type="button" className={controls.button} onClick={() => setLimit(shown.length + ROWS_AT_ONCE)}>
						{t('exec.moreSteps', { n: more })}
					</button>
				</div>
			)}
			{timeline.rows.length > 0 && <Legend runs={timeline.runs} />}
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

function Why({ explanation }: { readonly explanation: Explanation }) {
	const { t } = useSpeech();
	return (
		<section className={styles.why} data-testid="explanation" aria-label={t('timeline.why')}>
			<h2>{t('timeline.why')}</h2>
			<p>{explanation.summary}</p>
			<ul>
				{explanation.sentences.map((sentence) => (
					<li key={sentence}>{sentence}</li>
				))}
			</ul>
		</section>
	);
}

/** Round times above the bars. The bars say the same in words, so screen readers are spared it. */
function Axis({ scale }: { readonly scale: Scale }) {
	const { format } = useSpeech();
	return (
		<div className={styles.axis} aria-hidden="true">
			<div>
				{marks(scale).map((ms) => (
					<span key={ms} style={{ left: `${place(scale, ms)}%` }}>
						{place(scale, ms) < LABEL_PERCENT_MAX && (ms < 0 ? `−${format.duration(-ms)}` : ms === 0 ? '0' : format.duration(ms))}
					</span>
				))}
			</div>
		</div>
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
			<li>
				{runs > 0 && <span className={styles.averageSample} aria-hidden="true" />}
				{runs > 0 ? t('timeline.legendAverage', { n: runs }) : t('timeline.noAverage')}
			</li>
		</ul>
	);
}
