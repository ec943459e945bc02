package engine

import (
	"context"
	"maps"
	"sync"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/tsdb"
)

// WorkflowNumbers are what a list shows of a workflow: its executions that began today on the organisation's clock, its last week, and the four
// weeks before, by which B-85 judges whether it degraded.
type WorkflowNumbers struct {
	Today    RunNumbers `json:"today"`
	Week     RunNumbers `json:"week"`
	Usual    RunNumbers `json:"usual"`
	Degraded bool       `json:"degraded"`
}

// RunNumbers are of executions that began in a time. What there is nothing to tell from is nil; the rate is percent, the duration ms.
type RunNumbers struct {
	Total       int64    `json:"total"`
	Completed   int64    `json:"completed"`
	Failed      int64    `json:"failed"`
	SuccessRate *float64 `json:"successRate"`
	P95         *float64 `json:"p95"`
}

func runNumbersOf(n *trendNumbers) RunNumbers {
	p := n.point()
	return RunNumbers{Total: p.Total, Completed: p.Completed, Failed: p.Failed, SuccessRate: p.SuccessRate, P95: p.P95}
}

// numbersHold is how long numbers hold of a workflow of which nothing was heard: it is the time that makes them old.
const numbersHold = time.Minute

// knownNumbers are the numbers of workflows as they were computed last, and by what: many pages ask for them every few seconds. The zero value knows none.
type knownNumbers struct {
	mu sync.Mutex // guards of
	of map[string]computedNumbers
}

type computedNumbers struct {
	numbers  *WorkflowNumbers
	at       time.Time
	midnight int64
	counts   map[string]int64
	last     lastSeen
}

// lastSeen is what is compared of a workflow's newest execution.
type lastSeen struct {
	id, status string
	completed  execution.Instant
}

// still returns the numbers that were computed of a workflow, if nothing has changed since that they would tell; nil if something has.
func (k *knownNumbers) still(w *WorkflowStatus, now time.Time, midnight int64) *WorkflowNumbers {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, ok := k.of[w.WorkflowID]
	age := now.Sub(c.at)
	if !ok || age < 0 || age > numbersHold || c.midnight != midnight || c.last != lastOf(w) || !maps.Equal(c.counts, w.CountsByStatus) {
		return nil
	}
	return c.numbers
}

// keep remembers the numbers of a workflow; as many as there may be workflows.
func (k *knownNumbers) keep(w *WorkflowStatus, now time.Time, midnight int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.of == nil {
		k.of = map[string]computedNumbers{}
	}
	k.of[w.WorkflowID] = computedNumbers{w.Numbers, now, midnight, maps.Clone(w.CountsByStatus), lastOf(w)}
}

func lastOf(w *WorkflowStatus) lastSeen {
	if w.LastExecution == nil {
		return lastSeen{}
	}
	return lastSeen{w.LastExecution.ExecutionID, w.LastExecution.Status, w.LastExecution.CompletedAt}
}

// AddNumbers adds its numbers to each of the workflows, of all clients.
func (t *Tenant) AddNumbers(ctx context.Context, all []WorkflowStatus) error {
	if err := t.settled(ctx); err != nil {
		return err
	}
	now := t.engine.now().In(t.engine.zone)
	year, month, day := now.Date()
	midnight := time.Date(year, month, day, 0, 0, 0, 0, t.engine.zone).UnixMilli()
	for i := range all {
		w := &all[i]
		if w.Numbers = t.numbers.still(w, now, midnight); w.Numbers != nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := t.numbersOf(w.WorkflowID, midnight, now.UnixMilli()+1)
		if err != nil {
			return err
		}
		w.Numbers = n
		t.numbers.keep(w, now, midnight)
	}
	return nil
}

func (t *Tenant) numbersOf(workflowID string, midnight, end int64) (*WorkflowNumbers, error) {
	n := &WorkflowNumbers{}
	labels := labelsOf(workflowID)
	err := t.series.Read(labels[:officeKinds], end-(recentDays+baselineDays)*dayMs, end, func(s *tsdb.Snapshot) error {
		today, weeks := make([]trendNumbers, 1), make([]trendNumbers, 2)
		if err := readTrend(s, labels, []int64{midnight, end}, today); err != nil {
			return err
		}
		if err := readTrend(s, labels, judgedBounds(end), weeks); err != nil {
			return err
		}
		d := judged(&weeks[0], &weeks[1])
		n.Today, n.Usual, n.Week, n.Degraded = runNumbersOf(&today[0]), runNumbersOf(&weeks[0]), runNumbersOf(&weeks[1]), d.Degraded
		return nil
	})
	return n, seriesFault(err)
}
