import { Layers } from 'lucide-react';
import { PRIORITIES } from '../../api/execution';
import type { Queue } from '../../api/queue';
import { QUEUE_EVERY_MS, useQueue } from '../../queue/useQueue';
import type { WidgetDefinition } from '../widget';
import { QueueView } from './QueueView';

const definition: WidgetDefinition<Queue> = {
	type: 'queue_status',
	name: 'widget.queue_status',
	icon: Layers,
	size: { w: 3, h: 3 },
	least: { w: 2, h: 2 },
	settings: [],
	useReading: useQueue,
	everyMs: QUEUE_EVERY_MS,
	// That nothing waits is a number too: 0 is known.
	isEmpty: () => false,
	empty: 'queue.none',
	href: () => '/queue',
	table: (queue) => [
		['pending', 'processing', ...PRIORITIES, 'averageWaitSeconds', 'ratePerMinute', 'clearanceSeconds'],
		[
			queue.pending,
			queue.processing,
			...PRIORITIES.map((priority) => queue.byPriority[priority]),
			queue.wait,
			queue.rate,
			queue.clearance,
		],
	],
	View: QueueView,
};

export default definition;
