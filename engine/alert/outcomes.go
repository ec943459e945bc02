package alert

import (
	"slices"

	"flowwatch/engine/execution"
)

// Defaults of rules about outcomes.
const (
	consecutiveDefault   = 3
	windowDefault        = 60 // minutes
	ratePercentDefault   = 10.0
	minSampleDefault     = 10
	measuredForDefault   = minute // a resource's condition that says neither a window nor a count
	resourceClearFor     = minute // B-59
	measurementStaleness = 5 * minute
)

// judgeFailed knows the clients whose latest run failed. It clears when each of them has succeeded since (§9b: no false all-clear).
func judgeFailed(s *State, o *Observation, now execution.Instant) verdict {
	v := verdict{known: true, why: Cleared}
	if run := o.Run; o.Kind == ExecutionChanged && run.Ended {
		end := run.moment(now)
		switch run.Status {
		case execution.Failed:
			v.hit = true
			s.noteFailure(run.ClientRef, end, o.History)
			if at := min(max(end.At, o.Known), now); s.FailedLast <= 0 || at > s.FailedLast {
				s.FailedLast = at
			}
		case execution.Completed:
			if i := slices.Index(s.Clients, run.ClientRef); i >= 0 && (s.FailedAt[i].Compare(end) < 0 || s.FailedAt[i].At == o.Instead) {
				s.Clients, s.FailedAt = slices.Delete(s.Clients, i, i+1), slices.Delete(s.FailedAt, i, i+1)
			}
		}
	}
	v.met = len(s.Clients) > 0 || s.Overflowed
	s.Again = execution.NoInstant
	if !v.met {
		s.FailedLast = execution.NoInstant
		return v
	}
	if now >= s.FailedLast+expireAfter && !v.hit {
		s.Clients, s.FailedAt, s.Overflowed = nil, nil, false
		v.met, v.why = false, Expired
		return v
	}
	s.FailedLast = min(s.FailedLast, now) // the clock was set back
	s.Again = max(s.FailedLast+expireAfter, now+1)
	return v
}

// noteFailure keeps the client, unless its success came before this late failure.
func (s *State) noteFailure(client string, end Moment, h *History) {
	if h != nil && h.succeededAfter(client, end) {
		return
	}
	i := slices.Index(s.Clients, client)
	switch {
	case i >= 0:
		if s.FailedAt[i].Compare(end) < 0 {
			s.FailedAt[i] = end
		}
	case len(s.Clients) >= scopeItemsMax:
		s.Overflowed = true // somebody failed whose success would go unnoticed: only time or a person closes it
	default:
		s.Clients, s.FailedAt = append(s.Clients, client), append(s.FailedAt, end)
	}
}

// moment orders the run among others: by its end.
func (run *Run) moment(now execution.Instant) Moment {
	m := Moment{At: run.CompletedAt, Seq: run.Seq}
	if !m.At.Present() {
		m.At = now
	}
	return m
}

// judgeStreak asks the history: it is the same whatever order the outcomes came in.
func judgeStreak(r *Rule, s *State, o *Observation) (verdict, error) {
	ended := o.Kind == ExecutionChanged && o.Run.Ended && o.Run.Status != execution.Cancelled
	if o.History == nil {
		if ended {
			return verdict{}, errNoHistory
		}
		return verdict{}, nil
	}
	n, first := o.History.streak()
	s.InRow = n
	v := verdict{known: true, met: n >= r.consecutive(), why: Cleared}
	v.hit = v.met && ended && o.Run.Status == execution.Failed && o.Run.CompletedAt >= first
	return v, nil
}

func (r *Rule) consecutive() int {
	if len(r.Conditions) > 0 && r.Conditions[0].ConsecutiveCount > 0 {
		return r.Conditions[0].ConsecutiveCount
	}
	return consecutiveDefault
}

// judgeRate compares the share of failures in the window of each condition.
func judgeRate(r *Rule, s *State, o *Observation, now execution.Instant) (verdict, error) {
	ended := o.Kind == ExecutionChanged && o.Run.Ended && o.Run.Status != execution.Cancelled
	if !ended && o.Kind != TimePassed {
		return verdict{}, nil
	}
	if o.History == nil {
		if ended {
			return verdict{}, errNoHistory
		}
		s.Again = now + askRateEvery
		return verdict{}, nil
	}
	beyond, over := true, false
	for i := range r.Conditions {
		c := &r.Conditions[i]
		failed, finished := o.History.Window(now, c.window())
		share := percent(failed, finished)
		beyond = beyond && finished >= int64(c.sample()) && compare(c.operator(), share, c.ratePercent())
		over = over || finished == 0 || relaxed(c.operator(), share, c.ratePercent(), true)
	}
	v := verdict{known: true, lasting: true, met: beyond || s.Met && !over, why: Cleared}
	v.hit = beyond && (!s.Met || ended && o.Run.Status == execution.Failed)
	s.Again = execution.NoInstant
	if v.met {
		s.Again = now + askRateEvery
	}
	return v, nil
}

// percent is the share of part in percent, 0 of nothing.
func percent(part, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) * 100 / float64(of)
}

func (c *Condition) window() int {
	if c.TimeWindowMinutes > 0 {
		return c.TimeWindowMinutes
	}
	return windowDefault
}

func (c *Condition) sample() int {
	if c.MinSample > 0 {
		return c.MinSample
	}
	return minSampleDefault
}

// ratePercent is the threshold of an error rate (B-28): without a unit a number up to 1 is a ratio, a greater one percent.
func (c *Condition) ratePercent() float64 {
	switch {
	case c.Threshold == nil:
		return ratePercentDefault
	case c.Unit == unitRatio || c.Unit == "" && *c.Threshold <= 1:
		return *c.Threshold * 100
	}
	return *c.Threshold
}
