package timeline

import (
	"cmp"
	"slices"

	"flowwatch/engine/execution"
)

// slowSteps tells of the steps on the critical path that took longer than
// their own 90th percentile, with what was unusual about them. compared is how
// many of the path could be judged.
func (e *explainer) slowSteps() (compared int) {
	found, compared := e.exceeding(
		func(r *Row) int64 { return r.DurationMs }, func(p *pace) float64 { return float64(p.durationMs) })
	for _, f := range found {
		id := f.step.StepID
		e.fact("stepDuration", id, f.value, unitMs)
		e.fact("stepTypicalDuration", id, f.usual.median, unitMs)
		e.fact("stepP90Duration", id, f.usual.limit, unitMs)
		e.say("Krok „%s” %s %s, o %s dłużej niż typowo (typowo %s, w 90%% przypadków do %s, %s).",
			"Step “%s” %s %s, %s longer than typically (typically %s, up to %s in 90%% of cases, %s).",
			f.step.Name, e.took(f.step.Status), e.duration(f.value), e.duration(f.value-f.usual.median),
			e.duration(f.usual.median), e.duration(f.usual.limit), e.Language.ofRuns(f.usual.n))
		e.input(f.step)
		e.processor(f.step)
	}
	return compared
}

func (e *explainer) took(s execution.StepStatus) string {
	if s.Open() {
		return e.Language.pick("trwa już", "has taken")
	}
	return e.Language.pick("trwał", "took")
}

// input tells of more to work on than usual.
func (e *explainer) input(s *execution.Step) {
	v := inputOf(s)
	u := usualOf(e.History.step(s.StepID, func(p *pace) float64 { return p.inputBytes }))
	if v != execution.Unknown && u.exceeded(v) {
		e.fact("inputSize", s.StepID, v, unitBytes)
		e.fact("typicalInputSize", s.StepID, u.median, unitBytes)
		e.say("Krok „%s” dostał %s danych wejściowych, typowo %s (%s).", "Step “%s” received %s of input, typically %s (%s).",
			s.Name, e.Language.bytes(v), e.Language.bytes(u.median), e.Language.ofRuns(u.n))
	}
}

func (e *explainer) processor(s *execution.Step) {
	v := processorOf(s)
	u := usualOf(e.History.step(s.StepID, func(p *pace) float64 { return p.cpuPercent }))
	if v != execution.Unknown && u.exceeded(v) {
		e.fact("cpuUsage", s.StepID, v, unitPercent)
		e.fact("typicalCpuUsage", s.StepID, u.median, unitPercent)
		e.say("Krok „%s” zużywał %s procesora, typowo %s (%s).", "Step “%s” used %s of the processor, typically %s (%s).",
			s.Name, e.Language.percent(v), e.Language.percent(u.median), e.Language.ofRuns(u.n))
	}
}

// gaps tells of waits before steps that were longer than usual.
func (e *explainer) gaps() {
	found, _ := e.exceeding(
		func(r *Row) int64 { return r.WaitBeforeMs }, func(p *pace) float64 { return float64(p.waitMs) })
	for _, f := range found {
		e.fact("stepWait", f.step.StepID, f.value, unitMs)
		e.fact("stepTypicalWait", f.step.StepID, f.usual.median, unitMs)
		e.say("Przed krokiem „%s” upłynęło %s bezczynności, typowo %s (%s).", "Before step “%s” nothing happened for %s, typically %s (%s).",
			f.step.Name, e.duration(f.value), e.duration(f.usual.median), e.Language.ofRuns(f.usual.n))
	}
}

// retries tells which steps had to be tried again, and what that cost.
func (e *explainer) retries() {
	type repeated struct {
		step *execution.Step
		lost int64 // from the first start to the last
	}
	var all []repeated
	for i := range e.drawn.Rows {
		r := &e.drawn.Rows[i]
		if s := e.steps[r.StepID]; len(s.Attempts) > 1 {
			lost := int64(0)
			if n := len(r.Segments); n > 0 {
				lost = max(0, r.Segments[n-1].StartOffsetMs-r.StartOffsetMs)
			}
			all = append(all, repeated{s, lost})
		}
	}
	slices.SortStableFunc(all, func(a, b repeated) int { return cmp.Compare(b.lost, a.lost) })
	for _, one := range all[:min(len(all), causesMax)] {
		n := len(one.step.Attempts) - 1
		e.fact("retries", one.step.StepID, float64(n), unitCount)
		e.fact("retryTime", one.step.StepID, float64(one.lost), unitMs)
		e.say("Krok „%s” ponawiano %s; ostatnie podejście zaczęło się %s po pierwszym.",
			"Step “%s” was retried %s; the last try began %s after the first.",
			one.step.Name, e.Language.times(n), e.duration(float64(one.lost)))
	}
}

// nothingFound says that it was slow though nothing unusual shows.
func (e *explainer) nothingFound(compared int) {
	if compared == len(e.drawn.CriticalPath) {
		e.say("Żaden krok na ścieżce krytycznej nie trwał dłużej niż w 90%% swoich wcześniejszych wykonań.",
			"No step on the critical path took longer than in 90%% of its earlier runs.")
		return
	}
	e.say("Za mało danych o krokach, by wskazać przyczynę: porównać można %d z %d na ścieżce krytycznej.",
		"There is too little data about the steps to name a cause: %d of %d on the critical path can be compared.",
		compared, len(e.drawn.CriticalPath))
}

// slowest says where most of the time went.
func (e *explainer) slowest() {
	if len(e.drawn.SlowestSteps) == 0 {
		return
	}
	for i := range e.drawn.Rows {
		r := &e.drawn.Rows[i]
		if r.StepID != e.drawn.SlowestSteps[0] || r.ShareOfTotal == execution.Unknown {
			continue
		}
		e.fact("slowestStepDuration", r.StepID, float64(r.DurationMs), unitMs)
		e.fact("slowestStepShare", r.StepID, r.ShareOfTotal, unitPercent)
		e.say("Najdłużej trwał krok „%s”: %s, czyli %s całości.", "The longest step was “%s”: %s, which is %s of the total.",
			r.Name, e.duration(float64(r.DurationMs)), e.Language.percent(r.ShareOfTotal))
	}
}
