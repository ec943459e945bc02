package alert

import (
	"encoding/json"

	"flowwatch/engine/execution"
)

const builtinID = "builtin:"

// BuiltinID is the id of a built-in rule.
func BuiltinID(b Builtin) string { return builtinID + string(b) }

// inApp is the channel that needs nothing.
func inApp() []Channel { return []Channel{{Type: "in_app", Config: json.RawMessage("{}")}} }

// Builtins are the rules that ship with the product, as a new organisation gets them. They can be changed and switched off, not added. On
// are those that speak of what an office must know; longer_than_usual is off until there is enough history to be right.
func Builtins() []Rule {
	builtin := func(b Builtin, name string, severity Severity, cooldownMinutes int, active bool) Rule {
		return Rule{ID: builtinID + string(b), Type: Custom, Name: name, Channels: inApp(), CooldownMinutes: cooldownMinutes, Severity: severity,
			Active: active, Builtin: b, CreatedAt: execution.NoInstant, UpdatedAt: execution.NoInstant, DeletedAt: execution.NoInstant}
	}
	return []Rule{
		builtin(DeadlineAtRisk, "Termin zagrożony", Error, 1440, true),
		builtin(QueueMissesDeadline, "Kolejka nie zdąży przed terminem", Error, 240, true),
		builtin(MissedRun, "Wykonanie nie odbyło się o swojej porze", Error, 60, true),
		builtin(EngineSilent, "Silnik procesów milczy", Critical, 60, true),
		builtin(LongerThanUsual, "Wykonanie trwa dłużej niż zwykle", Warning, 60, false),
		builtin(ChannelBroken, "Kanał powiadomień nie działa", Error, 240, true),
	}
}

// Preset is a rule that an accounting office is offered. The workflow is found by its name; the rule is off until somebody confirms it.
type Preset struct {
	ID       string `json:"id"`
	Workflow string `json:"workflow"` // name of the office's workflow; "": all
	Rule     Rule   `json:"rule"`
}

// Names of the workflows that presets are for.
const (
	workflowJPK      = "jpk-generation"
	workflowTax      = "tax-filing"
	workflowPayroll  = "payroll"
	workflowMonthEnd = "month-end-closing"
)

// Presets are rules for what an accounting office runs, all switched off. They are normalised but for the workflow's id.
func Presets() []Preset {
	number := func(v float64) *float64 { return &v }
	preset := func(id, workflow, name string, t Type, cooldownMinutes int, severity Severity, conditions ...Condition) Preset {
		return Preset{ID: id, Workflow: workflow, Rule: Rule{Type: t, Name: name, Conditions: conditions, Channels: inApp(),
			CooldownMinutes: cooldownMinutes, Severity: severity}}
	}
	duration := func(n float64, unit string) Condition {
		return Condition{Metric: metricDuration, Operator: opGreater, Threshold: number(n), Unit: unit}
	}
	inRow := func(n int) Condition { return Condition{Metric: metricFailures, ConsecutiveCount: n} }
	rate := Condition{Metric: metricErrorRate, Operator: opGreater, Threshold: number(20), Unit: unitPercent, TimeWindowMinutes: 60, MinSample: 10}
	return []Preset{
		preset("jpk-failures", workflowJPK, "JPK: 3 niepowodzenia z rzędu", ConsecutiveFailures, 15, Critical, inRow(3)),
		preset("jpk-slow", workflowJPK, "JPK: generowanie trwa ponad 30 minut", SlowExecution, 60, Warning, duration(30, unitMinute)),
		preset("tax-failed", workflowTax, "Wysyłka deklaracji nie powiodła się", ExecutionFailed, 15, Error),
		preset("tax-timeout", workflowTax, "Wysyłka deklaracji stoi ponad godzinę", ExecutionTimeout, 60, Error, duration(1, unitHour)),
		preset("payroll-failed", workflowPayroll, "Lista płac nie powiodła się", ExecutionFailed, 15, Critical),
		preset("payroll-slow", workflowPayroll, "Lista płac liczy się ponad 2 godziny", SlowExecution, 120, Warning, duration(2, unitHour)),
		preset("month-end-failures", workflowMonthEnd, "Zamknięcie miesiąca: 2 niepowodzenia z rzędu", ConsecutiveFailures, 60, Error, inRow(2)),
		preset("month-end-timeout", workflowMonthEnd, "Zamknięcie miesiąca trwa ponad 8 godzin pracy", ExecutionTimeout, 240, Warning, duration(8, unitHour)),
		preset("error-rate", "", "Ponad 20% wykonań kończy się błędem", HighErrorRate, 60, Critical, rate),
		preset("queue", "", "W kolejce czeka ponad 100 wykonań", QueueBacklog, 30, Warning,
			Condition{Metric: metricPending, Operator: opGreater, Threshold: number(100)}),
		preset("disk", "", "Dysk zapełniony w ponad 90%", ResourceThreshold, 240, Error,
			Condition{Metric: "disk", Operator: opGreater, Threshold: number(90), TimeWindowMinutes: 5}),
	}
}
