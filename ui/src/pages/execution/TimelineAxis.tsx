import { Scissors } from 'lucide-react';
import type { Ref } from 'react';
import type { Timeline } from '../../api/timeline';
import { markStep, marks, place, type Scale, width } from '../../gantt/scale';
import type { Format } from '../../i18n/format';
import { useSpeech } from '../../i18n/language';
import type { Translate } from '../../i18n/translate';
import styles from './TimelinePanel.module.css';
import type { Marked } from './useBrush';

/** Further right, and so near to a break, there is no room for the words of a mark. */
const LABEL_PERCENT_MAX = 90;
const BREAK_PERCENT_MIN = 9;
const SECOND = 1_000;

interface TimelineAxisProps {
	readonly scale: Scale;
	readonly onUnfold: () => void;
}

/** Round times above the bars, and the breaks. The bars say the times in words, so screen readers are spared them. */
export function TimelineAxis({ scale, onUnfold }: TimelineAxisProps) {
	const { t, format } = useSpeech();
	const step = markStep(scale);
	return (
		<div className={styles.axis}>
			<div>
				{marks(scale).map((ms) => (
					<span key={ms} aria-hidden="true" style={{ left: `${place(scale, ms)}%` }}>
						{hasRoom(scale, ms) && markLabel(ms, step, t, format)}
					</span>
				))}
				{scale.folds.map((fold) => {
					const label = t('timeline.foldOf', { time: format.duration(fold.to - fold.from) });
					return (
						<button
							key={fold.from}
							type="button"
							className={styles.break}
							data-testid="timeline-break"
							data-value={fold.to - fold.from}
							title={label}
							style={{ left: `calc(${(place(scale, fold.from) + place(scale, fold.to)) / 2}% - 12px)` }}
							onClick={onUnfold}
						>
							<Scissors size={13} aria-hidden="true" />
							<span className="visually-hidden">{label}</span>
						</button>
					);
				})}
			</div>
		</div>
	);
}

function hasRoom(scale: Scale, ms: number): boolean {
	const at = place(scale, ms);
	return at < LABEL_PERCENT_MAX && scale.folds.every((fold) => Math.abs(at - place(scale, fold.from)) > BREAK_PERCENT_MIN);
}

/** A time since the start, as exactly as its distance from the next asks for. */
export function markLabel(ms: number, step: number, t: Translate, format: Format): string {
	if (ms === 0) return '0';
	const sign = ms < 0 ? '−' : '';
	const length = Math.abs(ms);
	if (step >= SECOND) return `${sign}${format.elapsed(length)}`;
	if (length < SECOND) return `${sign}${t('time.ms', { n: length })}`;
	return `${sign}${t('time.s', { n: format.plain(length / SECOND) })}`;
}

interface TimelineLayerProps {
	readonly ref: Ref<HTMLDivElement>;
	readonly scale: Scale;
	readonly timeline: Timeline;
	readonly marked: Marked | null;
}

/** What goes through all rows, behind the bars: lines of the axis, breaks, now, and what a drag marks. */
export function TimelineLayer({ ref, scale, timeline, marked }: TimelineLayerProps) {
	const { t } = useSpeech();
	const now = timeline.runsAt === null ? null : timeline.totalMs;
	return (
		<div ref={ref} className={styles.layer} aria-hidden="true">
			{marks(scale).map((ms) => (
				<span key={ms} className={styles.line} style={{ left: `${place(scale, ms)}%` }} />
			))}
			{scale.folds.map((fold) => (
				<span
					key={fold.from}
					className={styles.strip}
					style={{ left: `${place(scale, fold.from)}%`, width: `${width(scale, fold.from, fold.to)}%` }}
				/>
			))}
			{now !== null && now >= scale.from && now <= scale.to && (
				<span className={styles.now} data-testid="timeline-now" style={{ left: `${place(scale, now)}%` }}>
					<span>{t('timeline.now')}</span>
				</span>
			)}
			{marked !== null && (
				<span className={styles.marked} style={{ left: `${marked.from}%`, width: `${marked.to - marked.from}%` }} />
			)}
		</div>
	);
}
