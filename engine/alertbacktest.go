package engine

import (
	"context"
	"fmt"
	"slices"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// backtestRunsMax bounds the runs that a backtest looks at; the newest ones are.
const backtestRunsMax = 50_000

// WouldFire is a moment at which a rule would have raised an alert.
type WouldFire = alert.Fire

var errNoBacktest = fault.New(fault.Invalid, "invalid_field", "what this rule watches is not stored in its order").
	With(fault.Field{Location: "body.rule.alertType", Message: "rules about queues and resources cannot be tried on the past"})

// Backtest says when a rule would have fired from start to end, by the executions that are stored. Errors: fault.Invalid for a rule that is not valid or
// whose past is not stored, fault.NotFound for a workflow that is unknown.
func (t *Tenant) Backtest(ctx context.Context, r alert.Rule, start, end execution.Instant) (fires []WouldFire, runs int, capped bool, err error) {
	r.ID, r.Active = "backtest", true
	if wrong := r.Normalise(); wrong != nil {
		fields := slices.Clone(wrong.Fields)
		for i := range fields {
			fields[i].Location = "body.rule" + fields[i].Location[len("body"):]
		}
		return nil, 0, false, fault.New(fault.Invalid, "invalid_field", "the rule is not valid").With(fields...)
	}
	if r.Type == alert.QueueBacklog || r.Type == alert.ResourceThreshold {
		return nil, 0, false, errNoBacktest
	}
	if r.WorkflowID != "" && !t.Knows(r.WorkflowID, "") {
		return nil, 0, false, fault.New(fault.NotFound, "not_found", "no such workflow")
	}
	if err := t.documented(ctx); err != nil {
		return nil, 0, false, err
	}
	past, capped, err := t.runsUntil(ctx, r.WorkflowID, end, r.Type == alert.Custom)
	if err != nil {
		return nil, 0, false, err
	}
	fires = alert.Backtest(&r, slices.Values(alert.Lived(&r, past)), start, end)
	return fires, len(past), capped, nil
}

// runsUntil are the finished runs up to a time, of a workflow or of all, that the handle shows.
func (t *Tenant) runsUntil(ctx context.Context, workflowID string, end execution.Instant, values bool) (runs []alert.Run, capped bool, err error) {
	now := t.engine.instant()
	take := func(d *document) error {
		s := &d.summary
		if !s.Status.Terminal() || s.CompletedAt > end || !t.sees(s.ClientRef) {
			return nil
		}
		run := t.runOf(s, d.seq, now, true)
		if values {
			en, err := t.entryOf(d)
			if err != nil {
				return err
			}
			run.Values = runValues(s, en.x, run)
		}
		runs = append(runs, *run)
		return nil
	}
	err = t.engine.db.View(func(tx *kv.Tx) (err error) {
		visit := func(primary []byte) bool {
			if capped = len(runs) >= backtestRunsMax; capped || ctx.Err() != nil {
				return false
			}
			var d *document
			if d, err = documents.Get(tx, t.scope, slices.Clone(primary)); err == nil {
				err = take(d)
			}
			return err == nil
		}
		if workflowID == "" {
			documents.ScanRaw(tx, t.scope, kv.Span{Reverse: true}, func(key, _ []byte) bool { return visit(key) })
			return err
		}
		span := kv.Span{Prefix: kv.AppendString(nil, workflowID), Reverse: true}
		documents.ScanIndex(tx, t.scope, byWorkflow, span, func(_, primary []byte) bool { return visit(primary) })
		return err
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, false, fmt.Errorf("read runs for a backtest: %w", err)
	}
	return runs, capped, nil
}
