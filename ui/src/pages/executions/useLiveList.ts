import { useEffect, useMemo } from 'react';
import { useCatchUp } from '../../app/hooks';
import { useServices } from '../../app/services';
import type { ExecutionList } from '../../live/executionlist';
import type { ExecutionFilter } from '../../url/filter';

/** The list of a filter, loaded and kept true as long as the page shows it. */
export function useLiveList(filter: ExecutionFilter): ExecutionList {
	const { listOf, feed, connection } = useServices();
	const list = useMemo(() => listOf(filter), [listOf, filter]);

	useEffect(() => connection.want({ topic: 'execution_updates', snapshot: false }), [connection]);

	useEffect(() => {
		const stop = feed.listen(list.apply);
		list.load();
		return () => {
			stop();
			list.hold(false);
		};
	}, [feed, list]);

	useCatchUp(() => list.refresh());
	return list;
}
