import { Flame, Route } from 'lucide-react';
import { type KeyboardEvent, type MouseEvent, memo, type SyntheticEvent, useId, useState } from 'react';
import type { TimelineRow as Row } from '../../api/timeline';
import { StepIcon } from '../../design/Status';
import { isOpen, place, type Scale, width } from '../../gantt/scale';
import type { Format } from '../../i18n/format';
import { useSpeech } from '../../i18n/language';
import styles from './TimelinePanel.module.css';
import { TimelineTip } from './TimelineTip';

interface TimelineRowProps {
	readonly row: Row;
	readonly scale: Scale;
	readonly startedAt: number | null;
	readonly open: boolean;
	readonly onOpen: (stepId: string | null) => void;
}

/** One step: its name, the gap before it, its bar, its average, and how long it took. */
export const TimelineRow = memo(function TimelineRow({ row, scale, startedAt, open, onOpen }: TimelineRowProps) {
	const { t, format } = useSpeech();
	return (
		<li className={styles.row} data-open={open || undefined}>
			<span className={styles.label}>
				<StepIcon status={row.status} />
				<span className={styles.name}>{row.name}</span>
				{row.critical && (
					<span className={styles.flag}>
						<Route size={14} aria-hidden="true" />
						<span className="visually-hidden">{t('timeline.critical')}</span>
					</span>
				)}
				{row.slowest && (
					<span className={styles.flag}>
						<Flame size={14} aria-hidden="true" />
						<span>{t('timeline.slowest')}</span>
					</span>
				)}
			</span>
			{row.startMs === null ? (
				<span className={styles.none}>{t('timeline.notBegun')}</span>
			) : (
				<Track row={row} startMs={row.startMs} scale={scale} startedAt={startedAt} open={open} onOpen={onOpen} />
			)}
			<span className={styles.time}>{lengthOf(row, format)}</span>
		</li>
	);
});

/** How long the step took; what still runs counts whole seconds. */
export function lengthOf(row: Row, format: Format): string {
	if (row.durationMs === null) return '–';
	return isOpen(row) ? format.elapsed(row.durationMs) : format.duration(row.durationMs);
}

interface TrackProps extends TimelineRowProps {
	readonly startMs: number;
}

function Track({ row, startMs, scale, startedAt, open, onOpen }: TrackProps) {
	const { t, format } = useSpeech();
	const [pointed, setPointed] = useState(false);
	const [focused, setFocused] = useState(false);
	const [above, setAbove] = useState(false);
	const tip = useId();
	const shown = pointed || focused;
	// Where there is more room, or it would have to be scrolled to.
	const look = (event: SyntheticEvent) => setAbove(event.currentTarget.getBoundingClientRect().bottom > innerHeight / 2);
	const enter = (event: SyntheticEvent) => {
		look(event);
		setPointed(true);
	};
	const focus = (event: SyntheticEvent) => {
		look(event);
		setFocused(true);
	};
	const hide = () => {
		setPointed(false);
		setFocused(false);
	};
	const press = (event: MouseEvent) => {
		if (event.ctrlKey || event.metaKey || event.shiftKey) return;
		event.preventDefault();
		onOpen(open ? null : row.id);
	};
	const left = place(scale, startMs);
	return (
		<span className={styles.track} onPointerEnter={enter} onPointerLeave={() => setPointed(false)}>
			<span
				className={styles.gap}
				data-testid="timeline-wait"
				data-step-id={row.id}
				data-value={row.waitMs}
				style={{ left: `${place(scale, startMs - row.waitMs)}%`, width: `${width(scale, row.waitMs)}%` }}
			/>
			<a
				className={styles.bar}
				href={`?tab=timeline&step=${encodeURIComponent(row.id)}`}
				aria-label={`${row.name}: ${t(`step.${row.status}`)}, ${lengthOf(row, format)}`}
				aria-describedby={shown ? tip : undefined}
				aria-current={open || undefined}
				data-testid="timeline-bar"
				data-step-id={row.id}
				data-row={row.row}
				data-status={row.status}
				data-critical={row.critical || undefined}
				data-slowest={row.slowest || undefined}
				data-average={row.average === null ? undefined : row.average.durationMs}
				data-parts={row.attempts.length > 1 || undefined}
				style={{ left: `${left}%`, width: `${width(scale, row.durationMs ?? 0)}%` }}
				onFocus={focus}
				onBlur={() => setFocused(false)}
				onKeyDown={(event: KeyboardEvent) => event.key === 'Escape' && hide()}
				onClick={press}
			>
				{row.attempts.length > 1 && <Attempts row={row} startMs={startMs} />}
			</a>
			{row.average !== null && startMs + row.average.durationMs <= scale.to && (
				<span
					className={styles.average}
					aria-hidden="true"
					style={{ left: `${place(scale, startMs + row.average.durationMs)}%` }}
				/>
			)}
			{shown && <TimelineTip id={tip} row={row} startMs={startMs} startedAt={startedAt} left={left} above={above} />}
		</span>
	);
}

/** Tries of one step as parts of its bar. */
function Attempts({ row, startMs }: { readonly row: Row; readonly startMs: number }) {
	const bar: Scale = { from: startMs, to: startMs + Math.max(1, row.durationMs ?? 0) };
	return row.attempts.map((one) => (
		<span
			key={one.attempt}
			className={styles.attempt}
			data-status={one.status}
			style={{ left: `${place(bar, one.startMs)}%`, width: `${width(bar, one.durationMs)}%` }}
		/>
	));
}
