package engine

import (
	"fmt"

	"github.com/google/uuid"

	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
	"flowwatch/kv"
)

// trialPrefix begins the ids of records that were never raised: of messages by which somebody tries a rule's channels.
const trialPrefix = "test-"

// trial is the record of a trial. It is not stored: nothing has happened.
func (t *Tenant) trial(id string) *alert.Record {
	now := t.engine.instant()
	return &alert.Record{
		ID: id, Severity: alert.Info, Status: alert.Active, Facts: noFacts(), TriggeredAt: now, LastSeenAt: now,
		AcknowledgedAt: execution.NoInstant, EscalatedAt: execution.NoInstant, NextEscalation: execution.NoInstant, ResolvedAt: execution.NoInstant,
	}
}

// TestAlertRule sends a test message to each channel of a rule, by the way of all messages. The answer tells how far they are.
func (t *Tenant) TestAlertRule(id string, by audit.By) (*alert.Record, error) {
	r := t.alerts.rules.Load().byID[id]
	if r == nil {
		return nil, errUnknownRule
	}
	name, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	record := t.trial(trialPrefix + name.String())
	record.RuleID, record.RuleName, record.Type = r.ID, r.Name, r.Type
	rows := notify.Plan(record, alert.Tested, 0, t.ruleTargets(r), t.engine.instant())
	err = t.engine.db.Batch(func(tx *kv.Tx) error {
		if err := notify.Append(tx, t.scope, rows); err != nil {
			return err
		}
		return t.note(tx, audit.AlertTested, by, ObjectAlertRule, id, nil)
	})
	if err != nil {
		return nil, storeFault(err)
	}
	t.engine.outbox.Wake()
	return record, nil
}
