package alert

import (
	"cmp"

	"flowwatch/engine/execution"
)

// Metrics of queues.
const (
	metricPending   = "pending"
	metricOldestAge = "oldestAgeSeconds"
)

// judgeMeasured is queue_backlog and resource_threshold: each condition holds for a while or for some measurements in a row, and ends
// only when the value has gone back by the hysteresis.
func judgeMeasured(r *Rule, s *State, o *Observation, now execution.Instant) verdict {
	if o.Kind != QueueMeasured && o.Kind != ResourceMeasured || (o.Kind == QueueMeasured) != (r.Type == QueueBacklog) {
		return verdict{}
	}
	at := min(o.at(now), now)
	if at < s.SampleAt && s.SampleAt <= now {
		return verdict{} // a late measurement says nothing of how it is
	}
	s.SampleAt = at
	if len(s.Holds) != len(r.Conditions) {
		s.Holds = nil
	}
	held, over := true, false
	for i := range r.Conditions {
		c := &r.Conditions[i]
		if value, ok := o.value(r, c); ok {
			s.measured(i, c, value, at, len(r.Conditions))
		}
		held = held && s.Holds != nil && s.Holds[i].lasts(r, c, at)
		over = over || s.Holds != nil && s.Holds[i].over(r, at)
	}
	v := verdict{known: true, lasting: true, why: Cleared, met: held || s.Met && !over}
	v.hit = held && !s.Met
	s.forgetHolds(v.met)
	return v
}

// measured notes a value of the condition: that it holds, has gone back while the rule is met, or neither.
func (s *State) measured(i int, c *Condition, value float64, at execution.Instant, conditions int) {
	holds := compare(c.operator(), value, c.threshold())
	back := s.Met && relaxed(c.operator(), value, c.threshold(), percentage(c.Metric))
	if s.Holds == nil {
		if !holds && !back {
			return
		}
		s.Holds = make([]Hold, conditions)
	}
	h := &s.Holds[i]
	switch {
	case holds:
		h.measured(at)
	case !back:
		*h = Hold{}
	case !h.Back || at < h.Since:
		*h = Hold{Since: at, Back: true}
	}
}

// over reports whether the value has been back for long enough: a resource's for a minute (B-59), a queue's at once.
func (h *Hold) over(r *Rule, at execution.Instant) bool {
	return h.Back && (r.Type == QueueBacklog || at-h.Since >= resourceClearFor)
}

// value is what the condition compares; not ok: the measurement is of something else.
func (o *Observation) value(r *Rule, c *Condition) (float64, bool) {
	if r.Type == ResourceThreshold {
		return o.Value, o.Facts.Metric == seriesMetric(c.Metric) || o.Facts.Metric == c.Metric
	}
	if c.Metric == metricOldestAge {
		return float64(o.Facts.OldestSeconds), true
	}
	return float64(o.Facts.Pending), true
}

// threshold is the condition's; one without is refused by Normalise and meets nothing.
func (c *Condition) threshold() float64 {
	if c.Threshold == nil {
		return 0
	}
	return *c.Threshold
}

// measured notes that the condition holds at that time. A gap in what was measured begins it anew.
func (h *Hold) measured(at execution.Instant) {
	if h.InRow == 0 || at < h.Since || at-h.At > measurementStaleness {
		*h = Hold{Since: at}
	}
	h.At = at
	h.InRow++
}

// lasts reports whether the condition has held for as long as it says.
func (h *Hold) lasts(r *Rule, c *Condition, at execution.Instant) bool {
	if h.InRow == 0 || c.Threshold == nil || at-h.At > measurementStaleness {
		return false
	}
	switch {
	case c.TimeWindowMinutes > 0:
		return at-h.Since >= minutes(c.TimeWindowMinutes)
	case c.ConsecutiveCount > 0:
		return h.InRow >= c.ConsecutiveCount
	case r.Type == ResourceThreshold:
		return at-h.Since >= measuredForDefault
	}
	return true
}

// forgetHolds keeps no more than is needed: nothing, where nothing holds.
func (s *State) forgetHolds(met bool) {
	s.InRow = 0
	for i := range s.Holds {
		s.InRow = max(s.InRow, s.Holds[i].InRow)
		if !met && s.Holds[i].Back {
			s.Holds[i] = Hold{}
		}
	}
	if s.InRow == 0 && !met {
		s.Holds = nil
	}
}

// judgeBuiltin takes the engine's word. A run that meets the rule counts once, for as long as it is not judged well again.
func judgeBuiltin(of Builtin, s *State, o *Observation) verdict {
	if o.Kind != BuiltinJudged {
		return verdict{}
	}
	v := verdict{known: true, why: cmp.Or(o.Why, Cleared), met: o.Met, lasting: o.Run == nil && of.lasts()}
	if o.Run != nil {
		v.met, v.hit = s.noteExecution(o.Run.ExecutionID, o.Met)
	} else if !o.Met {
		s.Executions = nil
	}
	v.hit = o.Met && (v.hit || o.New || !s.Met)
	return v
}

// lasts says that the rule is about how something is, and not about one run or one day: closed by hand, it opens again while that goes on.
func (b Builtin) lasts() bool {
	return b == EngineSilent || b == ChannelBroken || b == QueueMissesDeadline
}
