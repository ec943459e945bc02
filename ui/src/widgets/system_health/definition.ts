import { HeartPulse } from 'lucide-react';
import type { Health } from '../../api/resources';
import { RESOURCES_EVERY_MS, useHealth } from '../../resources/useResources';
import type { WidgetDefinition } from '../widget';
import { HealthView } from './HealthView';

const definition: WidgetDefinition<Health> = {
	type: 'system_health',
	name: 'widget.system_health',
	icon: HeartPulse,
	size: { w: 3, h: 3 },
	least: { w: 2, h: 2 },
	settings: [],
	useReading: useHealth,
	everyMs: RESOURCES_EVERY_MS,
	isEmpty: () => false,
	empty: 'health.green',
	href: () => '/resources',
	table: ({ status, reasons }) => [
		['status', 'reason'],
		...(reasons.length === 0 ? [[status, '']] : reasons.map((one) => [status, one])),
	],
	View: HealthView,
};

export default definition;
