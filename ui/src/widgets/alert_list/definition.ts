import { BellRing } from 'lucide-react';
import { type Alert, fetchAlerts } from '../../api/alerts';
import type { WidgetConfig } from '../../api/dashboards';
import { useServices } from '../../app/services';
import { useLiveQuery } from '../../app/useLiveQuery';
import { ALL_ALERTS, serializeAlertFilter } from '../../url/alertfilter';
import type { WidgetDefinition } from '../widget';
import { AlertList } from './AlertList';

const EVERY_MS = 5_000;
const USUAL_LIMIT = 10;

function useReading({ workflow, limit }: WidgetConfig) {
	const { http } = useServices();
	return useLiveQuery<readonly Alert[]>({
		key: ['widget', 'alert_list', workflow, limit],
		fetch: async (signal) => (await fetchAlerts(http, { workflow: workflow ?? '' }, null, signal, limit ?? USUAL_LIMIT)).items,
		on: ['alerts'],
		everyMs: EVERY_MS,
	});
}

const definition: WidgetDefinition<readonly Alert[]> = {
	type: 'alert_list',
	name: 'widget.alert_list',
	icon: BellRing,
	size: { w: 4, h: 4 },
	least: { w: 2, h: 2 },
	settings: ['workflow', 'limit'],
	useReading,
	everyMs: EVERY_MS,
	isEmpty: (alerts) => alerts.length === 0,
	empty: 'widget.noAlerts',
	emptyIsGood: true,
	href: ({ workflow }) => {
		const query = serializeAlertFilter({ ...ALL_ALERTS, workflow: workflow ?? '' });
		return query === '' ? '/alerts' : `/alerts?${query}`;
	},
	table: (alerts) => [
		['id', 'severity', 'status', 'message', 'workflow', 'executionId', 'triggeredAt'],
		...alerts.map((one) => [
			one.id,
			one.severity,
			one.status,
			one.message,
			one.workflowName,
			one.executionId,
			new Date(one.triggeredAt).toISOString(),
		]),
	],
	View: AlertList,
};

export default definition;
