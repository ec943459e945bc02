import type { Widget, WidgetType } from '../../api/dashboards';
import type { WorkflowName } from '../../api/executions';
import type { PlainKey } from '../../i18n/translate';

/** A dashboard that somebody can begin with. */
export interface Template {
	readonly key: string;
	readonly name: PlainKey;
	readonly about: PlainKey;
	readonly widgets: readonly Widget[];
}

/** Pixels; three rows show a figure, seven a table. */
export const TEMPLATE_ROW_HEIGHT = 52;

function at(type: WidgetType, x: number, y: number, w: number, h: number): Widget {
	const nothing = { workflow: null, execution: null, range: null, limit: null };
	return { id: `${type}-${x}-${y}`, type, title: '', config: nothing, stored: {}, place: { x, y, w, h } };
}

/** The workflow that closes a month, by its usual id or its name; null when the office has none. */
function closingOf(workflows: readonly WorkflowName[]): string | null {
	const closing = workflows.find(({ id, name }) => id === 'month-end-closing' || /zamkni\p{L}+ miesi|month.end/iu.test(name));
	return closing?.id ?? null;
}

/** The widgets of a template in an office that has these workflows: the timeline follows the closing of the month. */
export function widgetsOf(template: Template, workflows: readonly WorkflowName[]): readonly Widget[] {
	const workflow = closingOf(workflows);
	return template.widgets.map((one) => (one.type === 'timeline' ? { ...one, config: { ...one.config, workflow } } : one));
}

export const TEMPLATES: readonly Template[] = [
	{ key: 'empty', name: 'dash.template.empty', about: 'dash.template.emptyAbout', widgets: [] },
	{
		key: 'monthEnd',
		name: 'dash.template.monthEnd',
		about: 'dash.template.monthEndAbout',
		widgets: [
			at('tax_deadlines', 0, 0, 4, 7),
			at('timeline', 4, 0, 8, 7),
			at('workflow_health', 0, 7, 6, 5),
			at('failed_executions', 6, 7, 6, 5),
		],
	},
	{
		key: 'administrator',
		name: 'dash.template.administrator',
		about: 'dash.template.administratorAbout',
		widgets: [
			at('system_health', 0, 0, 3, 3),
			at('queue_status', 3, 0, 3, 3),
			at('resource_usage', 6, 0, 6, 5),
			at('alert_list', 0, 3, 6, 5),
			at('performance_metrics', 6, 5, 6, 5),
			at('step_breakdown', 0, 8, 6, 5),
			at('success_rate', 6, 10, 6, 3),
		],
	},
	{
		key: 'screen',
		name: 'dash.template.screen',
		about: 'dash.template.screenAbout',
		widgets: [
			at('system_health', 0, 0, 3, 4),
			at('failed_executions', 3, 0, 5, 4),
			at('tax_deadlines', 8, 0, 4, 8),
			at('active_executions', 0, 4, 4, 4),
			at('queue_status', 4, 4, 4, 4),
			at('workflow_health', 0, 8, 6, 4),
			at('execution_chart', 6, 8, 6, 4),
		],
	},
];
