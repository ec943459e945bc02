import { type KeyboardEvent, useReducer } from 'react';
import type { Dashboard, Widget } from '../../api/dashboards';
import { definitionOf } from '../../widgets/registry';
import type { WidgetDefinition } from '../../widgets/widget';
import { beginDraft, isDirty, reduceDraft } from './draft';
import { keyChange } from './keys';
import { type Change, freeId } from './layout';
import { useSpokenPlace } from './useSpokenPlace';

const SMALLEST = { w: 1, h: 1 };
export const least = (type: string) => definitionOf(type)?.least ?? SMALLEST;

const NOTHING_SET = { workflow: null, execution: null, range: null, limit: null };

/** A dashboard while it is changed, and what can be done to it. After each change it is said where the widget is. */
export function useEditing(dashboard: Dashboard) {
	const [draft, dispatch] = useReducer(reduceDraft, dashboard, beginDraft);
	const spoken = useSpokenPlace(draft);
	const change = (one: Change) => dispatch({ kind: 'change', change: one, least });
	const add = (widget: Widget) => {
		const id = freeId(draft.widgets, widget.type);
		change({ kind: 'add', widget: { ...widget, id } });
		spoken.say(id, 'focus');
	};
	const put = (one: Change & { readonly id: string }) => {
		change(one);
		spoken.say(one.id);
	};
	const remove = (widget: Widget) => {
		change({ kind: 'remove', id: widget.id });
		const next = draft.widgets.find((one) => one.id !== widget.id);
		if (next !== undefined) spoken.say(next.id, 'focus');
	};
	return {
		draft,
		dirty: isDirty(draft),
		spoken: spoken.text,
		put,
		remove,
		stored: (dashboard: Dashboard, sent?: readonly Widget[]) => dispatch({ kind: 'stored', dashboard, sent }),
		undo: () => dispatch({ kind: 'undo' }),
		compact: () => change({ kind: 'compact' }),
		replace: (widget: Widget) => change({ kind: 'replace', widget }),
		duplicate: add,
		addNew: ({ type, size }: WidgetDefinition) =>
			add({ id: type, type, title: '', config: NOTHING_SET, stored: {}, place: { x: 0, y: 0, ...size } }),
		/** Keys while a widget has the focus itself. */
		onKey: (event: KeyboardEvent<HTMLElement>, widget: Widget) => {
			if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
			const step = keyChange(event.key, event.shiftKey, widget);
			if (event.key === 'Delete') remove(widget);
			else if (step !== null) put(step);
			else return;
			event.preventDefault();
		},
	};
}
