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

/** Whether nothing can be changed now: there is no live connection, and the server answers no request either. */
export function useCutOff(): boolean {
	const { reached } = useServices();
	const answered = useSignal(reached);
	return useLink().state === 'offline' && !answered;
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

/** Sets the window's title; the name of the product follows, and the number of alerts that nobody takes care of leads. */
export function useTitle(title: string): void {
	const trouble = useSignal(useServices().alerts.trouble);
	useEffect(() => {
		const mark = trouble === 0 ? '' : `(${trouble}) `;
		document.title = title === '' ? `${mark}Flowwatch` : `${mark}${title} – Flowwatch`;
	}, [title, trouble]);
}

/** Whether the viewer has a right, as in "alerts.manage". The server decides again; this only hides what it would refuse. */
export function useRight(right: string): boolean {
	const state = useSignal(useServices().session.state);
	return state.phase === 'in' && state.viewer?.rights.includes(right) === true;
}

/** What follows from this computer's own clock, looked at each second. Unlike useTicking it goes on without a connection. */
export function useSecond<T extends string | number | boolean>(derive: (now: number) => T): T {
	return useSyncExternalStore(eachSecond, () => derive(Date.now()));
}

function eachSecond(listener: () => void): () => void {
	const timer = setInterval(listener, 1_000);
	return () => clearInterval(timer);
}
