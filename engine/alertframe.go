package engine

import (
	"encoding/json"
	"slices"
	"sort"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
	"flowwatch/engine/notify"
	"flowwatch/kv"
)

// AlertRecord is an alert in the form of the API, frames and webhooks.
type AlertRecord struct {
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
	Context         alert.Facts       `json:"context"`
	Status          string            `json:"status"`
	Count           int64             `json:"count"`
	SuppressedCount int64             `json:"suppressedCount"`
	Late            bool              `json:"late,omitempty"`
	TriggeredAt     execution.Instant `json:"triggeredAt"`
	LastSeenAt      execution.Instant `json:"lastSeenAt"`
	AcknowledgedBy  *string           `json:"acknowledgedBy"` // id
	AckName         *string           `json:"acknowledgedByName"`
	AcknowledgedAt  execution.Instant `json:"acknowledgedAt"`
	EscalatedAt     execution.Instant `json:"escalatedAt"`
	EscalationLevel int               `json:"escalationLevel"`
	NextEscalation  execution.Instant `json:"nextEscalationAt"`
	ResolvedBy      *string           `json:"resolvedBy"` // id; "system": nobody
	ResolvedName    *string           `json:"resolvedByName"`
	ResolvedAt      execution.Instant `json:"resolvedAt"`
	ResolvedWhy     string            `json:"resolvedWhy,omitempty"`
	Comments        []alert.Comment   `json:"comments"`
	Deliveries      []notify.Delivery `json:"deliveries"`
	Seq             uint64            `json:"seq"`
}

// AlertView is a record with its deliveries, as everybody sees it who may see the record. Deliveries that cannot be read are left out.
func (t *Tenant) AlertView(r *alert.Record) AlertRecord {
	r = t.narrowed(r)
	v := AlertRecord{
		ID: r.ID, AlertID: r.RuleID, AlertName: r.RuleName, AlertType: r.Type, Builtin: r.Builtin,
		WorkflowID: optional(r.WorkflowID), WorkflowName: optional(r.WorkflowName), ExecutionID: optional(r.ExecutionID),
		Severity: r.Severity, Message: t.saying(alert.Triggered, r), Context: r.Facts, Status: string(r.Status),
		Count: r.Count, SuppressedCount: r.SuppressedCount, Late: r.Late, TriggeredAt: r.TriggeredAt, LastSeenAt: r.LastSeenAt,
		AcknowledgedBy: optional(r.AcknowledgedBy), AckName: optional(r.AckName), AcknowledgedAt: r.AcknowledgedAt,
		EscalatedAt: r.EscalatedAt, EscalationLevel: r.EscalationLevel, NextEscalation: r.NextEscalation,
		ResolvedBy: optional(r.ResolvedBy), ResolvedName: optional(r.ResolvedName), ResolvedAt: r.ResolvedAt, ResolvedWhy: r.ResolvedWhy,
		Comments: append([]alert.Comment{}, r.Comments...), Deliveries: []notify.Delivery{}, Seq: r.Seq,
	}
	err := t.engine.db.View(func(tx *kv.Tx) error {
		all, err := notify.Deliveries(tx, t.scope, r.ID)
		v.Deliveries = append(v.Deliveries, all...)
		return err
	})
	if err != nil {
		t.engine.log.Error("deliveries of an alert", "tenant", t.id, "alert", r.ID, "err", err)
	}
	return v
}

// narrowed is a record as the handle may show it: other clients' executions are not named.
func (t *Tenant) narrowed(r *alert.Record) *alert.Record {
	if t.clients.All() || len(r.Facts.Recent) == 0 && r.Facts.OldestExecution == "" {
		return r
	}
	own := *r
	own.Facts.Recent = slices.DeleteFunc(slices.Clone(r.Facts.Recent), func(f alert.RecentFailure) bool { return !t.sees(f.ClientRef) })
	if own.Facts.OldestExecution != "" && !t.Knows("", own.Facts.OldestExecution) {
		own.Facts.OldestExecution = ""
	}
	return &own
}

// alertFrame makes the frame of a record that has changed.
func (t *Tenant) alertFrame(r *alert.Record, fresh bool) feed.Frame {
	event := "alert:update"
	if fresh {
		event = "alert:triggered"
	}
	return feed.Frame{
		Seq: r.Seq, Event: event, Topic: feed.Alerts, Key: r.ID,
		ExecutionID: r.ExecutionID, WorkflowID: r.WorkflowID, ClientRef: r.ClientRef,
		Data: func(dst []byte) []byte { return appendJSON(dst, t.entire.AlertView(r)) },
		DataFor: func(dst []byte, clients execution.Clients) []byte {
			limited := &Tenant{organization: t.organization, clients: clients}
			return appendJSON(dst, limited.AlertView(r))
		},
	}
}

// snapshotAlerts emits the records that are not resolved, oldest change first.
func (t *Tenant) snapshotAlerts(f feed.Filter, emit func(items []json.RawMessage)) (uint64, error) {
	var found []*alert.Record
	asOf := t.Seq() // what changes from here on comes as a frame
	err := t.engine.db.View(func(tx *kv.Tx) error {
		open := alerting{open: map[string]*alert.Record{}}
		if err := open.readOpen(tx, t.scope); err != nil {
			return err
		}
		for _, r := range open.open {
			if t.seesAlert(r) && (f.WorkflowID == "" || f.WorkflowID == r.WorkflowID) && (f.ExecutionID == "" || f.ExecutionID == r.ExecutionID) {
				found = append(found, r)
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Seq < found[j].Seq })
	items := make([]json.RawMessage, len(found))
	for i, r := range found {
		items[i] = appendJSON(nil, t.AlertView(r))
		asOf = max(asOf, r.Seq)
	}
	emit(items)
	return asOf, nil
}

// missedAlerts makes a frame for each record that changed after seq, with its present state.
func (t *Tenant) missedAlerts(tx *kv.Tx, seq uint64, limit int) (frames []feed.Frame, err error) {
	var ids []string
	span := kv.Span{From: kv.AppendUint64(nil, seq+1)}
	alertRecords.ScanIndex(tx, t.scope, byAlertSeq, span, func(_, id []byte) bool {
		ids = append(ids, string(id))
		return len(ids) <= limit
	})
	if len(ids) > limit {
		return nil, errTooMuch
	}
	for _, id := range ids {
		r, err := alertRecords.Get(tx, t.scope, []byte(id))
		if err != nil {
			return nil, err
		}
		frames = append(frames, t.alertFrame(r, false))
	}
	return frames, nil
}
