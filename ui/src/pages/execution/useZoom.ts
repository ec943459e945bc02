import { useEffect, useRef, useState } from 'react';
import type { Extent } from '../../gantt/zoom';
import { usePlace } from './usePlace';

/** How long after the last change it is written to the address, in ms: browsers refuse many changes at once. */
const WRITE_AFTER_MS = 250;

/** The part of the timeline that is looked at: as the address says at first, and written there when it changed. */
export function useZoom(): [Extent | null, (zoom: Extent | null) => void] {
	const [place, move] = usePlace();
	const [zoom, setZoom] = useState(place.zoom);
	const written = useRef(zoom);
	useEffect(() => {
		if (written.current === zoom) return;
		const timer = setTimeout(() => {
			written.current = zoom;
			move({ zoom });
		}, WRITE_AFTER_MS);
		return () => clearTimeout(timer);
	}, [zoom, move]);
	return [zoom, setZoom];
}
