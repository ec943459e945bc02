import type { Reading } from './widget';

/** What a widget's frame says of its data. */
export type WidgetState = 'loading' | 'ready' | 'empty' | 'error' | 'stale' | 'paused';

/** What matters of the world when a widget is judged. Times are local, in ms. */
export interface Circumstances {
	readonly now: number;
	/** The live connection is missing, and not only for a moment. */
	readonly offline: boolean;
	readonly paused: boolean;
	readonly everyMs: number;
}

/** Values older than this are dimmed, in ms. */
const DIM_AFTER_MS = 60_000;

/** What the frame says. Old data stay on the screen in every state; why they are old is said by the nearest cause. */
export function stateOf(reading: Reading<unknown>, empty: boolean, around: Circumstances): WidgetState {
	const failed = reading.error !== null && reading.error !== undefined;
	if (reading.data === undefined) return failed ? 'error' : 'loading';
	if (around.offline) return 'stale';
	if (failed) return 'error';
	if (around.paused) return 'paused';
	if (around.everyMs > 0 && around.now - reading.dataUpdatedAt > 2 * around.everyMs) return 'stale';
	return empty ? 'empty' : 'ready';
}

/** Whether values are too old to be read as present ones. */
export function isDim(state: WidgetState, ageMs: number): boolean {
	return state === 'error' || (state === 'stale' && ageMs > DIM_AFTER_MS);
}
