import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { type Alert, type AlertFilter, type AlertStatus, fetchAlerts } from '../../api/alerts';
import { useSignal } from '../../app/hooks';
import { useServices } from '../../app/services';
import { unattended } from '../../live/alertboard';
import { arrange, NOTHING_SHOWN } from '../../live/arrange';

/** Whether an alert is within a filter; its status apart. */
function within(alert: Alert, filter: AlertFilter): boolean {
	return (
		(filter.severity.length === 0 || filter.severity.includes(alert.severity)) &&
		(filter.workflow === '' || filter.workflow === alert.workflowId) &&
		(filter.from === null || alert.triggeredAt >= filter.from) &&
		// To the minute: the end that somebody chose is within.
		(filter.to === null || alert.triggeredAt <= filter.to)
	);
}

/**
 * The open alerts that a filter lets through, in order: those that nobody takes care of first, then the newest. What was resolved stays where it was
 * shown as long as the list is held and the filter does not speak of states.
 */
export function openAlerts(all: Iterable<Alert>, filter: AlertFilter, kept: ReadonlySet<string>): Alert[] {
	const wanted = (status: AlertStatus) => filter.status.length === 0 || filter.status.includes(status);
	return [...all]
		.filter((one) => within(one, filter) && wanted(one.status))
		.filter((one) => one.status !== 'resolved' || (filter.status.length === 0 && kept.has(one.id)))
		.sort((a, b) => Number(unattended(b)) - Number(unattended(a)) || b.triggeredAt - a.triggeredAt || (a.id < b.id ? 1 : -1));
}

/** The open alerts of a filter as rows that keep still while held. */
export function useOpenAlerts(filter: AlertFilter, held: boolean) {
	const { alerts } = useServices();
	const board = useSignal(alerts.board);
	const shown = useRef(NOTHING_SHOWN);
	const [, redraw] = useState(0);
	const kept = new Set(held ? shown.current.order : []);
	const wanted = openAlerts(board.alerts.values(), filter, kept).map((one) => one.id);
	const arranged = arrange(shown.current, wanted, held);
	useEffect(() => {
		shown.current = arranged;
	});
	return {
		board,
		rows: arranged.order.flatMap((id) => board.alerts.get(id) ?? []),
		waiting: arranged.waiting,
		/** Puts everything in its place, held or not. */
		release: () => {
			shown.current = NOTHING_SHOWN;
			redraw((n) => n + 1);
		},
	};
}

/** The resolved alerts of a filter, page by page; asked anew when one was resolved and nobody holds the list. */
export function useResolvedAlerts(filter: AlertFilter, held: boolean) {
	const { http, alerts } = useServices();
	const wanted = filter.status.length === 0 || filter.status.includes('resolved');
	const query = useInfiniteQuery({
		queryKey: ['alert-history', filter],
		queryFn: ({ pageParam, signal }) => fetchAlerts(http, { ...filter, status: ['resolved'] }, pageParam, signal),
		initialPageParam: null as string | null,
		getNextPageParam: (page) => page.next,
		enabled: wanted,
		staleTime: 0,
	});
	const [stale, setStale] = useState(false);
	useEffect(
		() =>
			alerts.listen((alert) => {
				if (alert.status === 'resolved') setStale(true);
			}),
		[alerts],
	);
	const { refetch } = query;
	useEffect(() => {
		if (!stale || held || !wanted) return;
		setStale(false);
		void refetch();
	}, [stale, held, wanted, refetch]);
	return { ...query, wanted, items: query.data?.pages.flatMap((page) => page.items) ?? [] };
}
