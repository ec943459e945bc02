import type { Dashboard, Widget } from '../../api/dashboards';
import { type Change, changed, type Least } from './layout';

/** A dashboard while it is edited. */
export interface Draft {
	/** As it is stored. */
	readonly base: Dashboard;
	readonly widgets: readonly Widget[];
	/** What it was before each change, the latest last. */
	readonly past: readonly (readonly Widget[])[];
	/** What the last change took away; null: it was another one. */
	readonly removed: Widget | null;
}

export type DraftAction =
	| { readonly kind: 'change'; readonly change: Change; readonly least: Least }
	| { readonly kind: 'undo' }
	/** The server has it so. What was changed after `sent` stays; without it, what is not stored is dropped. */
	| { readonly kind: 'stored'; readonly dashboard: Dashboard; readonly sent?: readonly Widget[] | undefined };

/** Most changes that can be undone. */
const PAST_MAX = 100;

export function beginDraft(base: Dashboard): Draft {
	return { base, widgets: base.widgets, past: [], removed: null };
}

export function reduceDraft(draft: Draft, action: DraftAction): Draft {
	if (action.kind === 'stored') {
		const { dashboard, sent } = action;
		return sent === undefined || draft.widgets === sent ? beginDraft(dashboard) : { ...draft, base: dashboard };
	}
	if (action.kind === 'undo') {
		const widgets = draft.past.at(-1);
		return widgets === undefined ? draft : { ...draft, widgets, past: draft.past.slice(0, -1), removed: null };
	}
	const { change, least } = action;
	const widgets = changed(draft.widgets, change, draft.base.columns, least);
	if (widgets === draft.widgets) return draft;
	const removed = change.kind === 'remove' ? (draft.widgets.find((one) => one.id === change.id) ?? null) : null;
	return { ...draft, widgets, past: [...draft.past, draft.widgets].slice(-PAST_MAX), removed };
}

/** Whether something is not stored yet. */
export function isDirty(draft: Draft): boolean {
	return JSON.stringify(draft.widgets) !== JSON.stringify(draft.base.widgets);
}
