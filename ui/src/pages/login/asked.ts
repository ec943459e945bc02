import { forget, remember, remembered } from '../../app/memory';

const KEY = 'flowwatch.asked';
/** How long the page that was asked for is remembered, in ms: the link may be opened in another tab. */
const KEPT_MS = 10 * 60_000;

/** Remembers the present address as the page to open after sign-in. */
export function noteAskedPage(): void {
	if (location.pathname === '/login' || location.pathname === '/setup') return;
	remember(KEY, JSON.stringify({ path: location.pathname + location.search, at: Date.now() }));
}

/** The page to open after sign-in: the one asked for a short time ago, or another. */
export function askedPage(otherwise = '/'): string {
	const kept = remembered(KEY);
	forget(KEY);
	try {
		const { path, at } = JSON.parse(kept ?? 'null') as { path: unknown; at: unknown };
		const fresh = typeof at === 'number' && Date.now() - at < KEPT_MS;
		// Only a path of this server: "//host" would lead elsewhere.
		if (fresh && typeof path === 'string' && /^\/(?!\/)/.test(path)) return path;
	} catch {
		// Nothing was kept, or not by this page.
	}
	return otherwise;
}
