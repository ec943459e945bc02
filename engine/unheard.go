package engine

import (
	"fmt"
	"strings"
	"time"

	"flowwatch/engine/execution"
)

// unheardBatch is how many executions are ended at a time.
const unheardBatch = 500

// Unheard is a source that tells of an end by what may get lost, or not at all. An execution of it that runs ends when nothing was heard of it
// for After. It has failed then, because how it ended is not known. Any end that is told after all holds instead, and what happens later shows that it
// goes on.
type Unheard struct {
	Prefix  string // of execution ids
	After   time.Duration
	Assumed bool // the source never tells ends: it has ended with the last that was heard, well unless a step has failed
}

// endUnheard ends what nothing was heard of for too long.
func (t *Tenant) endUnheard(sources []Unheard) error {
	for i := range sources {
		for {
			ids := t.unheard(&sources[i], unheardBatch)
			events := make([]execution.Event, 0, len(ids))
			for _, id := range ids {
				err := t.entire.withExecution(id, func(x *execution.Execution, _ uint64) {
					events = append(events, sources[i].end(x, t.engine.instant()))
				})
				if err != nil {
					return fmt.Errorf("an execution that nothing is heard of: %w", err)
				}
			}
			if len(events) == 0 {
				break
			}
			r := t.entire.pack(events)
			if err := t.engine.intake.put(r); err != nil {
				return err
			}
			if <-r.done; r.err != nil || r.receipt.Accepted == 0 {
				return r.err
			}
		}
	}
	return nil
}

// unheard are up to limit executions of the source that nothing was heard of for too long.
func (t *Tenant) unheard(u *Unheard, limit int) (ids []string) {
	before := execution.At(t.engine.now().Add(-u.After))
	t.view.RLock()
	defer t.view.RUnlock()
	for id, l := range t.shown {
		if l.Status == execution.Running && l.LastEventAt < before && strings.HasPrefix(id, u.Prefix) {
			if ids = append(ids, id); len(ids) == limit {
				break
			}
		}
	}
	return ids
}

// end is the event that ends an execution of the source.
func (u *Unheard) end(x *execution.Execution, now execution.Instant) execution.Event {
	s := x.Summary()
	e := execution.Event{
		ID: execution.ConcludedID(s.LastEventAt), Type: execution.ExecutionFailed, Timestamp: now, ReceivedAt: now, ExecutionID: s.ExecutionID, Deadline: execution.NoInstant,
		DurationMs: execution.Unknown, CPUPercent: execution.Unknown, MemoryMB: execution.Unknown, InputBytes: execution.Unknown,
		OutputBytes: execution.Unknown, Progress: execution.Unknown,
	}
	if !u.Assumed {
		e.TimedOut = true
		e.Error = &execution.ErrorInfo{Type: "unheard", Message: fmt.Sprintf("nothing was heard for %s: how it ended is not known", hours(u.After))}
		return e
	}
	e.Type, e.Timestamp = execution.ExecutionCompleted, s.LastEventAt
	for _, step := range x.Steps() {
		if step.Status == execution.Broken {
			e.Type, e.Error = execution.ExecutionFailed, step.Error
		}
	}
	return e
}

func hours(d time.Duration) string { return fmt.Sprintf("%g h", d.Hours()) }
