package engine

import (
	"context"
	"fmt"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
)

const (
	attentionRunsMax  = 500 // failed executions that are looked at
	attentionFindsMax = 200 // executions of a workflow and client that are looked at for one that succeeded
)

// Attention is what failed and waits for somebody: newest first, at most as many as were asked for. Total counts all of them; TotalCapped says that older
// ones were not looked at.
type Attention struct {
	Items       []Listed
	Total       int
	TotalCapped bool
}

// duty is what one workflow does for one client; "" is a client of its own.
type duty struct{ workflowID, clientRef string }

// NeedAttention lists executions that failed, began in [from, ∞) and are open: no alert about them was acknowledged or resolved, and no later execution of the
// same workflow for the same client completed. workflowID "" is every workflow. It costs O(attentionRunsMax), never O(all), and nothing while nothing changes.
func (t *Tenant) NeedAttention(ctx context.Context, workflowID string, from execution.Instant, limit int) (Attention, error) {
	ask := attentionAsk{workflowID, from, limit}
	if !t.clients.All() {
		return t.needAttention(ctx, ask)
	}
	seq := t.Seq()
	a, known, removed := t.attention.at(seq, ask)
	if known {
		return a, nil
	}
	a, err := t.needAttention(ctx, ask)
	if err == nil {
		t.attention.keep(seq, removed, ask, a)
	}
	return a, err
}

func (t *Tenant) needAttention(ctx context.Context, ask attentionAsk) (Attention, error) {
	a, q := Attention{}, queryOf(ask.workflowID)
	q.Statuses, q.From, q.Limit = []execution.Status{execution.Failed}, ask.from, PageLimitMax
	done := map[duty]execution.Instant{}
	for seen := 0; ; {
		page, err := t.Executions(ctx, q)
		if err != nil {
			return Attention{}, fmt.Errorf("what needs attention: %w", err)
		}
		for i := range page.Items {
			open, err := t.needsAttention(ctx, &page.Items[i].Summary, done)
			if err != nil {
				return Attention{}, err
			}
			if !open {
				continue
			}
			if a.Total++; len(a.Items) < ask.limit {
				a.Items = append(a.Items, page.Items[i])
			}
		}
		seen += len(page.Items)
		if q.Cursor = page.NextCursor; q.Cursor == "" || seen >= attentionRunsMax {
			a.TotalCapped = q.Cursor != ""
			return a, nil
		}
	}
}

// needsAttention keeps in done when each duty was last begun with success.
func (t *Tenant) needsAttention(ctx context.Context, s *execution.Summary, done map[duty]execution.Instant) (bool, error) {
	of := duty{s.WorkflowID, s.ClientRef}
	last, known := done[of]
	if !known {
		var err error
		if last, err = t.lastDone(ctx, of); err != nil {
			return false, err
		}
		done[of] = last
	}
	if last.Present() && last > s.SortTime() {
		return false, nil
	}
	about := AlertFilter{ExecutionID: s.ExecutionID, From: execution.NoInstant, To: execution.NoInstant}
	records, _, err := t.Alerts(about, "", PageLimitMax)
	if err != nil {
		return false, fmt.Errorf("what needs attention: %w", err)
	}
	for i := range records {
		if records[i].Status == alert.Active || records[i].Status == alert.Escalated {
			return true, nil
		}
	}
	return len(records) == 0, nil
}

// lastDone is when the newest execution of a duty that completed began; NoInstant when there is none, or none among the newest.
func (t *Tenant) lastDone(ctx context.Context, of duty) (execution.Instant, error) {
	q := queryOf(of.workflowID)
	q.ClientRef, q.Statuses, q.Limit, q.candidatesMost = of.clientRef, []execution.Status{execution.Completed}, 1, attentionFindsMax
	if of.clientRef == "" {
		q.Limit = PageLimitMax // no index knows those without a client
	}
	page, err := t.Executions(ctx, q)
	if err != nil {
		return 0, fmt.Errorf("what succeeded last: %w", err)
	}
	for i := range page.Items {
		if s := &page.Items[i].Summary; s.ClientRef == of.clientRef {
			return s.SortTime(), nil
		}
	}
	return execution.NoInstant, nil
}
