// Package dashboard says what a dashboard is: its grid, the widgets on it, what is acceptable, the one that everybody begins with, and what a change
// changed. It is pure.
package dashboard

import (
	"encoding/json"
	"slices"

	"flowwatch/engine/execution"
)

// Limits of dashboards.
const (
	nameRunesMin     = 3
	nameRunesMax     = 255
	columnsMin       = 1
	columnsMax       = 12
	columnsDefault   = 12
	rowHeightMin     = 50
	rowHeightMax     = 200
	rowHeightDefault = 100
	widgetsMax       = 50
	widgetIDBytesMax = 128
	titleRunesMax    = 255
	configBytesMax   = 16 << 10
	rowsMax          = 10_000 // y + h
)

// Limits are the limits of dashboards, as clients are told them.
func Limits() map[string]int {
	return map[string]int{
		"dashboardNameRunesMin": nameRunesMin, "dashboardNameRunes": nameRunesMax, "dashboardColumnsMin": columnsMin, "dashboardColumns": columnsMax,
		"dashboardColumnsDefault": columnsDefault, "dashboardRowHeightMin": rowHeightMin, "dashboardRowHeight": rowHeightMax,
		"dashboardRowHeightDefault": rowHeightDefault, "dashboardWidgets": widgetsMax, "widgetIdBytes": widgetIDBytesMax, "widgetTitleRunes": titleRunesMax,
		"widgetConfigBytes": configBytesMax, "dashboardRows": rowsMax,
	}
}

// Type is what a widget shows.
type Type string

// The types of widgets.
const (
	ActiveExecutions   Type = "active_executions"
	ExecutionChart     Type = "execution_chart"
	SuccessRate        Type = "success_rate"
	PerformanceMetrics Type = "performance_metrics"
	QueueStatus        Type = "queue_status"
	ResourceUsage      Type = "resource_usage"
	AlertList          Type = "alert_list"
	WorkflowHealth     Type = "workflow_health"
	StepBreakdown      Type = "step_breakdown"
	Timeline           Type = "timeline"
	TaxDeadlines       Type = "tax_deadlines"
	FailedExecutions   Type = "failed_executions"
	SystemHealth       Type = "system_health"
)

var types = []Type{
	ActiveExecutions, ExecutionChart, SuccessRate, PerformanceMetrics, QueueStatus, ResourceUsage, AlertList, WorkflowHealth, StepBreakdown, Timeline,
	TaxDeadlines, FailedExecutions, SystemHealth,
}

// Types lists all types of widgets.
func Types() []Type { return slices.Clone(types) }

// Layout is the grid.
type Layout struct {
	Columns   int `json:"columns"`
	RowHeight int `json:"rowHeight"` // pixels
}

// Position is a widget's place in cells of the grid, from the upper left.
type Position struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

// Widget is one thing on a dashboard. Config is a JSON object that the page understands; nil: {}.
type Widget struct {
	ID       string          `json:"id"` // unique on its dashboard
	Type     Type            `json:"type"`
	Title    string          `json:"title"`
	Config   json.RawMessage `json:"config,omitempty"`
	Position Position        `json:"position"`
}

// Dashboard is one user's, or one program's.
type Dashboard struct {
	ID        string            `json:"id"`
	Owner     string            `json:"owner"`
	Name      string            `json:"name"`
	Layout    Layout            `json:"layout"`
	Widgets   []Widget          `json:"widgets"`
	Version   int64             `json:"version"` // from 1, and one more with each change
	CreatedAt execution.Instant `json:"createdAt"`
	UpdatedAt execution.Instant `json:"updatedAt"`
}

// DefaultLayout is that of a dashboard that does not say.
func DefaultLayout() Layout { return Layout{Columns: columnsDefault, RowHeight: rowHeightDefault} }
