package execution

import (
	"slices"
	"sort"
)

// How marks become attempts. A start that says its attempt begins that one;
// one that does not is, as the n-th start in time, attempt n. An end that does
// not say belongs to the latest start not after it, or to the first attempt
// when all starts are later. A retry ends its attempt as an end does, but where
// that has failed already it announces the next one. The step is shown as its
// highest attempt: there an end beats a start, of several ends the latest wins.

// attempt is one try of a step.
type attempt struct {
	number             int
	status             StepStatus
	startedAt, endedAt Instant
	latestStart        tie // the latest of several starts that say the same number
	retried            *mark
	stop               *mark // the end that wins
	marks              []*mark
}

// attempts derives all attempts, by number; at least one.
func (s *step) attempts() []attempt {
	if s.endedPlainly() {
		return []attempt{s.plainAttempt(new([2]*mark))}
	}
	return s.derivedAttempts()
}

// endedPlainly reports whether the step is the usual one: begun once, ended once.
func (s *step) endedPlainly() bool { return len(s.starts) == 1 && len(s.stops) == 1 && s.plain() }

// derivedAttempts is attempts for any step.
func (s *step) derivedAttempts() []attempt {
	numbers := make([]int, len(s.starts))
	byNumber := make(map[int]*attempt, len(s.starts)+1)
	at := func(n int) *attempt {
		a := byNumber[n]
		if a == nil {
			a = &attempt{number: n, startedAt: NoInstant, endedAt: NoInstant}
			byNumber[n] = a
		}
		return a
	}
	for i := range s.starts {
		m := &s.starts[i]
		numbers[i] = i + 1
		if m.attempt != 0 {
			numbers[i] = m.attempt
		}
		a := at(numbers[i])
		a.startedAt, a.latestStart = earliest(a.startedAt, m.at), m.tie
		a.marks = append(a.marks, m)
	}
	for i := range s.stops {
		if m := &s.stops[i]; m.kind != StepRetrying {
			a := at(s.numberOf(m, numbers))
			a.stop = m // in order, so the latest stays
			a.marks = append(a.marks, m)
		}
	}
	s.placeRetries(numbers, at)
	if len(byNumber) == 0 {
		at(1).startedAt = s.first // only step.progress
	}
	out := make([]attempt, 0, len(byNumber))
	for _, a := range byNumber {
		a.settle()
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b attempt) int { return a.number - b.number })
	return out
}

// plainAttempt is the only attempt of a step that endedPlainly. Its marks stand in room.
func (s *step) plainAttempt(room *[2]*mark) attempt {
	start, stop := &s.starts[0], &s.stops[0]
	*room = [2]*mark{start, stop}
	a := attempt{
		number: max(1, start.attempt), startedAt: start.at, endedAt: NoInstant, latestStart: start.tie,
		stop: stop, marks: room[:],
	}
	a.settle()
	return a
}

// latest is the last attempt of a step in order.
func (s *step) latest() attempt {
	start := &s.starts[len(s.starts)-1]
	a := attempt{number: len(s.starts), startedAt: start.at, endedAt: NoInstant, latestStart: start.tie, marks: []*mark{start}}
	for i := len(s.stops) - 1; i >= 0 && s.ofLatest(&s.stops[i]); i-- {
		if a.stop == nil {
			a.stop = &s.stops[i]
		}
		a.marks = append(a.marks, &s.stops[i])
	}
	a.settle()
	return a
}

// numberOf is the attempt that an end belongs to.
func (s *step) numberOf(m *mark, numbers []int) int {
	if m.attempt != 0 {
		return m.attempt
	}
	if len(numbers) == 0 {
		return 1
	}
	later := sort.Search(len(s.starts), func(i int) bool { return s.starts[i].at > m.at })
	return numbers[max(0, later-1)]
}

func (s *step) placeRetries(numbers []int, at func(int) *attempt) {
	for i := range s.stops {
		m := &s.stops[i]
		if m.kind != StepRetrying {
			continue
		}
		n := s.numberOf(m, numbers)
		a := at(n)
		if a.stop != nil && a.stop.kind == StepFailed && a.stop.at <= m.at {
			a = at(n + 1)
		}
		a.retried = m
		a.marks = append(a.marks, m)
	}
}

// settle decides how the attempt stands.
func (a *attempt) settle() {
	switch {
	case a.stop != nil:
		a.status, a.endedAt = stopStatus(a.stop.kind), a.stop.at
		if !a.startedAt.Present() && a.stop.durationMs != Unknown {
			a.startedAt = a.stop.at.back(a.stop.durationMs)
		}
	case a.retried != nil && a.retried.at >= a.latestStart.at:
		a.status = Retrying
	default:
		a.status = Active
	}
}

// failure is the error to show with the attempt.
func (a *attempt) failure() *ErrorInfo {
	switch {
	case a.stop != nil && a.stop.kind == StepFailed:
		return a.stop.err
	case a.stop == nil && a.retried != nil && a.status == Retrying:
		return a.retried.err
	}
	return nil
}

// measured is the latest value that the attempt's marks say, or that was said
// while it was under way.
func (s *step) measured(a *attempt, m measure, highest bool) float64 {
	value, said := float64(Unknown), tie{}
	for _, k := range a.marks {
		if v := k.measures[m]; v != Unknown && k.after(said) {
			value, said = v, k.tie
		}
	}
	if r := &s.measures[m]; r.of(a, highest) && r.after(said) {
		value = r.value
	}
	return value
}

// of reports whether the reading was taken of the attempt.
func (r *reading) of(a *attempt, highest bool) bool {
	if r.hash == 0 {
		return false
	}
	if r.attempt != 0 {
		return r.attempt == a.number
	}
	return highest && (!a.startedAt.Present() || r.at >= a.startedAt)
}
