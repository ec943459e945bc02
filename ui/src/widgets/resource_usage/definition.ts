import { Cpu } from 'lucide-react';
import type { Health, Resource } from '../../api/resources';
import { presentOf } from '../../resources/present';
import { RESOURCES_EVERY_MS, useHealth, useRecentResources } from '../../resources/useResources';
import type { Reading, WidgetDefinition } from '../widget';
import { ResourceView } from './ResourceView';

export interface Usage {
	readonly resources: readonly Resource[];
	/** null until it is known. */
	readonly health: Health | null;
}

function useReading(): Reading<Usage> {
	const resources = useRecentResources();
	const health = useHealth();
	return {
		data: resources.data === undefined ? undefined : { resources: resources.data, health: health.data ?? null },
		error: resources.error ?? health.error,
		dataUpdatedAt: resources.dataUpdatedAt,
		refetch: () => Promise.all([resources.refetch(), health.refetch()]),
	};
}

const definition: WidgetDefinition<Usage> = {
	type: 'resource_usage',
	name: 'widget.resource_usage',
	icon: Cpu,
	size: { w: 3, h: 3 },
	least: { w: 2, h: 2 },
	settings: [],
	useReading,
	everyMs: RESOURCES_EVERY_MS,
	isEmpty: ({ resources }) => resources.length === 0,
	empty: 'resources.nothing',
	href: () => '/resources',
	table: ({ resources }) => [
		['metric', 'source', 'value', 'at'],
		...presentOf(resources).map(({ metric, source, value, at }) => [
			metric,
			source,
			value,
			at === null ? null : new Date(at).toISOString(),
		]),
	],
	View: ResourceView,
};

export default definition;
