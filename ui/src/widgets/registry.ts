import activeExecutions from './active_executions/definition';
import alertList from './alert_list/definition';
import executionChart from './execution_chart/definition';
import failedExecutions from './failed_executions/definition';
import performanceMetrics from './performance_metrics/definition';
import queueStatus from './queue_status/definition';
import resourceUsage from './resource_usage/definition';
import stepBreakdown from './step_breakdown/definition';
import successRate from './success_rate/definition';
import systemHealth from './system_health/definition';
import taxDeadlines from './tax_deadlines/definition';
import timeline from './timeline/definition';
import type { WidgetDefinition } from './widget';
import workflowHealth from './workflow_health/definition';

/** All types of widgets that this page can draw, in the order in which they are offered. */
export const DEFINITIONS: readonly WidgetDefinition[] = [
	known(activeExecutions),
	known(failedExecutions),
	known(alertList),
	known(workflowHealth),
	known(successRate),
	known(performanceMetrics),
	known(executionChart),
	known(stepBreakdown),
	known(queueStatus),
	known(systemHealth),
	known(resourceUsage),
	known(taxDeadlines),
	known(timeline),
];

export function definitionOf(type: string): WidgetDefinition | undefined {
	return DEFINITIONS.find((one) => one.type === type);
}

/** What a type reads goes to its own view alone, so that the others need not know what it is. */
function known<T>(definition: WidgetDefinition<T>): WidgetDefinition {
	return definition as WidgetDefinition<unknown>;
}
