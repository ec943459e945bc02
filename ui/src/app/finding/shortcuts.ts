import type { PlainKey } from '../../i18n/translate';

/** What a shortcut does; those without an action are the browser's own, named for the help. */
export type ActionName =
	| 'palette'
	| 'help'
	| 'goDashboard'
	| 'goWorkflows'
	| 'goQueue'
	| 'goAlerts'
	| 'goDeadlines'
	| 'goExecutions'
	| 'goResources'
	| 'filter'
	| 'nextRow'
	| 'formerRow'
	| 'copyId'
	| 'pause'
	| 'refresh'
	| 'acknowledge'
	| 'escalate'
	| 'edit'
	| 'formerRange'
	| 'nextRange';

export interface Shortcut {
	/** Keys one after the other; "mod" is Ctrl, on a Mac ⌘. */
	readonly keys: readonly string[];
	readonly action: ActionName | null;
	readonly says: PlainKey;
	readonly group: 'go' | 'list' | 'page';
}

/** The one table of shortcuts: it drives the keyboard and the help. */
export const SHORTCUTS: readonly Shortcut[] = [
	{ keys: ['mod+k'], action: 'palette', says: 'keys.palette', group: 'go' },
	{ keys: ['g', 'p'], action: 'goDashboard', says: 'nav.dashboard', group: 'go' },
	{ keys: ['g', 'w'], action: 'goExecutions', says: 'nav.executions', group: 'go' },
	{ keys: ['g', 'r'], action: 'goWorkflows', says: 'nav.workflows', group: 'go' },
	{ keys: ['g', 'k'], action: 'goQueue', says: 'nav.queue', group: 'go' },
	{ keys: ['g', 'a'], action: 'goAlerts', says: 'nav.alerts', group: 'go' },
	{ keys: ['g', 't'], action: 'goDeadlines', says: 'nav.deadlines', group: 'go' },
	{ keys: ['g', 'z'], action: 'goResources', says: 'nav.resources', group: 'go' },
	{ keys: ['/'], action: 'filter', says: 'keys.filter', group: 'list' },
	{ keys: ['j'], action: 'nextRow', says: 'keys.nextRow', group: 'list' },
	{ keys: ['k'], action: 'formerRow', says: 'keys.formerRow', group: 'list' },
	{ keys: ['Enter'], action: null, says: 'keys.open', group: 'list' },
	{ keys: ['Esc'], action: null, says: 'keys.close', group: 'list' },
	{ keys: ['c'], action: 'copyId', says: 'keys.copyId', group: 'page' },
	{ keys: ['p'], action: 'pause', says: 'keys.pause', group: 'page' },
	{ keys: ['r'], action: 'refresh', says: 'keys.refresh', group: 'page' },
	{ keys: ['a'], action: 'acknowledge', says: 'keys.acknowledge', group: 'page' },
	{ keys: ['s'], action: 'escalate', says: 'keys.escalate', group: 'page' },
	{ keys: ['e'], action: 'edit', says: 'keys.edit', group: 'page' },
	{ keys: ['['], action: 'formerRange', says: 'keys.formerRange', group: 'page' },
	{ keys: [']'], action: 'nextRange', says: 'keys.nextRange', group: 'page' },
	{ keys: ['?'], action: 'help', says: 'keys.help', group: 'page' },
];

/** A key as the table writes it; '' of one that no shortcut begins with. */
export function keyOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): string {
	const modified = event.ctrlKey || event.metaKey;
	if (modified && !event.altKey && event.key.toLowerCase() === 'k') return 'mod+k';
	// Some keyboards make [ ] with AltGr, which tells Ctrl and Alt.
	const written = event.ctrlKey && event.altKey && /^[[\]/?]$/.test(event.key);
	if ((modified || event.altKey) && !written) return '';
	return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

/** Longest pause between the keys of a shortcut, in ms. */
export const PAUSE_MS = 1_200;

/** Follows what is typed. letters: those without Ctrl are switched on. */
export class ShortcutReader {
	private typed: readonly string[] = [];
	private at = 0;

	/** The action that a key completes; null: none, or not yet. */
	read(key: string, now: number, letters: boolean): ActionName | null {
		if (now - this.at > PAUSE_MS) this.typed = [];
		this.at = now;
		const usable = SHORTCUTS.filter((one) => one.action !== null && (letters || one.keys[0]?.startsWith('mod+')));
		// A key that does not go on with what was typed begins anew.
		for (const typed of [[...this.typed, key], [key]]) {
			this.typed = usable.some((one) => begins(one.keys, typed)) ? typed : [];
			if (this.typed.length > 0) return null;
			const found = usable.find((one) => same(one.keys, typed));
			if (found !== undefined) return found.action;
		}
		return null;
	}
}

function begins(keys: readonly string[], typed: readonly string[]): boolean {
	return keys.length > typed.length && same(keys.slice(0, typed.length), typed);
}

function same(a: readonly string[], b: readonly string[]): boolean {
	return a.length === b.length && a.every((key, n) => key === b[n]);
}
