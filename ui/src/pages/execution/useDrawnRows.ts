import { useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect } from 'react';
import { useMedia } from '../../app/useMedia';

/** So many rows are all in the document; of more only those in sight are. */
const ROWS_DRAWN_MAX = 300;
/** Heights in px where only some rows are drawn, as the style sheet has them. */
const ROW_HEIGHT = 34;
const STACKED_HEIGHT = 62;
const AXIS_HEIGHT = 28;
const STACKED = '(max-width: 720px)';
/** Rows kept ready above and below the view. */
const OVERSCAN = 6;

export interface DrawnRow {
	readonly index: number;
	/** Where it stands, in px; null: below the one before it. */
	readonly top: number | null;
}

export interface DrawnRows {
	readonly drawn: readonly DrawnRow[];
	/** Of all rows, in px; null where all are drawn. */
	readonly height: number | null;
	readonly scrollTo: (index: number) => void;
}

/** The rows to draw: all of them, or those in sight, at first around a given one. */
export function useDrawnRows(scroller: RefObject<HTMLElement | null>, count: number, first: number): DrawnRows {
	const some = count > ROWS_DRAWN_MAX;
	const height = useMedia(STACKED) ? STACKED_HEIGHT : ROW_HEIGHT;
	const virtual = useVirtualizer({
		count: some ? count : 0,
		getScrollElement: () => scroller.current,
		estimateSize: () => height,
		initialOffset: () => (some ? Math.max(0, first - 3) * height : 0),
		scrollPaddingEnd: AXIS_HEIGHT,
		overscan: OVERSCAN,
		useFlushSync: false,
	});
	// biome-ignore lint/correctness/useExhaustiveDependencies: the height is what the measurements depend on
	useEffect(() => virtual.measure(), [virtual, height]);
	if (!some) {
		return { drawn: Array.from({ length: count }, (_, index) => ({ index, top: null })), height: null, scrollTo: () => {} };
	}
	return {
		drawn: virtual.getVirtualItems().map(({ index, start }) => ({ index, top: start })),
		height: virtual.getTotalSize(),
		scrollTo: (index) => virtual.scrollToIndex(index),
	};
}
