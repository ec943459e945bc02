import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';

/** Moves the focus to a page that was gone to, so that keyboard and screen reader go on there. It stands beside the page, and so waits for its program. */
export function FocusOnArrival() {
	const [path] = useLocation();
	const shown = useRef(path);
	useEffect(() => {
		if (shown.current === path) return;
		shown.current = path;
		document.getElementById('content')?.focus({ preventScroll: true });
	}, [path]);
	return null;
}
