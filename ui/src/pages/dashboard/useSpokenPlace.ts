import { useEffect, useState } from 'react';
import { useSpeech } from '../../i18n/language';
import type { Draft } from './draft';
import { nameOf } from './RemovedBar';

/** Frames within which the grid has drawn a widget that is new. */
const FOCUS_FRAMES = 20;

/** Says where a widget is after a change, and moves the focus to it where that is asked for. */
export function useSpokenPlace(draft: Draft) {
	const { t } = useSpeech();
	const [wanted, setWanted] = useState<{ readonly id: string; readonly focus: boolean } | null>(null);
	const widget = draft.widgets.find((one) => one.id === wanted?.id);
	useEffect(() => {
		if (wanted === null || !wanted.focus) return;
		let frame = requestAnimationFrame(() => attempt(FOCUS_FRAMES));
		const attempt = (left: number) => {
			const card = document.querySelector<HTMLElement>(`[data-testid="widget"][data-widget-id="${CSS.escape(wanted.id)}"]`);
			if (card === null && left > 0) frame = requestAnimationFrame(() => attempt(left - 1));
			card?.focus();
		};
		return () => cancelAnimationFrame(frame);
	}, [wanted]);
	const name = widget === undefined ? '' : nameOf(widget, t);
	const place = widget?.place;
	const text =
		place === undefined ? '' : t('dash.place', { name, column: place.x + 1, row: place.y + 1, width: place.w, height: place.h });
	return { text, say: (id: string, how?: 'focus') => setWanted({ id, focus: how === 'focus' }) };
}
