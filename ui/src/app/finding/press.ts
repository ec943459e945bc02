import { copyText } from '../clipboard';

/**
 * Shortcuts press what the page shows: what is not there, or what somebody has no right to, does nothing. A shortcut about a row is about the one with the
 * focus, else about the page.
 */

/** Rows that can be gone through, and what of them takes the focus. */
const ROWS = [
	'[data-testid="execution-row"] a',
	'[data-testid="queue-row"] a',
	'[data-testid="alert-row"] a[href^="/alerts/"]',
	'[data-testid="rule-row"] a',
	'[data-testid="workflow-card"] a',
	'[data-testid="deadline"] button[aria-expanded]',
	'[data-testid="deadline-rule"] a',
].join(', ');

function page(): Element | null {
	return document.querySelector('main');
}

/** Moves the focus to a row further down, or up. */
export function stepRow(by: 1 | -1): void {
	const rows: (Element | null)[] = [...(page()?.querySelectorAll(ROWS) ?? [])];
	const at = rows.indexOf(document.activeElement);
	const to = at < 0 ? rows[0] : rows[at + by];
	if (to instanceof HTMLElement) to.focus();
}

/** Puts the cursor into the page's filter. */
export function focusFilter(): void {
	const fields = page()?.querySelectorAll<HTMLInputElement>('search input:not([type=checkbox]), input[type=search]') ?? [];
	const shown = [...fields].find((field) => field.getClientRects().length > 0);
	shown?.focus();
	shown?.select();
}

/** Presses a button of the row with the focus, else the first one of the page. */
export function pressButton(testId: string): void {
	const wanted = `[data-testid="${testId}"]`;
	const row = document.activeElement?.closest('[data-testid$="-row"], li');
	const button = row?.querySelector<HTMLElement>(wanted) ?? (onlyOne() ? page()?.querySelector<HTMLElement>(wanted) : null);
	button?.click();
}

/** Whether the page is about one thing, not a list in which the first would be chosen by chance. */
function onlyOne(): boolean {
	return (page()?.querySelectorAll('[data-testid="alert-row"]').length ?? 0) < 2;
}

/** Copies the id of the execution or alert with the focus, else of the page's. Answers it; null: there is none. */
export async function copyId(): Promise<string | null> {
	const row = document.activeElement?.closest<HTMLElement>('[data-execution-id], [data-alert-id]');
	const inPath = /^\/(?:executions|alerts)\/([^/]+)$/.exec(location.pathname)?.[1];
	const id = row?.dataset.executionId ?? row?.dataset.alertId ?? (inPath === undefined ? null : decodeURIComponent(inPath));
	return id !== null && (await copyText(id)) ? id : null;
}

/** Chooses the range beside the one that is chosen; the last of them, which asks for two ends, is left out. */
export function stepRange(by: 1 | -1): void {
	const choices = [...(page()?.querySelectorAll<HTMLInputElement>('[data-testid="range"] input') ?? [])];
	const at = choices.findIndex((choice) => choice.checked);
	const to = choices[at + by];
	if (to !== undefined && to.value !== 'custom') to.click();
}
