import { Flame } from 'lucide-react';
import { useMemo } from 'react';
import { Link } from 'wouter';
import type { TimelineRow } from '../../api/timeline';
import { useTicking } from '../../app/hooks';
import { StatusBadge, StepIcon } from '../../design/Status';
import { grown, isOpen, place, type Scale, scaleOf, width } from '../../gantt/scale';
import { useSpeech } from '../../i18n/language';
import type { ViewProps } from '../widget';
import type { Drawn } from './definition';
import styles from './Timeline.module.css';

/** Most steps that are drawn; the page of the execution has all. */
const ROWS_MAX = 100;

/** When the steps of an execution ran: a strip where there is little room, else a bar for each. */
export function TimelineView({ data }: ViewProps<Drawn | null>) {
	return data === null ? null : <Chart drawn={data} />;
}

function Chart({ drawn: { execution, timeline } }: { readonly drawn: Drawn }) {
	const { t, format } = useSpeech();
	const { runsAt } = timeline;
	const age = Number(useTicking((now) => (runsAt === null ? '0' : String(Math.max(0, now - runsAt)))));
	const now = useMemo(() => grown(timeline, age), [timeline, age]);
	const scale = useMemo(() => scaleOf(now), [now]);
	const page = `/executions/${encodeURIComponent(execution.id)}?tab=timeline`;
	const rows = now.rows.slice(0, ROWS_MAX);
	return (
		<>
			<p className={styles.head}>
				<Link className={styles.name} href={page} title={execution.id}>
					{execution.client === null ? execution.workflowName : `${execution.workflowName} · ${execution.client}`}
				</Link>
				<StatusBadge status={execution.status} />
				<span
					className={styles.total}
					data-testid="timeline-total"
					data-value={now.totalMs === null ? '' : Math.round(now.totalMs)}
				>
					{now.totalMs === null ? '–' : runsAt === null ? format.duration(now.totalMs) : format.elapsed(now.totalMs)}
				</span>
			</p>
			<div className={styles.strip} aria-hidden="true">
				{rows.map((row) => (
					<Bar key={row.id} row={row} scale={scale} />
				))}
			</div>
			<ol className={styles.rows} aria-label={t('timeline.title')}>
				{rows.map((row) => (
					<li key={row.id}>
						<StepIcon status={row.status} />
						<Link className={styles.step} href={`${page}&step=${encodeURIComponent(row.id)}`} title={row.name}>
							{row.name}
						</Link>
						<span className={styles.track} aria-hidden="true">
							<Bar row={row} scale={scale} />
						</span>
						<span className={styles.time}>
							{row.slowest && (
								<span className={styles.slow} title={t('timeline.slowest')}>
									<Flame size={13} aria-hidden="true" />
									<span className="visually-hidden">{t('timeline.slowest')}</span>
								</span>
							)}
							{row.durationMs === null ? '–' : isOpen(row) ? format.elapsed(row.durationMs) : format.duration(row.durationMs)}
						</span>
					</li>
				))}
			</ol>
		</>
	);
}

function Bar({ row, scale }: { readonly row: TimelineRow; readonly scale: Scale }) {
	if (row.startMs === null) return null;
	return (
		<>
			<span
				className={styles.wait}
				style={{
					left: `${place(scale, row.startMs - row.waitMs)}%`,
					width: `${width(scale, row.startMs - row.waitMs, row.startMs)}%`,
				}}
			/>
			<span
				className={styles.bar}
				data-status={row.status}
				style={{
					left: `${place(scale, row.startMs)}%`,
					width: `${width(scale, row.startMs, row.startMs + (row.durationMs ?? 0))}%`,
				}}
			/>
		</>
	);
}
