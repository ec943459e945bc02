package text

import (
	"encoding/json"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
)

// Alert is an AlertRecord as programs get it. Deliveries are never nil.
type Alert struct {
	ID              string            `json:"id"`
	AlertID         string            `json:"alertId"`
	AlertName       string            `json:"alertName"`
	AlertType       alert.Type        `json:"alertType"`
	Builtin         alert.Builtin     `json:"builtin,omitempty"`
	WorkflowID      *string           `json:"workflowId"`
	WorkflowName    *string           `json:"workflowName"`
	ExecutionID     *string           `json:"executionId"`
	Severity        alert.Severity    `json:"severity"`
	Message         string            `json:"message"`
	Context         any               `json:"context"`
	Status          string            `json:"status"`
	Count           int64             `json:"count"`
	SuppressedCount int64             `json:"suppressedCount"`
	Late            bool              `json:"late,omitempty"`
	TriggeredAt     execution.Instant `json:"triggeredAt"`
	AcknowledgedBy  *string           `json:"acknowledgedBy"`
	AcknowledgedAt  execution.Instant `json:"acknowledgedAt"`
	EscalatedAt     execution.Instant `json:"escalatedAt"`
	EscalationLevel int               `json:"escalationLevel"`
	ResolvedBy      *string           `json:"resolvedBy"`
	ResolvedAt      execution.Instant `json:"resolvedAt"`
	Deliveries      []struct{}        `json:"deliveries"`
}

// factsOf are an alert's numbers, and the client where it may be told.
type factsOf struct {
	alert.Facts
	ClientRef string `json:"clientRef,omitempty"`
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// facts are the record's with its names and errors made fit to leave.
func (w *words) facts(r *alert.Record) factsOf {
	f := factsOf{Facts: r.Facts, ClientRef: w.client(r)}
	for _, name := range []*string{&f.Step, &f.Source, &f.OldestWorkflow, &f.Obligation, &f.Metric} {
		*name = w.name(*name)
	}
	for _, at := range []*execution.Instant{&f.At, &f.RowSince, &f.LastGoodAt} {
		if !present(*at) {
			*at = execution.NoInstant
		}
	}
	f.Consumers = nil
	for _, name := range r.Facts.Consumers {
		f.Consumers = append(f.Consumers, w.name(name))
	}
	f.Recent = nil
	for _, one := range r.Facts.Recent {
		one.ClientRef = ""
		if one.Error, one.Step = w.error(one.Error), w.name(one.Step); !w.open() {
			one.Error = ""
		}
		f.Recent = append(f.Recent, one)
	}
	if f.Error, f.Cause = w.error(f.Error), w.error(f.Cause); !w.open() {
		f.Error, f.Cause = "", ""
	}
	return f
}

// record is an AlertRecord for somebody outside the office: without deliveries, and without client and errors unless they may be told.
func (w *words) record(r *alert.Record) Alert {
	f := w.facts(r)
	return Alert{
		ID: r.ID, AlertID: r.RuleID, AlertName: w.name(r.RuleName), AlertType: r.Type, Builtin: r.Builtin, WorkflowID: optional(r.WorkflowID),
		WorkflowName: optional(w.name(r.WorkflowName)), ExecutionID: optional(r.ExecutionID), Severity: r.Severity, Message: w.Sentence(r), Context: f,
		Status: string(r.Status), Count: r.Count, SuppressedCount: r.SuppressedCount, Late: r.Late, TriggeredAt: r.TriggeredAt,
		AcknowledgedBy: optional(r.AcknowledgedBy), AcknowledgedAt: r.AcknowledgedAt, EscalatedAt: r.EscalatedAt, EscalationLevel: r.EscalationLevel,
		ResolvedBy: optional(r.ResolvedBy), ResolvedAt: r.ResolvedAt, Deliveries: []struct{}{},
	}
}

// events are the names of transitions on the wire.
var events = map[alert.Transition]string{
	alert.Triggered: "alert.triggered", alert.Reminder: "alert.reminder", alert.EscalatedUp: "alert.escalated", alert.ResolvedAway: "alert.resolved",
	alert.AcknowledgedByOne: "alert.acknowledged",
}

// single is the body of a webhook about one alert.
type single struct {
	Event    string `json:"event"`
	Subject  string `json:"subject"`
	Message  string `json:"message"`
	Alert    Alert  `json:"alert"`
	Metadata struct {
		AlertID        string  `json:"alertId"`
		AlertHistoryID string  `json:"alertHistoryId"`
		WorkflowID     *string `json:"workflowId"`
		ExecutionID    *string `json:"executionId"`
	} `json:"metadata"`
	Links   Links             `json:"links"`
	Delayed bool              `json:"delayed,omitempty"`
	SentAt  execution.Instant `json:"sentAt"`
}

// several is that of a digest.
type several struct {
	Event   string            `json:"event"`
	Subject string            `json:"subject"`
	Message string            `json:"message"`
	Alerts  []Alert           `json:"alerts"`
	SentAt  execution.Instant `json:"sentAt"`
}

func (w *words) webhook(n *notify.Notice, digest bool, l *letter) json.RawMessage {
	var body any
	if digest {
		d := several{Event: "alert.digest", Subject: l.subject(), Message: l.title, SentAt: n.Now}
		for _, i := range n.Items {
			d.Alerts = append(d.Alerts, w.record(i.Record))
		}
		body = d
	} else {
		i := n.Items[0]
		s := single{Event: events[i.Transition], Subject: l.subject(), Alert: w.record(i.Record), Links: w.links(i.Record), Delayed: i.Delayed, SentAt: n.Now}
		s.Message = s.Alert.Message
		s.Metadata.AlertID, s.Metadata.AlertHistoryID = i.Record.RuleID, i.Record.ID
		s.Metadata.WorkflowID, s.Metadata.ExecutionID = s.Alert.WorkflowID, s.Alert.ExecutionID
		body = s
	}
	b, err := json.Marshal(body)
	if err != nil {
		panic("BUG: body of a webhook: " + err.Error())
	}
	return b
}
