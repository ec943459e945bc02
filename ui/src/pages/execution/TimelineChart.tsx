import { useRef, useState } from 'react';
import type { Timeline } from '../../api/timeline';
import type { Scale } from '../../gantt/scale';
import { type Extent, within } from '../../gantt/zoom';
import { useSpeech } from '../../i18n/language';
import { TimelineAxis, TimelineLayer } from './TimelineAxis';
import styles from './TimelinePanel.module.css';
import { TimelineRow } from './TimelineRow';
import { hasBar, useBars } from './useBars';
import { useBrush } from './useBrush';
import { useDrawnRows } from './useDrawnRows';

interface TimelineChartProps {
	readonly timeline: Timeline;
	readonly scale: Scale;
	readonly whole: Scale;
	readonly opened: string | null;
	readonly onOpen: (stepId: string | null) => void;
	readonly onZoom: (zoom: Extent | null) => void;
	readonly onUnfold: () => void;
}

/** The bars, one row a step. Arrows go from bar to bar, Home and End to the first and last; dragging looks closer. */
export function TimelineChart({ timeline, scale, whole, opened, onOpen, onZoom, onUnfold }: TimelineChartProps) {
	const { t } = useSpeech();
	const { rows } = timeline;
	const chart = useRef<HTMLElement>(null);
	const tracks = useRef<HTMLDivElement>(null);
	const [active, setActive] = useState(() => rows.findIndex((row) => row.id === opened));
	const { drawn, height, scrollTo } = useDrawnRows(chart, rows.length, active);
	const { marked, handlers } = useBrush(chart, { tracks, scale, whole, onZoom });
	const press = useBars(chart, rows, (index) => {
		setActive(index);
		scrollTo(index);
		const start = rows[index]?.startMs ?? null;
		if (start !== null && (start < scale.from || start > scale.to)) onZoom(around(whole, scale, start));
	});
	const begun = drawn.filter(({ index }) => hasBar(rows[index]));
	const stop = begun.some(({ index }) => index === active) ? active : begun[0]?.index;
	return (
		<section
			ref={chart}
			aria-label={t('timeline.chart')}
			className={styles.chart}
			data-testid="timeline-chart"
			data-scrolls={height !== null || undefined}
			data-rows={rows.length}
			onKeyDown={press}
			{...handlers}
		>
			<TimelineAxis scale={scale} onUnfold={onUnfold} />
			<div className={styles.body} style={height === null ? {} : { height }}>
				<TimelineLayer ref={tracks} scale={scale} timeline={timeline} marked={marked} />
				<ol className={styles.rows}>
					{drawn.map(({ index, top }) => {
						const row = rows[index];
						if (row === undefined) return null;
						return (
							<TimelineRow
								key={row.id}
								row={row}
								index={index}
								count={rows.length}
								top={top}
								stop={index === stop}
								scale={scale}
								startedAt={timeline.startedAt}
								open={row.id === opened}
								onOpen={onOpen}
								onFocus={setActive}
							/>
						);
					})}
				</ol>
			</div>
		</section>
	);
}

/** An extent as long as what is seen, with a time in it. */
function around(whole: Extent, seen: Extent, ms: number): Extent | null {
	const length = seen.to - seen.from;
	return within(whole, { from: ms - length / 4, to: ms + (length * 3) / 4 });
}
