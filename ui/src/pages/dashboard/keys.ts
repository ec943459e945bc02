import { useEffect, useRef } from 'react';
import type { Widget } from '../../api/dashboards';
import type { Change } from './layout';

/** What an arrow does: alone it moves by a cell, with Shift it resizes. */
export function keyChange(key: string, shift: boolean, { id, place }: Widget): (Change & { readonly id: string }) | null {
	const steps: Readonly<Record<string, readonly [number, number]>> = {
		ArrowLeft: [-1, 0],
		ArrowRight: [1, 0],
		ArrowUp: [0, -1],
		ArrowDown: [0, 1],
	};
	const step = steps[key];
	if (step === undefined) return null;
	const [dx, dy] = step;
	if (shift) return { kind: 'resize', id, w: place.w + dx, h: place.h + dy };
	return { kind: 'move', id, x: place.x + dx, y: place.y + dy };
}

/** Ctrl+S stores, Ctrl+Z undoes, wherever the focus is but in a field. */
export function useKeys(keys: { readonly save: () => void; readonly undo: () => void }): void {
	const latest = useRef(keys);
	latest.current = keys;
	useEffect(() => {
		const press = (event: globalThis.KeyboardEvent) => {
			if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
			const key = event.key.toLowerCase();
			const writing = event.target instanceof HTMLInputElement;
			if (key === 's') latest.current.save();
			else if (key === 'z' && !writing) latest.current.undo();
			else return;
			event.preventDefault();
		};
		addEventListener('keydown', press);
		return () => removeEventListener('keydown', press);
	}, []);
}
