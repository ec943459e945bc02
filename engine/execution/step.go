package execution

import (
	"math"
	"slices"
	"sort"
	"strings"
)

// unplanned is the order of a step that the plan does not have.
const unplanned = math.MaxInt

// step is what the events of one step left: marks that begin and end
// attempts, and the latest of what may be said at any time.
type step struct {
	id     string
	order  int
	starts []mark // in order
	stops  []mark // completed, failed, skipped, retrying; in order
	odd    int    // marks that say their attempt, and retries: without any, the n-th start is attempt n

	name          string
	named         ref // who said the name
	input, output ref
	progress      reading
	measures      [measureCount]reading // of step.progress; marks have their own
	first         Instant               // of any of its events

	now state // settled after each event
}

// state is the step as its latest attempt has it.
type state struct {
	status             StepStatus
	attempt            int
	startedAt, endedAt Instant
	begun              Instant // earliest start of any attempt
}

// mark is an event that begins or ends an attempt.
type mark struct {
	tie
	kind       EventType
	attempt    int // 0: by the order in time
	durationMs int64
	measures   [measureCount]float64
	err        *ErrorInfo
}

// measure names a number that an engine may measure of an attempt.
type measure int

const (
	cpuPercent measure = iota
	memoryMB
	inputBytes
	outputBytes
	measureCount
)

// tie orders a step's events: by time, then short ids as they are, then by
// hash. Ids longer than tieIDMax are not kept for each mark: they would be half
// of the document, for the sake of two reports of the same nanosecond.
type tie struct {
	at   Instant
	id   string
	hash uint64
}

const tieIDMax = 12

func newTie(e *Event, hash uint64) tie {
	t := tie{at: e.Timestamp, hash: hash}
	if len(e.ID) <= tieIDMax {
		t.id = e.ID
	}
	return t
}

func compareTies(a, b tie) int {
	switch {
	case a.at != b.at:
		return compareInstants(a.at, b.at)
	case a.id != b.id && a.id == "":
		return 1
	case a.id != b.id && b.id == "":
		return -1
	case a.id != b.id:
		return strings.Compare(a.id, b.id)
	case a.hash < b.hash:
		return -1
	case a.hash > b.hash:
		return 1
	}
	return 0
}

// after reports whether t wins over o; the zero tie is before any other.
func (t tie) after(o tie) bool { return o.hash == 0 || compareTies(t, o) > 0 }

// followed reports whether t came after an event that is known by its whole id. An id too long to be kept was
// later than one of the same time.
func (t tie) followed(o stamp) bool {
	return t.at > o.at || t.at == o.at && (t.id == "" || t.id > o.id)
}

// ref is the latest event that carried a name, an input or an output.
type ref struct{ tie }

// reading is the latest value that events said, of an attempt or (0) of the
// one that was under way.
type reading struct {
	tie
	value   float64
	attempt int
}

func (s *step) apply(e *Event, hash uint64) {
	t := newTie(e, hash)
	s.first = earliest(s.first, e.earliest())
	if e.StepName != "" && t.after(s.named.tie) {
		s.name, s.named = e.StepName, ref{t}
	}
	if e.HasInput && t.after(s.input.tie) {
		s.input = ref{t}
	}
	if e.HasOutput && t.after(s.output.tie) {
		s.output = ref{t}
	}
	if e.Progress != Unknown && t.after(s.progress.tie) {
		s.progress = reading{t, float64(e.Progress), e.Attempt}
	}
	measures := [measureCount]float64{e.CPUPercent, e.MemoryMB, float64(e.InputBytes), float64(e.OutputBytes)}
	if e.Type == StepProgress {
		for i, v := range measures {
			if v != Unknown && t.after(s.measures[i].tie) {
				s.measures[i] = reading{t, v, e.Attempt}
			}
		}
		return
	}
	m := mark{tie: t, kind: e.Type, attempt: e.Attempt, durationMs: e.DurationMs, measures: measures, err: e.Error}
	s.note(&m)
	if e.Type == StepStarted {
		s.starts = insert(s.starts, m)
	} else {
		if e.tellsStart() {
			s.starts = insert(s.starts, newStart(e, t))
		}
		s.stops = insert(s.stops, m)
	}
}

// note counts a new mark if it is odd.
func (s *step) note(m *mark) {
	if m.attempt != 0 || m.kind == StepRetrying {
		s.odd++
	}
}

// newStart is the mark of the start that an end tells of. It has the end's hash.
func newStart(e *Event, end tie) mark {
	end.at = e.Began
	return mark{tie: end, kind: StepStarted, attempt: e.Attempt, durationMs: Unknown, measures: [measureCount]float64{Unknown, Unknown, Unknown, Unknown}}
}

func insert(marks []mark, m mark) []mark {
	at := len(marks)
	if at > 0 && compareTies(m.tie, marks[at-1].tie) < 0 {
		at = sort.Search(at, func(i int) bool { return compareTies(m.tie, marks[i].tie) < 0 })
	}
	return slices.Insert(marks, at, m)
}

// settle derives the step's state from its marks.
func (s *step) settle() {
	if len(s.starts) <= 1 && len(s.stops) == 0 || len(s.starts) == 1 && len(s.stops) == 1 && s.plain() {
		s.settlePlain()
		return
	}
	if s.inOrder() {
		s.settleLatest()
		return
	}
	all := s.attempts()
	last := &all[len(all)-1]
	s.now = state{status: last.status, attempt: last.number, startedAt: last.startedAt, endedAt: last.endedAt, begun: NoInstant}
	for i := range all {
		s.now.begun = earliest(s.now.begun, all[i].startedAt)
	}
}

// inOrder reports whether the n-th start is attempt n. The latest attempt is found at once then, however many there are.
func (s *step) inOrder() bool { return s.odd == 0 && len(s.starts) > 0 }

// ofLatest reports whether a stop of a step in order is of its latest attempt.
func (s *step) ofLatest(stop *mark) bool {
	return len(s.starts) == 1 || stop.at >= s.starts[len(s.starts)-1].at
}

// settleLatest is settle for a step in order.
func (s *step) settleLatest() {
	n := len(s.starts)
	s.now = state{status: Active, attempt: n, startedAt: s.starts[n-1].at, endedAt: NoInstant, begun: s.starts[0].at}
	if last := len(s.stops) - 1; last >= 0 && s.ofLatest(&s.stops[last]) {
		s.now.status, s.now.endedAt = stopStatus(s.stops[last].kind), s.stops[last].at
	}
}

// plain reports whether the one start and the one end are of one attempt.
func (s *step) plain() bool {
	start, stop := &s.starts[0], &s.stops[0]
	return stop.kind != StepRetrying && (start.attempt == stop.attempt || stop.attempt == 0)
}

// settlePlain is settle for the usual step: begun once, perhaps ended.
func (s *step) settlePlain() {
	if len(s.starts) == 0 { // only step.progress
		s.now = state{status: Active, attempt: 1, startedAt: s.first, endedAt: NoInstant, begun: s.first}
		return
	}
	start := &s.starts[0]
	s.now = state{status: Active, attempt: max(1, start.attempt), startedAt: start.at, endedAt: NoInstant, begun: start.at}
	if len(s.stops) == 1 {
		s.now.status, s.now.endedAt = stopStatus(s.stops[0].kind), s.stops[0].at
	}
}

func stopStatus(kind EventType) StepStatus {
	switch kind {
	case StepCompleted:
		return Done
	case StepFailed:
		return Broken
	case StepSkipped:
		return Skipped
	}
	return Retrying
}
