package timeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"flowwatch/engine/execution"
	"flowwatch/tsdb/quantile"
)

const (
	// runsEnough is how many earlier numbers a comparison needs.
	runsEnough = 10
	// usualPercent is up to which percentile a number is usual.
	usualPercent = 90
	// causesMax is how many causes of a kind are told.
	causesMax = 3
	// materialPercent is how much of the whole time an excess must be to be a cause.
	materialPercent = 5
	// queuedWorthMs is from where the time in the queue is told though nothing is known of what is usual.
	queuedWorthMs = 1_000
)

// Units of facts.
const (
	unitMs      = "ms"
	unitCount   = "count"
	unitPercent = "percent"
	unitBytes   = "bytes"
)

// Explanation says why an execution was slow or failed. Every sentence comes
// from numbers that are among the facts; what they do not show is not said.
type Explanation struct {
	Summary   string
	Sentences []string
	Facts     []Fact
}

// Fact is one number that an explanation rests on. StepID is "" where it is of
// the whole execution; Unit is ms, count, percent or bytes.
type Fact struct {
	Name   string
	StepID string
	Value  float64
	Unit   string
}

// Case is what is to be explained. Preview writes an error as people may see
// it, "" for nil.
type Case struct {
	Run      *Run
	History  History
	Now      execution.Instant
	Language Language
	Preview  func(*execution.ErrorInfo) string
}

// Explain compares a run with earlier ones, by medians and 90th percentiles of
// at least ten of them.
func Explain(c Case) Explanation {
	if c.Run.CompletedAt.Present() {
		c.Now = c.Run.CompletedAt
	}
	e := explainer{Case: c, drawn: Draw(c.Run, History{}, c.Now), steps: make(map[string]*execution.Step, len(c.Run.Steps))}
	for i := range c.Run.Steps {
		e.steps[c.Run.Steps[i].StepID] = &c.Run.Steps[i]
	}
	slow := e.summarize()
	e.failure()
	e.queue()
	e.waiting()
	told := len(e.out.Sentences)
	compared := e.slowSteps()
	e.gaps()
	e.retries()
	if slow && told == len(e.out.Sentences) {
		e.nothingFound(compared)
	}
	e.slowest()
	if n := c.History.Size(); n < runsEnough {
		e.say("Za mało danych, by powiedzieć, co jest zwykłe: zakończonych wykonań do porównania jest %d, potrzeba %d.",
			"There is too little data to say what is usual: %d completed runs to compare with, %d are needed.", n, runsEnough)
	}
	return e.out
}

type explainer struct {
	Case
	drawn Timeline
	steps map[string]*execution.Step
	out   Explanation
}

// usual is what earlier runs say of a number.
type usual struct {
	median, limit float64 // limit is the 90th percentile
	n             int
}

func usualOf[T int64 | float64](rising []T) usual {
	return usual{quantile.Of(rising, 50), quantile.Of(rising, usualPercent), len(rising)}
}

// exceeded reports whether a number is above what is usual; false as long as
// too little is known.
func (u usual) exceeded(v float64) bool { return u.n >= runsEnough && v > u.limit }

func (e *explainer) say(polish, english string, args ...any) {
	e.out.Sentences = append(e.out.Sentences, fmt.Sprintf(e.Language.pick(polish, english), args...))
}

// ended closes a sentence with one full stop, also after an abbreviation that has its own.
func ended(sentence string) string { return strings.TrimRight(sentence, ".") + "." }

func (e *explainer) fact(name, stepID string, value float64, unit string) {
	e.out.Facts = append(e.out.Facts, Fact{name, stepID, value, unit})
}

func (e *explainer) duration(ms float64) string { return e.Language.duration(ms) }

// summarize says how it stands and whether that took longer than usual.
func (e *explainer) summarize() (slow bool) {
	total := float64(e.drawn.TotalMs)
	e.out.Summary = e.standing()
	e.fact("sampleSize", "", float64(e.History.Size()), unitCount)
	if e.drawn.TotalMs == execution.Unknown {
		e.out.Summary = ended(e.out.Summary)
		return false
	}
	e.fact("totalDuration", "", total, unitMs)
	u := usualOf(e.History.runs(func(s *Sample) int64 { return s.durationMs }))
	if u.n < runsEnough {
		e.out.Summary = ended(e.out.Summary)
		return false
	}
	e.fact("typicalDuration", "", u.median, unitMs)
	e.fact("p90Duration", "", u.limit, unitMs)
	slow = u.exceeded(total)
	e.out.Summary = ended(e.out.Summary + e.verdict(slow, u))
	return slow
}

// verdict is the end of the summary: how the length compares. What ended
// before its time was not quick, and what still runs is not yet.
func (e *explainer) verdict(slow bool, u usual) string {
	usually := fmt.Sprintf(e.Language.pick("typowo %s, w 90%% przypadków do %s (%s).", "typically %s, up to %s in 90%% of cases (%s)."),
		e.duration(u.median), e.duration(u.limit), e.Language.ofRuns(u.n))
	switch {
	case slow:
		return e.Language.pick(", dłużej niż zwykle: ", ", longer than usual: ") + usually
	case e.Run.Status == execution.Completed:
		return e.Language.pick(", nie dłużej niż zwykle: ", ", no longer than usual: ") + usually
	case e.Run.Status.Terminal():
		return ""
	}
	return "; " + usually
}

// standing is the state in words, without a full stop.
func (e *explainer) standing() string {
	length := ""
	if e.drawn.TotalMs != execution.Unknown {
		length = e.duration(float64(e.drawn.TotalMs))
	}
	said := func(polish, english, polishBare, englishBare string) string {
		if length == "" {
			return e.Language.pick(polishBare, englishBare)
		}
		return fmt.Sprintf(e.Language.pick(polish, english), length)
	}
	switch e.Run.Status {
	case execution.Completed:
		return said("Wykonanie trwało %s", "The execution took %s", "Wykonanie się zakończyło", "The execution has completed")
	case execution.Failed:
		return said("Wykonanie nie powiodło się po %s", "The execution failed after %s", "Wykonanie nie powiodło się", "The execution failed")
	case execution.Cancelled:
		return said("Wykonanie anulowano po %s", "The execution was cancelled after %s", "Wykonanie anulowano", "The execution was cancelled")
	case execution.Waiting:
		return said("Wykonanie oczekuje, a trwa już %s", "The execution is waiting and has taken %s so far",
			"Wykonanie oczekuje", "The execution is waiting")
	}
	return said("Wykonanie trwa już %s", "The execution has taken %s so far",
		"Wykonanie jeszcze się nie zaczęło", "The execution has not started yet")
}

// failure names the step that failed last, and what its engine says of it.
func (e *explainer) failure() {
	if e.Run.Status != execution.Failed {
		return
	}
	var culprit *execution.Step
	failed := 0
	for i := range e.Run.Steps {
		s := &e.Run.Steps[i]
		if s.Status != execution.Broken {
			continue
		}
		failed++
		if culprit == nil || culprit.Interrupted && !s.Interrupted ||
			culprit.Interrupted == s.Interrupted && s.CompletedAt > culprit.CompletedAt {
			culprit = s
		}
	}
	e.fact("failedSteps", "", float64(failed), unitCount)
	if e.Run.TimedOut {
		e.say("Przekroczono limit czasu.", "The time limit was exceeded.")
	}
	reason := e.Preview(e.Run.Error)
	switch {
	case culprit != nil && culprit.Interrupted:
		e.say("Krok „%s” był w toku, gdy wykonanie się zakończyło.", "Step “%s” was running when the execution ended.", culprit.Name)
	case culprit != nil:
		e.say("Nie powiódł się krok „%s”.", "Step “%s” failed.", culprit.Name)
		if own := e.Preview(culprit.Error); own != "" {
			reason = own
		}
	}
	if reason != "" {
		e.say("Silnik podał powód: %s", "The engine gave a reason: %s", reason)
	}
}

// queue tells of the time before the start.
func (e *explainer) queue() {
	until := e.Run.StartedAt
	if !until.Present() {
		until = e.Now
	}
	ms := e.Run.queuedMs(until)
	if ms == execution.Unknown {
		return
	}
	e.fact("queueWait", "", float64(ms), unitMs)
	u := usualOf(e.History.runs(func(s *Sample) int64 { return s.queuedMs }))
	switch {
	case u.exceeded(float64(ms)) && e.material(float64(ms)-u.median):
		e.fact("typicalQueueWait", "", u.median, unitMs)
		e.say("W kolejce czekało %s, typowo %s (%s).", "It stood in the queue for %s, typically %s (%s).",
			e.duration(float64(ms)), e.duration(u.median), e.Language.ofRuns(u.n))
	case u.n < runsEnough && ms >= queuedWorthMs:
		e.say("W kolejce czekało %s.", "It stood in the queue for %s.", e.duration(float64(ms)))
	}
}

// material reports whether so much more is worth a sentence.
func (e *explainer) material(excessMs float64) bool {
	whole := float64(max(0, e.drawn.TotalMs))
	if !e.Run.StartedAt.Present() {
		return true
	}
	return excessMs*100 >= materialPercent*whole
}

func (e *explainer) waiting() {
	if e.drawn.TotalMs == execution.Unknown {
		return
	}
	if ms := float64(e.drawn.TotalMs - e.drawn.ActiveMs); ms > 0 {
		e.fact("waitingTime", "", ms, unitMs)
		e.say("W stanie oczekiwania spędziło %s.", "It spent %s in the waiting state.", e.duration(ms))
	}
}

// finding is a step whose number is above what is usual.
type finding struct {
	step  *execution.Step
	value float64
	usual usual
}

// exceeding finds the steps on the critical path, and those under way, with a
// number above what is usual for them by an excess that matters, the greatest
// first; compared is how many of the path could be judged.
func (e *explainer) exceeding(value func(*Row) int64, earlier func(*pace) float64) (found []finding, compared int) {
	onPath := make(map[string]bool, len(e.drawn.CriticalPath))
	for _, id := range e.drawn.CriticalPath {
		onPath[id] = true
	}
	for i := range e.drawn.Rows {
		r := &e.drawn.Rows[i]
		v := float64(value(r))
		if !onPath[r.StepID] && !r.Status.Open() || v == execution.Unknown {
			continue
		}
		u := usualOf(e.History.step(r.StepID, earlier))
		if onPath[r.StepID] && u.n >= runsEnough {
			compared++
		}
		if u.exceeded(v) && e.material(v-u.median) {
			found = append(found, finding{e.steps[r.StepID], v, u})
		}
	}
	slices.SortStableFunc(found, func(a, b finding) int { return cmp.Compare(b.value-b.usual.median, a.value-a.usual.median) })
	return found[:min(len(found), causesMax)], compared
}
