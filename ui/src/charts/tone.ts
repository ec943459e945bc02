/** What a colour stands for. Each is a custom property of the theme; nothing is told by colour alone. */
export const TONES = {
	p50: '--series-p50',
	p95: '--series-p95',
	p99: '--series-p99',
	completed: '--completed',
	failed: '--failed',
	running: '--running',
	waiting: '--warning',
	pending: '--pending',
	accent: '--accent',
	warning: '--warning',
	muted: '--muted',
} as const;

export type Tone = keyof typeof TONES;

export interface Palette {
	readonly tone: (tone: Tone) => string;
	readonly text: string;
	readonly line: string;
	readonly card: string;
}

/** The colours of the theme that is in effect where the element is. */
export function paletteAt(element: Element): Palette {
	const style = getComputedStyle(element);
	const read = (name: string) => style.getPropertyValue(name).trim();
	return { tone: (tone) => read(TONES[tone]), text: read('--fg'), line: read('--line'), card: read('--card') };
}
