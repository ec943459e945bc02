import { type RefObject, useEffect, useRef, useState } from 'react';

/** The width and height of an element in px; 0 before it is drawn. */
export function useSize<T extends HTMLElement>(): [RefObject<T | null>, { readonly width: number; readonly height: number }] {
	const ref = useRef<T>(null);
	const [size, setSize] = useState({ width: 0, height: 0 });
	useEffect(() => {
		const element = ref.current;
		if (element === null) return;
		const observer = new ResizeObserver(([entry]) => {
			if (entry === undefined) return;
			const { width, height } = entry.contentRect;
			setSize((former) => (former.width === width && former.height === height ? former : { width, height }));
		});
		observer.observe(element);
		return () => observer.disconnect();
	}, []);
	return [ref, size];
}
