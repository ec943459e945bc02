import { createContext, type RefObject, useCallback, useContext, useEffect, useRef } from 'react';
import { type Painter, pictureOf } from './picture';
import type { ChartSeries } from './series';

/** Is told how to paint the chart that is shown inside, and null when it leaves. */
export const PainterKeeper = createContext<((paint: Painter | null) => void) | null>(null);

/** Paints the chart of a figure. */
export function usePainter(figure: RefObject<HTMLElement | null>, title: string, series: readonly ChartSeries[]): Painter {
	const keep = useContext(PainterKeeper);
	const latest = useRef({ title, series });
	latest.current = { title, series };
	const paint = useCallback(() => {
		const plot = figure.current?.querySelector('canvas');
		return plot ? pictureOf(plot, latest.current.title, latest.current.series) : null;
	}, [figure]);
	useEffect(() => {
		keep?.(paint);
		return () => keep?.(null);
	}, [keep, paint]);
	return paint;
}
