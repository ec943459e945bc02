import { useEffect, useMemo } from 'react';
import { fetchExecution } from '../../api/executions';
import { useCatchUp } from '../../app/hooks';
import { useServices } from '../../app/services';
import { ExecutionState } from '../../live/executionstate';

/** One execution, loaded and kept true as long as the page shows it. */
export function useLiveExecution(id: string): ExecutionState {
	const { http, clock, connection, feed } = useServices();
	const state = useMemo(
		() =>
			new ExecutionState(
				id,
				(signal) => fetchExecution(http, id, clock.now(), signal),
				() => connection.heard(),
			),
		[http, clock, connection, id],
	);

	useEffect(() => {
		const unwanted = [
			connection.want({ topic: 'execution_updates', executionId: id, snapshot: false }),
			connection.want({ topic: 'step_updates', executionId: id, snapshot: false }),
		];
		return () => {
			for (const stop of unwanted) stop();
		};
	}, [connection, id]);

	useEffect(() => {
		const stop = feed.listen(state.apply);
		state.load();
		return () => {
			stop();
			state.stop();
		};
	}, [feed, state]);

	useCatchUp(() => state.refresh());
	return state;
}
