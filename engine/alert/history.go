package alert

import (
	"cmp"
	"math"
	"slices"

	"flowwatch/engine/execution"
)

// Limits of a History.
const (
	outcomesMax = 1000
	bucketsMax  = 1441 // a day of minutes, and the one that is going on
	recentMax   = 5
)

// History is how the runs of one workflow ended lately, as rules need it: the last 1,000 outcomes in order, and counts per minute of the
// last day that ended runs fell into. The order in which outcomes are added does not matter. It is not for concurrent use.
type History struct {
	outcomes []Outcome         // by moment
	ends     map[string]Moment // of outcomes, by execution
	buckets  []bucket          // by minute
	cut      Moment            // latest of the outcomes that were dropped
	dropped  bool
}

// bucket counts the outcomes of one minute.
type bucket struct{ minute, failed, finished int64 }

// NewHistory is one of a workflow that never ran.
func NewHistory() *History { return &History{ends: map[string]Moment{}} }

func (o *Outcome) moment() Moment { return Moment{At: o.At, Seq: o.Seq} }

// Add puts an outcome into its place. An execution has one: what was known of it is replaced. Not added: it is known just so.
func (h *History) Add(o Outcome) (added bool) {
	if end, ok := h.ends[o.ExecutionID]; ok {
		if i, found := h.find(end); found && h.outcomes[i] == o {
			return false
		}
		h.Remove(o.ExecutionID)
	}
	h.tally(&o, 1)
	i, _ := h.find(o.moment())
	if i == 0 && len(h.outcomes) >= outcomesMax {
		h.drop(&o) // older than all that are kept: it is counted in its minute only
		return true
	}
	h.outcomes = slices.Insert(h.outcomes, i, o)
	h.ends[o.ExecutionID] = o.moment()
	if len(h.outcomes) > outcomesMax {
		oldest := h.outcomes[0]
		h.drop(&oldest)
		delete(h.ends, oldest.ExecutionID)
		h.outcomes[0] = Outcome{}
		h.outcomes = h.outcomes[1:]
	}
	return true
}

// Remove takes out the outcome of an execution that goes on after all.
func (h *History) Remove(executionID string) {
	end, ok := h.ends[executionID]
	if !ok {
		return
	}
	if i, found := h.find(end); found {
		h.tally(&h.outcomes[i], -1)
		h.outcomes = slices.Delete(h.outcomes, i, i+1)
	}
	delete(h.ends, executionID)
}

func (h *History) drop(o *Outcome) {
	if !h.dropped || o.moment().Compare(h.cut) > 0 {
		h.cut, h.dropped = o.moment(), true
	}
}

func (h *History) find(end Moment) (int, bool) {
	return slices.BinarySearchFunc(h.outcomes, end, func(o Outcome, end Moment) int { return o.moment().Compare(end) })
}

// minuteOf is the number of a minute since 1970, rounded down.
func minuteOf(at execution.Instant) int64 { return int64(math.Floor(float64(at.Ms()) / 60_000)) }

// tally counts an outcome in its minute, or takes it out.
func (h *History) tally(o *Outcome, n int64) {
	m := minuteOf(o.At)
	i, found := slices.BinarySearchFunc(h.buckets, m, func(b bucket, m int64) int { return cmp.Compare(b.minute, m) })
	if !found {
		if n < 0 || i == 0 && len(h.buckets) >= bucketsMax {
			return
		}
		h.buckets = slices.Insert(h.buckets, i, bucket{minute: m})
	}
	h.buckets[i].finished += n
	if o.Failed {
		h.buckets[i].failed += n
	}
	if len(h.buckets) > bucketsMax {
		h.buckets = slices.Delete(h.buckets, 0, 1)
	}
}

// streak is how many of the latest outcomes in a row are failures, and when the first of them was.
func (h *History) streak() (n int, first execution.Instant) {
	first = execution.NoInstant
	for i := len(h.outcomes) - 1; i >= 0 && h.outcomes[i].Failed; i-- {
		n, first = n+1, h.outcomes[i].At
	}
	return n, first
}

// Streak is how many of the latest outcomes in a row are failures, when the first of them was, when the success before it was, and the
// latest 5 of them, newest first. Times are NoInstant where there is none.
func (h *History) Streak() (n int, first, lastGood execution.Instant, recent []RecentFailure) {
	n, first = h.streak()
	lastGood = execution.NoInstant
	for i := len(h.outcomes) - 1 - n; i >= 0 && !lastGood.Present(); i-- {
		if !h.outcomes[i].Failed {
			lastGood = h.outcomes[i].At
		}
	}
	for i := range min(n, recentMax) {
		o := &h.outcomes[len(h.outcomes)-1-i]
		recent = append(recent, RecentFailure{ExecutionID: o.ExecutionID, ClientRef: o.ClientRef, At: o.At, Step: o.Step, Error: o.Error})
	}
	return n, first, lastGood, recent
}

// Window counts the outcomes since now less that many minutes, both ends included; what lies in the future of a clock that was set back
// counts too. It is exact to the nanosecond as long as the last 1,000 outcomes reach back so far, and to the minute beyond.
func (h *History) Window(now execution.Instant, minutesBack int) (failed, finished int64) {
	since := now - minutes(minutesBack)
	if !h.dropped || h.cut.At < since {
		for i := len(h.outcomes) - 1; i >= 0 && h.outcomes[i].At >= since; i-- {
			finished++
			if h.outcomes[i].Failed {
				failed++
			}
		}
		return failed, finished
	}
	for i := len(h.buckets) - 1; i >= 0 && h.buckets[i].minute >= minuteOf(since); i-- {
		failed += h.buckets[i].failed
		finished += h.buckets[i].finished
	}
	return failed, finished
}

// succeededAfter reports whether a run of the client succeeded later.
func (h *History) succeededAfter(client string, end Moment) bool {
	for i := len(h.outcomes) - 1; i >= 0; i-- {
		o := &h.outcomes[i]
		if o.moment().Compare(end) <= 0 {
			return false
		}
		if !o.Failed && o.ClientRef == client {
			return true
		}
	}
	return false
}
