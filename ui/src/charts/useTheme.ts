import { useSyncExternalStore } from 'react';

/** The theme in effect: what is painted by hand is painted anew when it changes. */
export function useTheme(): string {
	return useSyncExternalStore(follow, () => document.documentElement.dataset.theme ?? '');
}

function follow(changed: () => void): () => void {
	const observer = new MutationObserver(changed);
	observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
	return () => observer.disconnect();
}
