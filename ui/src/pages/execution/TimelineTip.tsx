import type { ReactNode } from 'react';
import type { StepAverage, TimelineRow } from '../../api/timeline';
import { isOpen } from '../../gantt/scale';
import type { Format } from '../../i18n/format';
import { useSpeech } from '../../i18n/language';
import type { Translate } from '../../i18n/translate';
import styles from './TimelinePanel.module.css';
import { lengthOf } from './TimelineRow';

interface TimelineTipProps {
	readonly id: string;
	readonly row: TimelineRow;
	readonly startMs: number;
	readonly startedAt: number | null;
	/** Where the bar begins, in percent. */
	readonly left: number;
	/** Above the bar instead of below it. */
	readonly above: boolean;
}

/** What a bar shows, in words: name, state, start, end, length, and how that compares (AC3.1d). */
export function TimelineTip({ id, row, startMs, startedAt, left, above }: TimelineTipProps) {
	const { t, format } = useSpeech();
	const moment = (ms: number | null) => (ms === null || startedAt === null ? null : format.dateTime(startedAt + ms));
	const end = isOpen(row) ? t('timeline.still') : moment(startMs + (row.durationMs ?? 0));
	return (
		<span
			id={id}
			role="tooltip"
			className={styles.tip}
			data-above={above || undefined}
			style={{ left: `max(0px, min(${left}%, calc(100% - 20rem)))` }}
		>
			<strong>{row.name}</strong>
			<Line name={t('list.col.status')}>
				{[
					t(`step.${row.status}`),
					row.interrupted && t('exec.interrupted'),
					row.attempt > 1 && t('exec.attemptN', { n: row.attempt }),
				]
					.filter(Boolean)
					.join(', ')}
			</Line>
			{row.durationMs !== null && <Line name={t('timeline.start')}>{moment(startMs)}</Line>}
			<Line name={t('timeline.col.offset').replace(' (ms)', '')}>{exactly(startMs, t, format)}</Line>
			<Line name={t('timeline.end')}>{end}</Line>
			<Line name={t('exec.duration')}>{row.durationMs !== null && lengthOf(row, format)}</Line>
			<Line name={t('timeline.wait')}>{format.duration(row.waitMs)}</Line>
			<Line name={t('timeline.share')}>{row.sharePercent !== null && format.percent(row.sharePercent)}</Line>
			<Line name={t('timeline.average')}>{row.average !== null && compared(row.average, t, format)}</Line>
			<Line name={t('timeline.usual')}>
				{row.average !== null &&
					t('timeline.between', { from: format.duration(row.average.p50), to: format.duration(row.average.p95) })}
			</Line>
		</span>
	);
}

function Line({ name, children }: { readonly name: string; readonly children: ReactNode }) {
	if (children === null || children === false || children === '') return null;
	return (
		<span className={styles.fact}>
			<span>{name}</span>
			<span>{children}</span>
		</span>
	);
}

/** A time since the start, to the millisecond where that says more than its length in words. */
function exactly(ms: number, t: Translate, format: Format): string {
	return ms % 1_000 === 0 ? format.elapsed(ms) : t('timeline.exactly', { time: format.duration(ms), n: ms });
}

function compared(average: StepAverage, t: Translate, format: Format): string {
	const usual = t('timeline.averageOf', { time: format.duration(average.durationMs), n: average.runs });
	const percent = average.deviationPercent;
	if (percent === null) return usual;
	if (Math.abs(percent) < 0.05) return `${usual}, ${t('timeline.same')}`;
	const difference = { percent: format.percent(Math.abs(percent)) };
	return `${usual}, ${percent > 0 ? t('timeline.longer', difference) : t('timeline.shorter', difference)}`;
}
