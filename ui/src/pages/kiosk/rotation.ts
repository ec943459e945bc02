/** What the address of a screen asks for. */
export interface Rotation {
	/** Ids of the dashboards that take turns, the first one first, each once. */
	readonly ids: readonly string[];
	readonly everySeconds: number;
	readonly zoom: number;
}

/** Limits and usual values. Seconds, and how many times as large. */
const EVERY_MIN = 15;
const EVERY_MAX = 300;
const EVERY_USUAL = 30;
const ZOOM_MIN = 0.5;
const ZOOM_MAX = 3;
const ZOOM_USUAL = 1.25;
const IDS_MAX = 20;

export function parseRotation(first: string, search: string): Rotation {
	const query = new URLSearchParams(search);
	const others = (query.get('rotate') ?? '').split(',').filter((id) => id !== '');
	return {
		ids: [...new Set([first, ...others])].slice(0, IDS_MAX),
		everySeconds: within(query.get('every'), EVERY_MIN, EVERY_MAX, EVERY_USUAL),
		zoom: within(query.get('zoom'), ZOOM_MIN, ZOOM_MAX, ZOOM_USUAL),
	};
}

function within(value: string | null, low: number, high: number, usual: number): number {
	const n = value === null || value === '' ? Number.NaN : Number(value);
	return Number.isFinite(n) ? Math.max(low, Math.min(high, n)) : usual;
}

/** The one that is n turns further, forwards or backwards. */
export function turned(count: number, at: number, by: number): number {
	return count === 0 ? 0 : (((at + by) % count) + count) % count;
}

/** Which of several dashboards is shown, and how to change that. */
export interface Turns {
	readonly at: number;
	readonly paused: boolean;
	readonly next: () => void;
	readonly previous: () => void;
	readonly pause: () => void;
}
