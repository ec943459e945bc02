import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { Link } from '../live/connection';
import type { Signal } from '../live/signal';
import { useServices } from './services';

export function useSignal<T>(signal: Signal<T>): T {
	return useSyncExternalStore(signal.subscribe, signal.get);
}

export function useLink(): Link {
	return useSignal(useServices().connection.link);
}

/** A text that depends on the running time. The component is drawn anew only when the text changes. */
export function useTicking(text: (now: number) => string): string {
	const { time } = useServices().ticker;
	return useSyncExternalStore(time.subscribe, () => text(time.get()));
}

/** Calls refetch whenever changes may have been missed (a new connection), and every 5 s while there is none. */
export function useCatchUp(refetch: () => void): void {
	const { connection } = useServices();
	const link = useSignal(connection.link);
	const latest = useRef(refetch);
	latest.current = refetch;
	useEffect(() => {
		if (link.state === 'replaying') return;
		if (link.state === 'live') {
			latest.current();
			return;
		}
		const timer = setInterval(() => latest.current(), POLL_MS);
		return () => clearInterval(timer);
	}, [link.state]);
}

const POLL_MS = 5_000;

/** Sets the window's title; the name of the product follows. */
export function useTitle(title: string): void {
	useEffect(() => {
		document.title = title === '' ? 'Flowwatch' : `${title} – Flowwatch`;
	}, [title]);
}
