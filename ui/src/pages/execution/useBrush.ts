import { type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { type Scale, timeAt } from '../../gantt/scale';
import { type Extent, zoomed } from '../../gantt/zoom';

/** A shorter way is a click, in px. */
const DRAG_PX_MIN = 6;
/** How much one notch of a wheel zooms. */
const WHEEL_TIMES = 1.25;

/** What a drag has marked so far, in percent of the chart's width. */
export interface Marked {
	readonly from: number;
	readonly to: number;
}

interface BrushOptions {
	/** As wide as the chart's tracks. */
	readonly tracks: RefObject<HTMLElement | null>;
	readonly scale: Scale;
	readonly whole: Extent;
	readonly onZoom: (zoom: Extent | null) => void;
}

/** Zoom by pointer: dragging over the tracks marks what is looked at then, Ctrl with the wheel comes closer. */
export function useBrush(chart: RefObject<HTMLElement | null>, { tracks, scale, whole, onZoom }: BrushOptions) {
	const [marked, setMarked] = useState<Marked | null>(null);
	const begun = useRef<{ readonly x: number; readonly pointer: number } | null>(null);
	const percentAt = (x: number, clamped: boolean) => {
		const box = tracks.current?.getBoundingClientRect();
		if (box === undefined || box.width === 0) return null;
		const percent = ((x - box.left) / box.width) * 100;
		if (!clamped && (percent < 0 || percent > 100)) return null;
		return Math.min(100, Math.max(0, percent));
	};

	const latest = useRef({ scale, whole, onZoom });
	latest.current = { scale, whole, onZoom };
	useEffect(() => {
		const element = chart.current;
		if (element === null) return;
		const turn = (event: WheelEvent) => {
			const percent = event.ctrlKey ? percentAt(event.clientX, false) : null;
			if (percent === null) return;
			event.preventDefault();
			const now = latest.current;
			const times = event.deltaY < 0 ? WHEEL_TIMES : 1 / WHEEL_TIMES;
			now.onZoom(zoomed(now.whole, now.scale, times, timeAt(now.scale, percent)));
		};
		element.addEventListener('wheel', turn, { passive: false });
		return () => element.removeEventListener('wheel', turn);
	});

	const down = (event: PointerEvent) => {
		if (event.button !== 0 || event.pointerType === 'touch' || percentAt(event.clientX, false) === null) return;
		begun.current = { x: event.clientX, pointer: event.pointerId };
	};
	const move = (event: PointerEvent<HTMLElement>) => {
		const start = begun.current;
		if (start === null || start.pointer !== event.pointerId) return;
		if (marked === null && Math.abs(event.clientX - start.x) < DRAG_PX_MIN) return;
		if (marked === null) event.currentTarget.setPointerCapture(event.pointerId);
		const [a, b] = [percentAt(start.x, true), percentAt(event.clientX, true)];
		if (a !== null && b !== null) setMarked({ from: Math.min(a, b), to: Math.max(a, b) });
	};
	const leave = () => {
		begun.current = null;
		setMarked(null);
	};
	const up = () => {
		if (marked !== null && marked.to > marked.from) {
			onZoom({ from: timeAt(scale, marked.from), to: timeAt(scale, marked.to) });
		}
		leave();
	};
	return { marked, handlers: { onPointerDown: down, onPointerMove: move, onPointerUp: up, onPointerCancel: leave } };
}
