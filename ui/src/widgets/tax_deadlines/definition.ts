import { CalendarClock } from 'lucide-react';
import type { WidgetDefinition } from '../widget';
import { type Due, useDue } from './reading';
import { TaxDeadlines } from './TaxDeadlines';

/** The longest that a server which has much to count is left alone. */
const EVERY_MS = 60_000;

/** What is due next, and how far the office is with it. */
const definition: WidgetDefinition<Due> = {
	type: 'tax_deadlines',
	name: 'due.widget',
	icon: CalendarClock,
	size: { w: 3, h: 6 },
	least: { w: 2, h: 2 },
	settings: ['limit'],
	useReading: () => useDue(),
	everyMs: EVERY_MS,
	isEmpty: (data) => data.items.length === 0,
	empty: 'due.widgetEmpty',
	href: () => '/deadlines',
	table: (data) => [
		['rule', 'period', 'due', 'actBy', 'businessDaysLeft', 'confirmed', 'completed', 'running', 'failed', 'filed'],
		...data.items.map((one) => [
			one.rule,
			one.period,
			one.due,
			one.actBy,
			one.daysLeft,
			one.confirmed ? 1 : 0,
			one.runs.completed,
			one.runs.running,
			one.runs.failed,
			one.filed,
		]),
	],
	View: TaxDeadlines,
};

export default definition;
