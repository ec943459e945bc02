import { describe, expect, it } from 'vitest';
import { readDashboard } from '../../api/dashboards';
import { beginDraft, isDirty, reduceDraft } from './draft';

const stored = readDashboard({
	id: 'd1',
	name: 'Pulpit',
	layout: { columns: 12, rowHeight: 52 },
	version: 3,
	widgets: [{ id: 'a', type: 'alert_list', title: '', config: {}, position: { x: 0, y: 0, w: 4, h: 3 } }],
});
const least = () => ({ w: 1, h: 1 });

describe('a draft', () => {
	it('can be undone change by change, and knows what was taken away', () => {
		let draft = beginDraft(stored);
		draft = reduceDraft(draft, { kind: 'change', change: { kind: 'move', id: 'a', x: 2, y: 0 }, least });
		draft = reduceDraft(draft, { kind: 'change', change: { kind: 'remove', id: 'a' }, least });
		expect([draft.widgets.length, draft.removed?.id, isDirty(draft)]).toEqual([0, 'a', true]);
		draft = reduceDraft(draft, { kind: 'undo' });
		expect([draft.widgets[0]?.place.x, draft.removed]).toEqual([2, null]);
		draft = reduceDraft(draft, { kind: 'undo' });
		expect(isDirty(draft)).toBe(false);
		expect(reduceDraft(draft, { kind: 'undo' })).toBe(draft);
	});

	it('counts for stored when it is moved back, or stored', () => {
		let draft = beginDraft(stored);
		draft = reduceDraft(draft, { kind: 'change', change: { kind: 'move', id: 'a', x: 2, y: 0 }, least });
		const back = reduceDraft(draft, { kind: 'change', change: { kind: 'move', id: 'a', x: 0, y: 0 }, least });
		expect(isDirty(back)).toBe(false);
		const saved = reduceDraft(draft, { kind: 'stored', dashboard: { ...stored, version: 4, widgets: draft.widgets } });
		expect([isDirty(saved), saved.past.length, saved.base.version]).toEqual([false, 0, 4]);
	});

	it('keeps what was changed while it was being stored', () => {
		const sent = reduceDraft(beginDraft(stored), { kind: 'change', change: { kind: 'move', id: 'a', x: 2, y: 0 }, least });
		const after = reduceDraft(sent, { kind: 'change', change: { kind: 'move', id: 'a', x: 5, y: 0 }, least });
		const dashboard = { ...stored, version: 4, widgets: sent.widgets };
		const kept = reduceDraft(after, { kind: 'stored', dashboard, sent: sent.widgets });
		expect([kept.widgets[0]?.place.x, isDirty(kept), kept.base.version]).toEqual([5, true, 4]);
		const same = reduceDraft(sent, { kind: 'stored', dashboard, sent: sent.widgets });
		expect(isDirty(same)).toBe(false);
	});
});
