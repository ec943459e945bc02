package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"

	"flowwatch/engine"
	"flowwatch/engine/alert"
	"flowwatch/engine/fault"
)

const (
	demoMailFrom = "flowwatch@biuro.example"
	demoMailTo   = "administrator@biuro.example"
)

// mailServer is where the demo sends its alerts.
type mailServer string

func (m mailServer) check() error {
	if m == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(string(m))
	if n, bad := strconv.Atoi(port); err != nil || host == "" || bad != nil || n < 1 || n > 1<<16-1 {
		return usageError(fmt.Sprintf("--mail %s is not an address such as 127.0.0.1:1025", string(m)))
	}
	return nil
}

// playAlerts sets a rule of each type, at what an office of the demo's size and haste comes to, so that there is something to see; with a mail server
// they write to it too. Rules of an earlier demo on the directory stay.
func (a *appliance) playAlerts(organizationID string, mail mailServer) error {
	t, err := a.engine.Tenant(organizationID)
	if err != nil {
		return err
	}
	channels := []alert.Channel{{Type: "in_app", Config: json.RawMessage(`{}`)}}
	if mail != "" {
		if err := setMailServer(t, mail); err != nil {
			return err
		}
		channels = append(channels, alert.Channel{Type: "email", Config: json.RawMessage(`{"to":["` + demoMailTo + `"]}`)})
	}
	for _, r := range demoRules() {
		r.Active, r.Channels, r.CooldownMinutes = true, channels, 5
		_, err := t.CreateAlertRule(r, commandLine())
		if f := fault.Of(err); err != nil && f.Kind != fault.Conflict && f.Kind != fault.NotFound {
			return fmt.Errorf("make the demo's alert rules: %w", err)
		}
	}
	return nil
}

func setMailServer(t *engine.Tenant, mail mailServer) error {
	host, text, err := net.SplitHostPort(string(mail))
	port, bad := strconv.Atoi(text)
	if err = errors.Join(err, bad); err != nil {
		return fmt.Errorf("--mail: %w", err)
	}
	patch, err := json.Marshal(map[string]any{"smtp": map[string]any{"host": host, "port": port, "from": demoMailFrom, "security": "none"}})
	if err != nil {
		return fmt.Errorf("--mail: %w", err)
	}
	_, err = t.ChangeSettings(commandLine(), patch, true, func(int64) bool { return true })
	return err
}

// demoRules are one of each type.
func demoRules() []alert.Rule {
	number := func(v float64) *float64 { return &v }
	above := func(metric string, v float64, unit string) alert.Condition {
		return alert.Condition{Metric: metric, Operator: "gt", Threshold: number(v), Unit: unit}
	}
	rate := above("errorRate", 5, "percent")
	rate.TimeWindowMinutes, rate.MinSample = 60, 10
	depth := above("queue_depth", 1, "")
	depth.ConsecutiveCount = 2
	return []alert.Rule{
		{Type: alert.ExecutionFailed, Name: "Deklaracje: nieudane wykonanie", WorkflowID: "tax-filing"},
		{Type: alert.ConsecutiveFailures, Name: "JPK: 2 niepowodzenia z rzędu", WorkflowID: "jpk-generation", Conditions: []alert.Condition{{ConsecutiveCount: 2}}},
		{Type: alert.HighErrorRate, Name: "Faktury: ponad 5% błędów w ciągu godziny", WorkflowID: "invoice-processing", Conditions: []alert.Condition{rate}},
		{Type: alert.SlowExecution, Name: "Faktury: wykonanie dłuższe niż 40 s", WorkflowID: "invoice-processing", Conditions: []alert.Condition{above("duration", 40, "s")}},
		{Type: alert.ExecutionTimeout, Name: "Zamknięcie miesiąca: ponad minutę", WorkflowID: "month-end-closing", Conditions: []alert.Condition{above("duration", 60, "s")}},
		{Type: alert.QueueBacklog, Name: "W kolejce czeka więcej niż 2", Conditions: []alert.Condition{above("pending", 2, "")}},
		{Type: alert.ResourceThreshold, Name: "Kolejka nie opróżnia się", Conditions: []alert.Condition{depth}, Severity: alert.Info},
		{Type: alert.Custom, Name: "Płatności: kroki były ponawiane", WorkflowID: "payment-processing", Conditions: []alert.Condition{above("retryCount", 0, "")}, Severity: alert.Info},
	}
}
