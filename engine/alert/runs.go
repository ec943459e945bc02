package alert

import (
	"math"
	"slices"

	"flowwatch/engine/execution"
)

// metricDuration is how long a run takes.
const metricDuration = "duration"

// judgeRuns knows which running executions meet the rule and whether the one that ended last did. Each execution counts once, be it while
// it runs or at its end; it is over when none runs that meets it and the latest end was within.
func judgeRuns(r *Rule, s *State, o *Observation) verdict {
	if o.Kind != ExecutionChanged {
		return verdict{}
	}
	run := o.Run
	v := verdict{known: true, why: Cleared}
	meets, at := r.meets(run), slices.Index(s.Executions, run.ExecutionID)
	ends := run.Status.Terminal()
	switch {
	case ends && run.Ended && run.Status != execution.Cancelled && r.Type != ExecutionTimeout:
		v.hit = meets && at < 0
		if end := run.moment(o.At); s.EndedLast == (Moment{}) || s.EndedLast.Compare(end) <= 0 {
			s.EndedLast, s.Beyond = end, meets
		}
	case !ends && meets && at < 0 && len(s.Executions) < scopeItemsMax:
		v.hit = true
		s.Executions = append(s.Executions, run.ExecutionID)
	}
	if at >= 0 && (ends || !meets) {
		s.Executions = slices.Delete(s.Executions, at, at+1)
	}
	v.met = len(s.Executions) > 0 || s.Beyond
	return v
}

// meets reports whether the run as it is meets all conditions of the rule.
func (r *Rule) meets(run *Run) bool {
	switch r.Type {
	case ExecutionTimeout:
		limit, operator, ok := r.timeout(run)
		spent, started := run.spent()
		return ok && started && !run.Status.Terminal() && compare(operator, spent, limit)
	case SlowExecution:
		spent, started := run.spent()
		return started && r.all(func(c *Condition) bool {
			limit, ok := c.limitMs()
			return ok && (c.rises() || run.Status.Terminal()) && compare(c.operator(), spent, limit)
		})
	case Custom:
		return r.all(func(c *Condition) bool {
			value, ok := run.Values[c.Metric]
			return ok && c.Threshold != nil && compare(c.Operator, value, c.customThreshold())
		})
	}
	return false
}

// all reports whether each condition is so; of none, none is (B-26).
func (r *Rule) all(so func(*Condition) bool) bool {
	for i := range r.Conditions {
		if !so(&r.Conditions[i]) {
			return false
		}
	}
	return len(r.Conditions) > 0
}

// spent is how long the run has worked: without waiting for somebody.
func (run *Run) spent() (ms float64, started bool) {
	if run.DurationMs < 0 {
		return 0, false
	}
	return float64(max(run.DurationMs-max(run.WaitedMs, 0), 0)), true
}

// timeout is the limit in milliseconds: the rule's, or else its workflow's.
func (r *Rule) timeout(run *Run) (ms float64, operator string, ok bool) {
	if len(r.Conditions) > 0 {
		if ms, ok := r.Conditions[0].limitMs(); ok {
			return ms, r.Conditions[0].operator(), true
		}
	}
	return float64(run.TimeoutMs), opGreater, run.TimeoutMs > 0
}

// customThreshold honours a unit of time where the metric is one.
func (c *Condition) customThreshold() float64 {
	switch c.Metric {
	case metricDuration:
		return *c.Threshold * unitMillis(c.Unit)
	case metricWaitSeconds:
		if c.Unit != "" {
			return *c.Threshold * unitMillis(c.Unit) / unitMillis(unitSecond)
		}
	}
	return *c.Threshold
}

// Due is when the run will meet the rule if no event comes: slow_execution, execution_timeout and custom rules about a duration that grows.
// It is now at the earliest, and NoInstant where that will not happen, has been noted, or needs more than time.
func (r *Rule) Due(s *State, run *Run, now execution.Instant) execution.Instant {
	if run.Status.Terminal() || run.DurationMs < 0 || slices.Contains(s.Executions, run.ExecutionID) {
		return execution.NoInstant
	}
	left := r.left(run)
	switch {
	case left < 0 && !r.meets(run), left > float64(dueWithin.Ms()):
		return execution.NoInstant
	case left <= 0:
		return now
	}
	return now + execution.Instant(left)*millisecond
}

const (
	millisecond = execution.Instant(1_000_000)
	dueWithin   = 366 * 24 * hour // what lies further away is asked for again by then
)

// left is how many milliseconds the run must go on to meet the rule: 0 or less when it does as far as time goes, infinite when it never will.
func (r *Rule) left(run *Run) float64 {
	spent, _ := run.spent()
	working := run.Status == execution.Running
	switch {
	case r.Builtin != "":
	case r.Type == ExecutionTimeout && working:
		if limit, operator, ok := r.timeout(run); ok {
			return until(operator, spent, limit)
		}
	case r.Type == SlowExecution && working:
		left := math.Inf(-1)
		for i := range r.Conditions {
			c := &r.Conditions[i]
			limit, ok := c.limitMs()
			if !ok {
				return math.Inf(1)
			}
			left = max(left, until(c.operator(), spent, limit))
		}
		return left
	case r.Type == Custom:
		left := math.Inf(1)
		for i := range r.Conditions {
			if c := &r.Conditions[i]; c.Metric == metricDuration && c.rises() && c.Threshold != nil {
				if math.IsInf(left, 1) {
					left = math.Inf(-1)
				}
				left = max(left, until(c.Operator, float64(run.DurationMs), c.customThreshold()))
			}
		}
		return left
	}
	return math.Inf(1)
}

// until is how many whole milliseconds a growing duration needs to meet the limit; infinite where growing does not help.
func until(operator string, ms, limit float64) float64 {
	switch operator {
	case opGreater:
		return math.Floor(limit-ms) + 1
	case opGreaterOrEqual:
		return math.Ceil(limit - ms)
	}
	return math.Inf(1)
}

// noteExecution keeps which executions meet a rule; fresh: this one did not.
func (s *State) noteExecution(id string, meets bool) (any, fresh bool) {
	at := slices.Index(s.Executions, id)
	switch {
	case meets && at < 0 && len(s.Executions) < scopeItemsMax:
		s.Executions, fresh = append(s.Executions, id), true
	case !meets && at >= 0:
		s.Executions = slices.Delete(s.Executions, at, at+1)
	}
	return len(s.Executions) > 0, fresh
}
