import uPlot from 'uplot';
import type { Format } from '../i18n/format';
import type { Translate } from '../i18n/translate';
import { type ChartData, type ChartSeries, DASHES } from './series';
import { isolated, spread, stacked } from './thin';
import { timeTicks } from './timeticks';
import type { Palette } from './tone';
import { stepsOf, written, yRange } from './unit';

/** What a drawing depends on besides its series: read anew at each stroke, so that nothing but the shape needs a new plot. */
export interface Scene {
	readonly data: ChartData;
	readonly palette: Palette;
	readonly format: Format;
	readonly t: Translate;
}

const FONT = '11px Inter, system-ui, sans-serif';
const TICK_ROOM_PX = { x: 68, y: 34 };
const HOUR_MS = 3_600_000;
const LABEL_HEIGHT_PX = 14;
const CHARACTER_PX = 6.4;
/** Below this many points each is shown. */
const POINTS_SHOWN_MAX = 62;
/** Narrower plots have no room for labels at the ends of lines. */
const LABELS_FROM_PX = 360;

/** Series in the order of their painting: what is compared with, then bars from the top of the stack down, then lines. */
export function painted(series: readonly ChartSeries[]): ChartSeries[] {
	const of = (...styles: string[]) => series.filter((one) => styles.includes(one.style ?? 'line'));
	return [...of('bar').reverse(), ...of('outline'), ...of('area', 'line')];
}

export function aligned({ times, series }: ChartData): uPlot.AlignedData {
	const bars = series.filter((one) => one.style === 'bar');
	const tops = stacked(bars.map((one) => one.values));
	const columns = painted(series).map((one) => (one.style === 'bar' ? (tops[bars.indexOf(one)] ?? []) : [...one.values]));
	return [[...times], ...columns];
}

/** A bucket lies right of its start, so the last one needs room: for its bar, and for what happened in it. */
function xRange({ times, series, end }: ChartData): [number, number] {
	const [first = 0, last = 1] = [times[0], times.at(-1)];
	const step = times.length > 1 ? last - (times.at(-2) ?? last) : HOUR_MS;
	const bucketed = series.some((one) => one.style === 'bar' || one.style === 'outline');
	return bucketed || end !== undefined || times.length < 2 ? [first, end ?? last + step] : [first, last];
}

export function optionsOf(scene: () => Scene, size: { width: number; height: number }): Omit<uPlot.Options, 'hooks' | 'cursor'> {
	const { data } = scene();
	const labelled = labelsOf(data, size.width);
	const room = labelled.length === 0 ? 20 : Math.max(...labelled.map((one) => one.label.length)) * CHARACTER_PX + 18;
	return {
		...size,
		ms: 1,
		padding: [data.marks === undefined || data.marks.length === 0 ? 8 : 18, room, 0, 4],
		legend: { show: false },
		scales: {
			x: { time: false, range: () => xRange(scene().data) },
			y: { range: (_, low, high) => reach(scene().data, low, high) },
		},
		axes: [timeAxis(scene), valueAxis(scene)],
		series: [{}, ...painted(data.series).map((one) => seriesOf(one, scene))],
	};
}

function reach({ unit, threshold }: ChartData, low: number | null, high: number | null): [number, number] {
	if (threshold === undefined) return yRange(unit, low, high);
	return yRange(unit, Math.min(low ?? threshold.value, threshold.value), Math.max(high ?? threshold.value, threshold.value));
}

function timeAxis(scene: () => Scene): uPlot.Axis {
	const ticks = (plot: uPlot, low: number, high: number) => timeTicks(low, high, plot.width / TICK_ROOM_PX.x);
	return {
		...strokes(scene, false),
		size: 26,
		splits: (plot, _, low, high) => [...ticks(plot, low, high).at],
		values: (plot, splits) => {
			const { format } = scene();
			const { min, max } = plot.scales.x ?? {};
			const { step } = ticks(plot, min ?? 0, max ?? 1);
			if (step === 'day') return splits.map((ms) => format.dayMonth(ms));
			if (step === 'month') return splits.map((ms) => format.month(ms));
			return splits.map((ms) => (format.hour(ms) === '00:00' ? format.dayMonth(ms) : format.hour(ms)));
		},
	};
}

function valueAxis(scene: () => Scene): uPlot.Axis {
	return {
		...strokes(scene, true),
		incrs: stepsOf(scene().data.unit),
		space: TICK_ROOM_PX.y,
		size: (_, values) => Math.max(24, ...(values ?? []).map((value) => value.length * CHARACTER_PX + 12)),
		values: (_, splits) => splits.map((value) => written(value, scene().data.unit, scene().format, scene().t)),
	};
}

function strokes(scene: () => Scene, grid: boolean): uPlot.Axis {
	const line = () => scene().palette.line;
	return {
		font: FONT,
		gap: 4,
		stroke: () => scene().palette.tone('muted'),
		grid: { show: grid, stroke: line, width: 1 },
		ticks: { show: !grid, stroke: line, width: 1, size: 4 },
	};
}

function seriesOf({ tone, style = 'line', label }: ChartSeries, scene: () => Scene): uPlot.Series {
	const stroke = () => scene().palette.tone(tone);
	if (style === 'bar') {
		const paths = uPlot.paths.bars?.({ size: [0.8, 48], align: 1, radius: [0.15, 0] });
		return { label, stroke, fill: stroke, width: 0, points: { show: false }, ...(paths ? { paths } : {}) };
	}
	const dash = DASHES[tone];
	const paths = style === 'outline' ? uPlot.paths.stepped?.({ align: 1 }) : uPlot.paths.linear?.();
	return {
		label,
		stroke,
		width: style === 'outline' ? 1.25 : 1.75,
		...(dash ? { dash: [...dash] } : {}),
		...(style === 'area' ? { fill: () => `${scene().palette.tone(tone)}22` } : {}),
		...(paths ? { paths } : {}),
		points: {
			size: 5,
			fill: stroke,
			show: (plot) => style !== 'outline' && (plot.data[0]?.length ?? 0) <= POINTS_SHOWN_MAX,
			filter: (plot, index, show) => (show === true ? null : isolated(plot.data[index] ?? [])),
		},
	};
}

/** Series that are named at the end of their line: some lines, where there is room. */
function labelsOf({ series }: ChartData, width: number): readonly ChartSeries[] {
	const lines = series.filter((one) => one.style !== 'bar' && one.style !== 'outline');
	return lines.length > 1 && width >= LABELS_FROM_PX ? lines : [];
}

/** Paints what stands over the series: threshold, marks, and the names at the ends of the lines. */
export function paintOver(plot: uPlot, scene: Scene): void {
	const { ctx } = plot;
	ctx.save();
	// The canvas counts the screen's own pixels.
	ctx.scale(uPlot.pxRatio, uPlot.pxRatio);
	ctx.font = FONT;
	const box = boxOf(plot);
	paintThreshold(plot, scene, box);
	paintMarks(plot, scene, box);
	paintLabels(plot, scene, box);
	ctx.restore();
}

interface Box {
	readonly left: number;
	readonly top: number;
	readonly right: number;
	readonly bottom: number;
}

function boxOf({ bbox }: uPlot): Box {
	const [left, top] = [bbox.left / uPlot.pxRatio, bbox.top / uPlot.pxRatio];
	return { left, top, right: left + bbox.width / uPlot.pxRatio, bottom: top + bbox.height / uPlot.pxRatio };
}

function paintThreshold(plot: uPlot, { data: { threshold }, palette }: Scene, box: Box): void {
	if (threshold === undefined) return;
	const { ctx } = plot;
	const y = box.top + plot.valToPos(threshold.value, 'y');
	stroke(ctx, palette.tone('warning'), [5, 4], [box.left, y], [box.right, y]);
	ctx.fillStyle = palette.tone('warning');
	ctx.textAlign = 'left';
	ctx.textBaseline = y - box.top < LABEL_HEIGHT_PX ? 'top' : 'bottom';
	const place = ctx.textBaseline === 'top' ? y + 3 : y - 2;
	// A rim of the ground keeps it readable where lines pass.
	ctx.strokeStyle = palette.card;
	ctx.lineWidth = 4;
	ctx.lineJoin = 'round';
	ctx.strokeText(threshold.label, box.left + 4, place);
	ctx.fillText(threshold.label, box.left + 4, place);
}

const MARK_TONES = { version: 'muted', degradation: 'warning', deadline: 'accent' } as const;

function paintMarks(plot: uPlot, { data: { marks = [] }, palette }: Scene, box: Box): void {
	const { ctx } = plot;
	let free = Number.NEGATIVE_INFINITY;
	for (const mark of [...marks].sort((a, b) => a.at - b.at)) {
		const x = box.left + plot.valToPos(mark.at, 'x');
		if (x < box.left - 1 || x > box.right + 1) continue;
		const colour = palette.tone(MARK_TONES[mark.kind]);
		stroke(ctx, colour, mark.kind === 'degradation' ? [] : [3, 3], [x, box.top - 4], [x, box.bottom]);
		const width = ctx.measureText(mark.label).width;
		const start = Math.min(Math.max(x - width / 2, box.left), box.right - width);
		if (start < free) continue;
		free = start + width + 8;
		ctx.fillStyle = colour;
		ctx.textAlign = 'left';
		ctx.textBaseline = 'bottom';
		ctx.fillText(mark.label, start, box.top - 4);
	}
}

function paintLabels(plot: uPlot, { data, palette }: Scene, box: Box): void {
	const ends = labelsOf(data, plot.width).flatMap((one) => {
		const last = one.values.findLast((value) => value !== null);
		return last == null ? [] : [{ one, y: box.top + plot.valToPos(last, 'y') }];
	});
	const places = spread(
		ends.map((end) => end.y),
		LABEL_HEIGHT_PX,
		box.top,
		box.bottom,
	);
	const { ctx } = plot;
	ctx.textAlign = 'left';
	ctx.textBaseline = 'middle';
	for (const [i, { one }] of ends.entries()) {
		const y = places[i] ?? 0;
		stroke(ctx, palette.tone(one.tone), [], [box.right + 5, y], [box.right + 11, y]);
		ctx.fillStyle = palette.text;
		ctx.fillText(one.label, box.right + 14, y);
	}
}

function stroke(
	ctx: CanvasRenderingContext2D,
	colour: string,
	dash: number[],
	from: [number, number],
	to: [number, number],
): void {
	ctx.strokeStyle = colour;
	ctx.lineWidth = dash.length === 0 ? 2 : 1;
	ctx.setLineDash(dash);
	ctx.beginPath();
	ctx.moveTo(...from);
	ctx.lineTo(...to);
	ctx.stroke();
	ctx.setLineDash([]);
}
