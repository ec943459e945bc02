import { useEffect, useMemo } from 'react';
import { fetchExecutions } from '../../api/executions';
import { useCatchUp, useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import { ExecutionTable } from '../../executions/ExecutionTable';
import { ExecutionList } from '../../live/executionlist';
import { EVERYTHING, serializeFilter } from '../../url/filter';
import { ACTIVE } from './definition';

/** All that runs, as live rows. */
export function ActiveTable({ workflow }: { readonly workflow: string }) {
	const { http, clock, connection, feed } = useServices();
	const list = useMemo(() => {
		const filter = { ...EVERYTHING, status: ACTIVE, workflow };
		return new ExecutionList(
			filter,
			(cursor, limit, signal) => fetchExecutions(http, { filter, cursor, limit }, clock.now(), signal),
			() => connection.heard(),
		);
	}, [http, clock, connection, workflow]);
	useEffect(() => {
		const leave = feed.listen(list.apply);
		list.load();
		return () => {
			leave();
			list.stop();
		};
	}, [feed, list]);
	useCatchUp(() => list.refresh());
	const view = useSignal(list.view);
	if (view.ids.length === 0) return null;
	return <ExecutionTable list={list} view={view} from={serializeFilter(list.filter)} />;
}
