import { Flame, Route } from 'lucide-react';
import { type KeyboardEvent, type MouseEvent, memo, type SyntheticEvent, useId, useState } from 'react';
import type { TimelineRow as Row } from '../../api/timeline';
import { StepIcon } from '../../design/Status';
import { isOpen, outside, place, type Scale, width } from '../../gantt/scale';
import type { Format } from '../../i18n/format';
import { useSpeech } from '../../i18n/language';
import styles from './TimelinePanel.module.css';
import { TimelineTip } from './TimelineTip';

interface TimelineRowProps {
	readonly row: Row;
	readonly index: number;
	/** How many rows there are, drawn or not. */
	readonly count: number;
	/** Where the row stands, in px; null: below the one before it. */
	readonly top: number | null;
	/** The bar to which the Tab key leads. */
	readonly stop: boolean;
	readonly scale: Scale;
	readonly startedAt: number | null;
	readonly open: boolean;
	readonly onOpen: (stepId: string | null) => void;
	readonly onFocus: (index: number) => void;
}

/** One step: its name, the gap before it, its bar, its average, and how long it took. */
export const TimelineRow = memo(function TimelineRow(props: TimelineRowProps) {
	const { row, index, count, top, open } = props;
	const { t, format } = useSpeech();
	return (
		<li
			className={styles.row}
			data-open={open || undefined}
			data-index={index}
			data-fixed={top !== null || undefined}
			aria-setsize={count}
			aria-posinset={index + 1}
			style={top === null ? {} : { top }}
		>
			<span className={styles.label}>
				<StepIcon status={row.status} />
				<span className={styles.about}>
					<span className={styles.name} title={row.name}>
						{row.name}
					</span>
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
			</span>
			{row.startMs === null ? (
				<span className={styles.none}>{t('timeline.notBegun')}</span>
			) : (
				<Track {...props} startMs={row.startMs} />
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

function Track({ row, index, stop, startMs, scale, startedAt, open, onOpen, onFocus }: TrackProps) {
	const { t, format } = useSpeech();
	const tip = useTip();
	const press = (event: MouseEvent) => {
		if (event.ctrlKey || event.metaKey || event.shiftKey) return;
		event.preventDefault();
		onOpen(open ? null : row.id);
	};
	const left = place(scale, startMs);
	const end = startMs + (row.durationMs ?? 0);
	return (
		<span className={styles.track} onPointerEnter={tip.enter} onPointerLeave={tip.leave}>
			<span
				className={styles.gap}
				data-testid="timeline-wait"
				data-step-id={row.id}
				data-value={row.waitMs}
				style={{ left: `${place(scale, startMs - row.waitMs)}%`, width: `${width(scale, startMs - row.waitMs, startMs)}%` }}
			/>
			<Usual row={row} startMs={startMs} scale={scale} />
			<a
				className={styles.bar}
				href={`?tab=timeline&step=${encodeURIComponent(row.id)}`}
				tabIndex={stop ? 0 : -1}
				draggable={false}
				aria-label={`${row.name}: ${t(`step.${row.status}`)}, ${lengthOf(row, format)}`}
				aria-describedby={tip.shown ? tip.id : undefined}
				aria-current={open || undefined}
				data-testid="timeline-bar"
				data-step-id={row.id}
				data-row={row.row}
				data-status={row.status}
				data-critical={row.critical || undefined}
				data-slowest={row.slowest || undefined}
				data-average={row.average === null ? undefined : row.average.durationMs}
				data-parts={row.attempts.length > 1 || undefined}
				data-outside={outside(scale, startMs, end) ?? undefined}
				style={{ left: `${left}%`, width: `${width(scale, startMs, end)}%` }}
				onFocus={(event) => {
					tip.focus(event);
					onFocus(index);
				}}
				onBlur={tip.blur}
				onKeyDown={(event: KeyboardEvent) => event.key === 'Escape' && tip.hide()}
				onClick={press}
			>
				{row.attempts.length > 1 && (
					<Attempts row={row} startMs={Math.max(startMs, scale.from)} endMs={Math.min(end, scale.to)} />
				)}
			</a>
			{tip.shown && <TimelineTip id={tip.id} row={row} startMs={startMs} startedAt={startedAt} left={left} above={tip.above} />}
		</span>
	);
}

/** When the words about a bar are shown: under the pointer and for the focus, until Escape. */
function useTip() {
	const [pointed, setPointed] = useState(false);
	const [focused, setFocused] = useState(false);
	const [above, setAbove] = useState(false);
	// Where there is more room, or it would have to be scrolled to.
	const look = ({ currentTarget }: SyntheticEvent) => {
		const box = currentTarget.closest('[data-scrolls]')?.getBoundingClientRect();
		const middle = box === undefined ? innerHeight / 2 : (box.top + box.bottom) / 2;
		setAbove(currentTarget.getBoundingClientRect().bottom > middle);
	};
	return {
		id: useId(),
		shown: pointed || focused,
		above,
		enter: (event: SyntheticEvent) => {
			look(event);
			setPointed(true);
		},
		leave: () => setPointed(false),
		focus: (event: SyntheticEvent) => {
			look(event);
			setFocused(true);
		},
		blur: () => setFocused(false),
		hide: () => {
			setPointed(false);
			setFocused(false);
		},
	};
}

/** How long the step usually takes: a band from the median to p95, and the average as a tick. */
function Usual({ row, startMs, scale }: { readonly row: Row; readonly startMs: number; readonly scale: Scale }) {
	const { average } = row;
	if (average === null) return null;
	const [from, to, tick] = [startMs + average.p50, startMs + average.p95, startMs + average.durationMs];
	return (
		<>
			{to > from && outside(scale, from, to) === null && (
				<span
					className={styles.band}
					aria-hidden="true"
					data-testid="timeline-band"
					data-step-id={row.id}
					style={{ left: `${place(scale, from)}%`, width: `${width(scale, from, to)}%` }}
				/>
			)}
			{tick >= scale.from && tick <= scale.to && (
				<span className={styles.average} aria-hidden="true" style={{ left: `${place(scale, tick)}%` }} />
			)}
		</>
	);
}

interface AttemptsProps {
	readonly row: Row;
	/** The part of the bar that is in sight. */
	readonly startMs: number;
	readonly endMs: number;
}

/** Tries of one step as parts of its bar. */
function Attempts({ row, startMs, endMs }: AttemptsProps) {
	const bar: Scale = { from: startMs, to: Math.max(startMs + 1, endMs), folds: [] };
	return row.attempts
		.filter((one) => outside(bar, one.startMs, one.startMs + one.durationMs) === null)
		.map((one) => (
			<span
				key={one.attempt}
				className={styles.attempt}
				data-testid="timeline-attempt"
				data-status={one.status}
				style={{
					left: `${place(bar, one.startMs)}%`,
					width: `${width(bar, one.startMs, one.startMs + one.durationMs)}%`,
				}}
			/>
		));
}
