package engine

import (
	"context"
	"errors"
	"fmt"

	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// BoostMark says that no deadline is to raise an execution: somebody's undoing
// of what rules do.
type BoostMark struct {
	ExecutionID string            `json:"executionId"`
	By          Actor             `json:"by"`
	At          execution.Instant `json:"at"`
	Reason      string            `json:"reason"` // masked
}

var boostMarks = kv.NewCollection("boost_marks", boostMarkSpec())

func boostMarkSpec() kv.Spec[BoostMark] {
	encode, decode := kv.JSON[BoostMark]()
	key := func(dst []byte, m *BoostMark) []byte { return append(dst, m.ExecutionID...) }
	return kv.Spec[BoostMark]{Version: 1, Key: key, Encode: encode, Decode: decode}
}

// ForbidBoost marks an execution, so that no deadline raises it. What a rule
// wished for and no engine has answered lapses; what an engine has taken is
// asked back, as the wish of who marks. It is durable when it returns; marking
// again answers the first mark. An unknown execution is fault.NotFound, one that
// has ended fault.Conflict.
func (t *Tenant) ForbidBoost(_ context.Context, id string, by audit.By, reason string) (BoostMark, error) {
	t.priorities.change.Lock()
	defer t.priorities.change.Unlock()
	x, err := t.summaryOf(id)
	switch {
	case err != nil:
		return BoostMark{}, err
	case x.Status.Terminal():
		return BoostMark{}, errEnded
	}
	if marked, err := t.boostMark(id); err != nil {
		return BoostMark{}, err
	} else if marked != nil {
		return *marked, nil
	}
	m := &BoostMark{ExecutionID: id, By: actorOf(by), At: t.engine.instant(), Reason: t.Hides().Text(reason)}
	last, err := t.priorityRequest(id)
	if err != nil {
		return BoostMark{}, err
	}
	undone, err := undoneBy(m, last, &x)
	if err != nil {
		return BoostMark{}, err
	}
	err = t.engine.db.Batch(func(tx *kv.Tx) error {
		if err := boostMarks.Put(tx, t.scope, m); err != nil {
			return err
		}
		if err := t.note(tx, audit.BoostForbidden, by, ObjectExecution, id, map[string]any{"reason": m.Reason}); err != nil {
			return err
		}
		return t.putPriorities(tx, undone)
	})
	if err != nil {
		return BoostMark{}, storeFault(fmt.Errorf("put boost mark: %w", err))
	}
	t.boosts.note(undone)
	t.happened()
	t.boosts.mu.Lock()
	t.boosts.marks[id] = m
	delete(t.boosts.raises, id)
	t.boosts.countedAt = 0
	t.boosts.mu.Unlock()
	return *m, nil
}

// undoneBy is what becomes of a rule's wish when its execution is marked.
func undoneBy(m *BoostMark, last *PriorityRequest, x *execution.Summary) ([]*PriorityRequest, error) {
	if last == nil || last.Boost == nil {
		return nil, nil
	}
	own := last.basePriority(x)
	switch state := last.seenWith(x); {
	case state == PriorityRequested:
		lapsed := *last
		lapsed.State = PriorityLapsed
		return []*PriorityRequest{&lapsed}, nil
	case state == PriorityAcknowledged && own != x.Priority && x.Status == execution.Pending:
		back, err := newWish(x, own, m.Reason, m.By.ID, m.At)
		return []*PriorityRequest{back}, err
	}
	return nil, nil
}

// AllowBoost takes the mark away; without one it changes nothing. Errors are those of ForbidBoost.
func (t *Tenant) AllowBoost(_ context.Context, id string, by audit.By) error {
	t.priorities.change.Lock()
	defer t.priorities.change.Unlock()
	x, err := t.summaryOf(id)
	switch {
	case err != nil:
		return err
	case x.Status.Terminal():
		return errEnded
	}
	m, err := t.boostMark(id)
	if err != nil || m == nil {
		return err
	}
	err = t.engine.db.Batch(func(tx *kv.Tx) error {
		if err := boostMarks.Delete(tx, t.scope, m); err != nil {
			return err
		}
		return t.note(tx, audit.BoostAllowed, by, ObjectExecution, id, nil)
	})
	if err != nil {
		return storeFault(fmt.Errorf("delete boost mark: %w", err))
	}
	t.boosts.mu.Lock()
	delete(t.boosts.marks, id)
	t.boosts.mu.Unlock()
	t.engine.raiseSoon()
	return nil
}

// boostMark reads the mark of an execution, nil when there is none.
func (t *Tenant) boostMark(id string) (m *BoostMark, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		m, err = boostMarks.Get(tx, t.scope, []byte(id))
		return err
	})
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("boost mark of %s: %w", id, err)
	}
	return m, nil
}

// raiseOf is the deadline that raises a queued execution now, nil when none does.
func (t *Tenant) raiseOf(id string) *Raise {
	t.boosts.mu.RLock()
	defer t.boosts.mu.RUnlock()
	return t.boosts.raises[id]
}
