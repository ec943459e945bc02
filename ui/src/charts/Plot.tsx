import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { useSpeech } from '../i18n/language';
import styles from './charts.module.css';
import { aligned, optionsOf, paintOver, type Scene } from './drawing';
import type { ChartData } from './series';
import { paletteAt } from './tone';
import './uplot.css';
import { useTheme } from './useTheme';

export interface PlotProps {
	readonly data: ChartData;
	/** The point under the cursor, and the other end of what is being chosen by keyboard. */
	readonly at: number | null;
	readonly anchor: number | null;
	readonly onCursor: (at: number | null) => void;
	readonly onZoom?: ((from: number, to: number) => void) | undefined;
	readonly sync?: string | undefined;
}

/** Narrower drags are clicks. */
const DRAG_MIN_PX = 8;

/** The painted part of a chart over time. It fills the element it is in. */
export default function Plot(props: PlotProps) {
	const { data, at, anchor, onZoom, sync } = props;
	const { t, format } = useSpeech();
	const theme = useTheme();
	const holder = useRef<HTMLDivElement>(null);
	const [plot, setPlot] = useState<uPlot | null>(null);
	const size = useSize(holder);
	const latest = useRef({ props, t, format });
	latest.current = { props, t, format };
	const shape = shapeOf(data, onZoom !== undefined, sync);
	const measured = size !== null;

	// biome-ignore lint/correctness/useExhaustiveDependencies: a new shape or theme needs a new plot; all else is read from latest
	useLayoutEffect(() => {
		const element = holder.current;
		if (element === null || !measured) return;
		const palette = paletteAt(element);
		const scene = (): Scene => ({ ...latest.current, data: latest.current.props.data, palette });
		const box = { width: element.clientWidth, height: element.clientHeight };
		const made = new uPlot(
			{
				...optionsOf(scene, box),
				cursor: cursorOf(onZoom !== undefined, sync),
				hooks: hooksOf(() => latest.current.props, scene),
			},
			aligned(data),
			element,
		);
		setPlot(made);
		return () => made.destroy();
	}, [shape, theme, measured]);

	useEffect(() => plot?.setData(aligned(data)), [plot, data]);
	useEffect(() => {
		if (size !== null) plot?.setSize(size);
	}, [plot, size]);
	usePointed(plot, data, at, anchor);
	return <div ref={holder} className={styles.canvas} aria-hidden="true" />;
}

/** What a plot is made for. While it stays the same, the plot does. */
function shapeOf({ series, unit, marks }: ChartData, zooms: boolean, sync: string | undefined): string {
	const lines = series.map(({ key, label, tone, style }) => [key, label, tone, style]);
	return JSON.stringify([lines, unit, (marks?.length ?? 0) > 0, zooms, sync]);
}

function cursorOf(zooms: boolean, sync: string | undefined): uPlot.Cursor {
	return {
		y: false,
		drag: { x: zooms, y: false, setScale: false, dist: DRAG_MIN_PX },
		bind: { dblclick: () => null },
		...(sync === undefined ? {} : { sync: { key: sync } }),
	};
}

function hooksOf(props: () => PlotProps, scene: () => Scene): uPlot.Hooks.Arrays {
	return {
		draw: [(plot) => paintOver(plot, scene())],
		setCursor: [(plot) => props().onCursor(plot.cursor.idx ?? null)],
		setSelect: [
			(plot) => {
				const { left, width } = plot.select;
				// The keyboard's choice is shown in the same way; only a drag ends with one.
				if (width < DRAG_MIN_PX || props().anchor !== null) return;
				props().onZoom?.(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
				plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
			},
		],
	};
}

/** Shows what the keyboard points at as if the mouse did. */
function usePointed(plot: uPlot | null, { times }: ChartData, at: number | null, anchor: number | null): void {
	useEffect(() => {
		if (plot === null || plot.cursor.idx === at) return;
		const time = at === null ? undefined : times[at];
		plot.setCursor(time === undefined ? { left: -10, top: -10 } : { left: plot.valToPos(time, 'x'), top: 1 }, false);
	}, [plot, times, at]);
	useEffect(() => {
		const [from, to] = [anchor === null ? undefined : times[anchor], at === null ? undefined : times[at]];
		if (plot === null || from === undefined || to === undefined) return;
		const [a, b] = [plot.valToPos(from, 'x'), plot.valToPos(to, 'x')];
		const height = plot.over.clientHeight;
		plot.setSelect({ left: Math.min(a, b), top: 0, width: Math.abs(a - b), height }, false);
		return () => plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
	}, [plot, times, anchor, at]);
}

function useSize(holder: { readonly current: HTMLElement | null }): { width: number; height: number } | null {
	const [size, setSize] = useState<{ width: number; height: number } | null>(null);
	useLayoutEffect(() => {
		const element = holder.current;
		if (element === null) return;
		const observer = new ResizeObserver(() => {
			const next = { width: element.clientWidth, height: element.clientHeight };
			if (next.width > 0 && next.height > 0) setSize(next);
		});
		observer.observe(element);
		return () => observer.disconnect();
	}, [holder]);
	return size;
}
