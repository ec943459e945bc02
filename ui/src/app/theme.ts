import { Signal } from '../live/signal';
import { remember, remembered } from './memory';

export const THEMES = ['light', 'dark', 'system'] as const;
export type Theme = (typeof THEMES)[number];

// public/theme.js reads the same key before the first paint.
const KEY = 'flowwatch.theme';

/** The chosen theme. What is in effect stands in html[data-theme]. */
export class ThemeChoice {
	readonly chosen: Signal<Theme>;
	private lent: Theme | null = null;
	private readonly dark = matchMedia('(prefers-color-scheme: dark)');

	constructor() {
		const asked = new URLSearchParams(location.search).get('theme') ?? remembered(KEY);
		this.chosen = new Signal<Theme>(THEMES.find((theme) => theme === asked) ?? 'light');
		this.dark.addEventListener('change', () => this.show());
		this.show();
	}

	choose(theme: Theme): void {
		remember(KEY, theme);
		this.chosen.set(theme);
		this.show();
	}

	/** Shows another theme without choosing it, until the returned function is called. */
	lend(theme: Theme): () => void {
		this.lent = theme;
		this.show();
		return () => {
			this.lent = null;
			this.show();
		};
	}

	private show(): void {
		const theme = this.lent ?? this.chosen.get();
		document.documentElement.dataset.theme = theme === 'system' ? (this.dark.matches ? 'dark' : 'light') : theme;
	}
}
