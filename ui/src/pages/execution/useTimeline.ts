import { useEffect, useMemo, useRef } from 'react';
import type { ExecutionDetail } from '../../api/execution';
import { type Explanation, fetchTimeline, type Timeline } from '../../api/timeline';
import { useTicking } from '../../app/hooks';
import { useServices } from '../../app/services';
import type { Language } from '../../i18n/translate';
import { Fetched } from '../../live/fetched';

/** How often the sentences about something that still runs are asked for anew, in ms: the bars go on by themselves. */
const RETELL_MS = 10_000;

/** The timeline of an execution in a language, fetched again when the execution changed. */
export function useTimeline(detail: ExecutionDetail, language: Language): Fetched<[Timeline, Explanation]> {
	const { http } = useServices();
	const { id } = detail.execution;
	// biome-ignore lint/correctness/useExhaustiveDependencies: the language is a header of the request, so another one is another answer
	const state = useMemo(() => new Fetched((signal) => fetchTimeline(http, id, signal)), [http, id, language]);
	useEffect(() => {
		state.load();
		return () => state.stop();
	}, [state]);
	const version = `${detail.execution.seq} ${detail.execution.status}`;
	const seen = useRef(version);
	useEffect(() => {
		if (seen.current === version) return;
		seen.current = version;
		state.refresh();
	}, [state, version]);
	const open = detail.execution.completedAt === null;
	useEffect(() => {
		if (!open) return;
		const timer = setInterval(() => state.refresh(), RETELL_MS);
		return () => clearInterval(timer);
	}, [state, open]);
	return state;
}

/** How long ago a running timeline was drawn, in ms; it stands still while there is no connection. */
export function useAge(timeline: Timeline | null): number {
	const runsAt = timeline?.runsAt ?? null;
	return Number(useTicking((now) => (runsAt === null ? '0' : String(Math.max(0, now - runsAt)))));
}
