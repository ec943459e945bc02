package engine

import (
	"encoding/json"
	"fmt"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
	"flowwatch/engine/webhook"
	"flowwatch/kv"
)

// Signals are what subscriptions are told beside what engines report: what became of alerts and of wishes for a priority. They are written in the transaction
// of what they tell, while somebody asks for them. Like the journal they hold the last day.
var signals = kv.NewJournal("webhook_signals")

const (
	signalsMax        = 20_000 // that are kept
	signalsTrimmedMax = 100    // at once
)

// signal is one of them.
type signal struct {
	Name       string            `json:"name"`
	Seq        uint64            `json:"seq"` // what was accepted up to it came before
	At         execution.Instant `json:"at"`
	WorkflowID string            `json:"workflowId,omitempty"`
	AlertID    string            `json:"alertId,omitempty"` // of the record
	Wish       *PriorityRequest  `json:"wish,omitempty"`    // as it was then
}

// newestPlace is the place behind all that was committed before.
func newestPlace(tx *kv.Tx, s kv.Scope) (p notify.Place) {
	_, p.Seq, _ = journal.Last(tx, s)
	_, p.Signal, _ = signals.Last(tx, s)
	return p
}

// signal adds to the transaction what a subscription asks for.
func (t *Tenant) signal(tx *kv.Tx, s *signal) error {
	if !t.webhooks.set.Load().wants(s.Name, s.WorkflowID) {
		return nil
	}
	data, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("signal: %w", err)
	}
	_, last, _ := signals.Last(tx, t.scope)
	if err := signals.Append(tx, t.scope, last+1, last+1, data); err != nil {
		return fmt.Errorf("signal: %w", err)
	}
	oldest := t.engine.now().UnixMilli() - journalAgeMs
	_, err = signals.Trim(tx, t.scope, signalsTrimmedMax, func(_, n uint64, data []byte) bool {
		if n+signalsMax <= last {
			return true
		}
		old, err := readSignal(data)
		return err == nil && old.At.Ms() < oldest
	})
	return err
}

func readSignal(data []byte) (*signal, error) {
	s := &signal{}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("signal: %w: %w", kv.ErrCorrupt, err)
	}
	return s, nil
}

// alertSignals are the names of what becomes of alerts.
var alertSignals = map[alert.Transition]string{
	alert.Triggered: webhook.AlertTriggered, alert.Reminder: webhook.AlertReminder, alert.AcknowledgedByOne: webhook.AlertAcknowledged,
	alert.EscalatedUp: webhook.AlertEscalated, alert.ResolvedAway: webhook.AlertResolved,
}

// signalAlerts tells subscriptions what the transaction does to alerts, of which each has its seq by now.
func (w *alertWork) signalAlerts() error {
	if !w.tenant.webhooks.set.Load().listening {
		return nil
	}
	for _, one := range w.told {
		name, r := alertSignals[one.transition], one.record
		if name == "" || r.Silent {
			continue
		}
		if err := w.tenant.signal(w.tx, &signal{Name: name, Seq: r.Seq, At: w.now, WorkflowID: r.WorkflowID, AlertID: r.ID}); err != nil {
			return err
		}
	}
	return nil
}

var prioritySignals = map[PriorityState]string{
	PriorityRequested: webhook.PriorityRequested, PriorityAcknowledged: webhook.PriorityAcknowledged,
	PriorityRefused: webhook.PriorityRefused, PriorityLapsed: webhook.PriorityLapsed,
}

// putPriorities stores wishes, and tells subscriptions.
func (t *Tenant) putPriorities(tx *kv.Tx, all []*PriorityRequest) error {
	_, seq, _ := journal.Last(tx, t.scope)
	for _, r := range all {
		if err := priorityRequests.Put(tx, t.scope, r); err != nil {
			return err
		}
		if err := t.signal(tx, &signal{Name: prioritySignals[r.State], Seq: seq, At: t.engine.instant(), WorkflowID: r.WorkflowID, Wish: r}); err != nil {
			return err
		}
	}
	return nil
}
