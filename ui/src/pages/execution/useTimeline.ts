import { useEffect, useMemo, useRef } from 'react';
import type { ExecutionDetail } from '../../api/execution';
import { fetchTimeline, type Timeline } from '../../api/timeline';
import { useTicking } from '../../app/hooks';
import { useServices } from '../../app/services';
import { Fetched } from '../../live/fetched';

/** The timeline of an execution, fetched again when the execution changed. */
export function useTimeline(detail: ExecutionDetail): Fetched<Timeline> {
	const { http } = useServices();
	const { id } = detail.execution;
	const state = useMemo(() => new Fetched((signal) => fetchTimeline(http, id, signal)), [http, id]);
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
	return state;
}

/** How long ago a running timeline was drawn, in ms; it stands still while there is no connection. */
export function useAge(timeline: Timeline | null): number {
	const runsAt = timeline?.runsAt ?? null;
	return Number(useTicking((now) => (runsAt === null ? '0' : String(Math.max(0, now - runsAt)))));
}
