package alert

import (
	"slices"

	"flowwatch/engine/execution"
)

// noFacts are those of an effect without news.
func noFacts() Facts {
	return Facts{At: execution.NoInstant, RowSince: execution.NoInstant, LastGoodAt: execution.NoInstant}
}

// factsOf gathers what a message about the observation tells: what the caller gave, completed by what the rule compared.
func factsOf(r *Rule, s *State, o *Observation, now execution.Instant) Facts {
	f := o.Facts
	if !f.At.Present() || f.At == 0 {
		f.At = o.at(now)
	}
	unset := func(at *execution.Instant) {
		if *at == 0 {
			*at = execution.NoInstant
		}
	}
	unset(&f.RowSince)
	unset(&f.LastGoodAt)
	if o.Run != nil {
		f.ofRun(o.Run)
	}
	if r.Builtin != "" {
		return f
	}
	switch r.Type {
	case ConsecutiveFailures:
		if o.History != nil {
			f.InRow, f.RowSince, f.LastGoodAt, f.Recent = o.History.Streak()
		}
	case HighErrorRate:
		f.ofRate(r, o, now)
	case SlowExecution, ExecutionTimeout:
		f.ofDuration(r, o)
	case Custom:
		f.ofCustom(r, o)
	case QueueBacklog, ResourceThreshold:
		f.ofMeasurement(r, s, o)
	}
	return f
}

func (f *Facts) ofRun(run *Run) {
	if f.Error == "" {
		f.Error = run.Error
	}
	if f.Step == "" {
		f.Step, f.StepIndex, f.StepsTotal = run.Step, run.StepIndex, run.StepsTotal
	}
	if f.DurationMs == 0 {
		f.DurationMs = max(run.DurationMs, 0)
	}
	if f.Cause == "" && f.Error != "" {
		f.Cause = Fingerprint(f.Error)
	}
}

func (f *Facts) ofRate(r *Rule, o *Observation, now execution.Instant) {
	if o.History == nil || len(r.Conditions) == 0 {
		return
	}
	c := &r.Conditions[0]
	f.WindowMinutes = c.window()
	f.Failed, f.Finished = o.History.Window(now, f.WindowMinutes)
	f.Percent = percent(f.Failed, f.Finished)
	f.Metric, f.Operator, f.Value, f.Threshold = metricErrorRate, c.operator(), f.Percent, c.ratePercent()
}

func (f *Facts) ofDuration(r *Rule, o *Observation) {
	if o.Run == nil {
		return
	}
	f.Running = !o.Run.Status.Terminal()
	spent, _ := o.Run.spent()
	f.Metric, f.Operator, f.Value, f.DurationMs = metricDuration, opGreater, spent, int64(spent)
	if r.Type == ExecutionTimeout {
		f.Threshold, f.Operator, _ = r.timeout(o.Run)
	} else if len(r.Conditions) > 0 {
		f.Threshold, _ = r.Conditions[0].limitMs()
		f.Operator = r.Conditions[0].operator()
	}
	f.LimitMs = int64(f.Threshold)
}

func (f *Facts) ofCustom(r *Rule, o *Observation) {
	if o.Run == nil || len(r.Conditions) == 0 {
		return
	}
	c := &r.Conditions[0]
	f.Metric, f.Operator, f.Value = c.Metric, c.Operator, o.Run.Values[c.Metric]
	if c.Threshold != nil {
		f.Threshold = c.customThreshold()
	}
}

// ofMeasurement tells the condition that the measurement is of.
func (f *Facts) ofMeasurement(r *Rule, s *State, o *Observation) {
	i := slices.IndexFunc(r.Conditions, func(c Condition) bool { _, of := o.value(r, &c); return of })
	if i < 0 {
		return
	}
	c := &r.Conditions[i]
	f.Value, _ = o.value(r, c)
	f.Metric, f.Operator, f.Threshold, f.InRow = seriesMetric(c.Metric), c.operator(), c.threshold(), s.InRow
	if r.Type == QueueBacklog {
		f.Metric = c.Metric
	}
	f.WindowMinutes = c.TimeWindowMinutes
}
