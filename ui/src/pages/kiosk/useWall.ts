import { useEffect, useState } from 'react';
import { useSecond, useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';

/** A pointer that rests this long is hidden, in ms. */
const REST_MS = 3_000;

/** Whether the pointer rests, so that it need not be seen. */
export function useRestingPointer(): boolean {
	const [resting, setResting] = useState(false);
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout>;
		const wake = () => {
			setResting(false);
			clearTimeout(timer);
			timer = setTimeout(() => setResting(true), REST_MS);
		};
		wake();
		addEventListener('pointermove', wake);
		return () => {
			clearTimeout(timer);
			removeEventListener('pointermove', wake);
		};
	}, []);
	return resting;
}

/** Keeps the screen from switching itself off, where the browser can. */
export function useWakeLock(): void {
	useEffect(() => {
		if (!('wakeLock' in navigator)) return;
		let lock: WakeLockSentinel | null = null;
		const ask = async () => {
			if (document.hidden) return;
			try {
				lock = await navigator.wakeLock.request('screen');
			} catch {
				// The battery is low, or the browser does not want to.
			}
		};
		void ask();
		document.addEventListener('visibilitychange', ask);
		return () => {
			document.removeEventListener('visibilitychange', ask);
			void lock?.release();
		};
	}, []);
}

/** Pixels by which the picture is moved from minute to minute, so that nothing burns in. */
const SHIFTS = ['0 0', '2px 0', '2px 2px', '0 2px'] as const;

export function useShift(): string {
	return useSecond((now) => SHIFTS[Math.floor(now / 60_000) % SHIFTS.length] ?? '0 0');
}

/** Loads the page anew when the server has a newer one: nobody is there to do it. */
export function useReloadWhenOutdated(): void {
	const outdated = useSignal(useServices().connection.outdated);
	useEffect(() => {
		if (outdated) location.reload();
	}, [outdated]);
}

/** Is dark unless the address asks for a theme. */
export function useWallTheme(): void {
	const { theme } = useServices();
	useEffect(() => {
		if (new URLSearchParams(location.search).has('theme')) return;
		return theme.lend('dark');
	}, [theme]);
}

/** When data came last, of whatever is shown; local time in ms, 0: never. */
export function useLastUpdate(): number {
	const { queries } = useServices();
	return useSecond(() =>
		queries
			.getQueryCache()
			.getAll()
			.reduce((last, query) => Math.max(last, query.state.dataUpdatedAt), 0),
	);
}
