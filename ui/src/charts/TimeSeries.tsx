import { type KeyboardEvent, lazy, memo, Suspense, useCallback, useId, useMemo, useRef, useState } from 'react';
import { useSpeech } from '../i18n/language';
import { ChartFiles } from './ChartFiles';
import styles from './charts.module.css';
import { type ChartData, type ChartSeries, DASHES } from './series';
import { written } from './unit';
import { usePainter } from './usePainter';

// The plotting library comes when the first chart does.
const Plot = lazy(() => import('./Plot'));

interface TimeSeriesProps extends ChartData {
	readonly title: string;
	/** Of the plot in px, or all the room there is. Default 220. */
	readonly height?: number | 'fill';
	/** Called with the ends of the stretch that somebody chose by dragging or by keyboard, in ms since 1970. */
	readonly onZoom?: (from: number, to: number) => void;
	/** Charts with the same name share their cursor. */
	readonly sync?: string;
	/** Name, without its ending, of the files that the chart can be taken as; none: it cannot. */
	readonly file?: string;
	readonly hideTitle?: boolean;
}

/** A chart over time: lines, areas and bars, with a cursor for mouse and keyboard, and all values as a table for those who do not see it. */
export function TimeSeries(props: TimeSeriesProps) {
	const { title, height = 220, hideTitle = false, file, onZoom, sync, times, end, series, unit, marks, threshold } = props;
	const { t } = useSpeech();
	const id = useId();
	const figure = useRef<HTMLElement>(null);
	const paint = usePainter(figure, title, series);
	const data = useMemo<ChartData>(
		() => ({ times, end, series, unit, marks, threshold }),
		[times, end, series, unit, marks, threshold],
	);
	const { at, anchor, point, handlers } = useCursor(times, onZoom);
	return (
		<figure
			ref={figure}
			className={height === 'fill' ? `${styles.chart} ${styles.fill}` : styles.chart}
			aria-labelledby={`${id}-title`}
		>
			<figcaption className={styles.head}>
				<span id={`${id}-title`} className={hideTitle ? 'visually-hidden' : styles.title}>
					{title}
				</span>
				<Keys series={series} />
				{file !== undefined && <ChartFiles data={data} paint={paint} name={file} />}
			</figcaption>
			<div
				className={styles.plot}
				style={height === 'fill' ? undefined : { height }}
				role="slider"
				tabIndex={0}
				aria-label={title}
				aria-orientation="horizontal"
				aria-valuemin={0}
				aria-valuemax={Math.max(0, times.length - 1)}
				aria-valuenow={at ?? 0}
				aria-valuetext={useSentence(data, at)}
				aria-describedby={`${id}-keys`}
				{...handlers}
			>
				{times.length > 0 && (
					<Suspense>
						<Plot data={data} at={at} anchor={anchor} onCursor={point} onZoom={onZoom} sync={sync} />
					</Suspense>
				)}
				{at !== null && <Readout data={data} at={at} />}
				{series.every((one) => one.values.every((value) => value === null)) && (
					<p className={styles.nothing}>{t('chart.nothing')}</p>
				)}
			</div>
			<p id={`${id}-keys`} className="visually-hidden">
				{t(onZoom === undefined ? 'chart.keys' : 'chart.keysZoom')}
			</p>
			<Table data={data} title={title} />
		</figure>
	);
}

/** The point that is pointed at, by mouse or keyboard, and the other end of what the keyboard chooses. */
function useCursor(times: readonly number[], onZoom: TimeSeriesProps['onZoom']) {
	const [at, setAt] = useState<number | null>(null);
	const [anchor, setAnchor] = useState<number | null>(null);
	const point = useCallback((next: number | null) => setAt(next), []);
	const onKeyDown = (event: KeyboardEvent) => {
		const zoomed = event.key === 'Enter' && anchor !== null && at !== null && anchor !== at;
		const next = moved(event.key, at, times.length);
		if (!zoomed && next === undefined) return;
		event.preventDefault();
		if (zoomed) {
			const [from = 0, to = 0] = [times[Math.min(anchor, at)], times[Math.max(anchor, at)]];
			onZoom?.(from, to);
		}
		setAnchor(!zoomed && event.shiftKey && onZoom !== undefined ? (anchor ?? at) : null);
		if (next !== undefined) setAt(next);
	};
	const onBlur = () => {
		setAt(null);
		setAnchor(null);
	};
	return { at, anchor, point, handlers: { onKeyDown, onBlur } };
}

/** The point that a key leads to; undefined: the key means something else. */
function moved(key: string, at: number | null, length: number): number | null | undefined {
	const last = length - 1;
	if (length === 0) return undefined;
	if (key === 'ArrowRight') return at === null ? 0 : Math.min(last, at + 1);
	if (key === 'ArrowLeft') return at === null ? last : Math.max(0, at - 1);
	if (key === 'Home') return 0;
	if (key === 'End') return last;
	return key === 'Escape' && at !== null ? null : undefined;
}

/** Names the series. */
function Keys({ series }: { readonly series: readonly ChartSeries[] }) {
	return (
		<span className={styles.keys} aria-hidden="true">
			{series.map((one) => (
				<span key={one.key} className={styles.key}>
					<Line series={one} />
					{one.label}
				</span>
			))}
		</span>
	);
}

/** The values at the cursor, on the side where it is not. */
function Readout({ data, at }: { readonly data: ChartData; readonly at: number }) {
	const { t, format } = useSpeech();
	const time = data.times[at];
	if (time === undefined) return null;
	return (
		<span className={styles.readout} data-side={at * 2 < data.times.length ? 'right' : 'left'} aria-hidden="true">
			<b>{format.minute(time)}</b>
			{data.series.map((one) => (
				<span key={one.key} className={styles.key}>
					<Line series={one} />
					{one.label} <b>{written(one.values[at], data.unit, format, t)}</b>
				</span>
			))}
			{marksAt(data, at).map((label) => (
				<b key={label}>{label}</b>
			))}
		</span>
	);
}

function Line({ series: { tone, style } }: { readonly series: ChartSeries }) {
	const solid = style === 'bar' || style === 'area';
	return (
		<svg className={styles.line} data-tone={tone} viewBox="0 0 16 8" aria-hidden="true">
			<path d="M0 4h16" strokeWidth={solid ? 8 : 2} strokeDasharray={solid ? undefined : DASHES[tone]?.join(' ')} />
		</svg>
	);
}

/** What a point says: its time, all values, and what happened there. */
function useSentence(data: ChartData, at: number | null): string {
	const { t, format } = useSpeech();
	const time = at === null ? undefined : data.times[at];
	if (time === undefined) return data.series.map((one) => one.label).join(', ') || t('chart.noData');
	const values = data.series.map((one) => `${one.label} ${written(one.values[at ?? 0], data.unit, format, t)}`);
	return [format.minute(time), ...values, ...marksAt(data, at)].join(', ');
}

/** Marks between a point and the next. */
function marksAt({ marks = [], times }: ChartData, at: number | null): string[] {
	if (at === null) return [];
	const [from, to] = [times[at] ?? 0, times[at + 1] ?? Number.POSITIVE_INFINITY];
	return marks.filter((mark) => mark.at >= from && mark.at < to).map((mark) => mark.label);
}

/** Most rows of the table that stands for the picture. */
const ROWS_MAX = 200;

const Table = memo(function Table({ data, title }: { readonly data: ChartData; readonly title: string }) {
	const { t, format } = useSpeech();
	const { times, series, unit, marks = [], threshold } = data;
	const step = Math.ceil(times.length / ROWS_MAX);
	const rows = times.map((time, i) => ({ time, i })).filter(({ i }) => i % step === 0);
	const notes = [
		...(step > 1 ? [t('chart.sampled', { n: step })] : []),
		...(threshold === undefined ? [] : [threshold.label]),
		...marks.map((mark) => `${format.minute(mark.at)}: ${mark.label}`),
	];
	return (
		<div className="visually-hidden">
			<table>
				<caption>{[title, ...notes].join('. ')}</caption>
				<thead>
					<tr>
						<th scope="col">{t('chart.time')}</th>
						{series.map((one) => (
							<th key={one.key} scope="col">
								{one.label}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{rows.map(({ time, i }) => (
						<tr key={time}>
							<th scope="row">{format.minute(time)}</th>
							{series.map((one) => (
								<td key={one.key}>{written(one.values[i], unit, format, t)}</td>
							))}
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
});
