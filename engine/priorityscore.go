package engine

import (
	"cmp"
	"slices"
	"time"

	"flowwatch/engine/execution"
)

// Parts of the score by which queued executions are ordered (part 4.7).
const (
	scoreHigh   = 300
	scoreNormal = 200
	scoreLow    = 100
	scoreManual = 1000 // somebody wishes for HIGH
	scoreAgeMax = 90   // one point for each agePoint of waiting
	agePoint    = 4 * time.Minute
)

// Score orders the queue: its parts, greatest sum first.
type Score struct {
	Base   int `json:"base"`   // of the priority: HIGH 300, NORMAL 200, LOW 100
	Boost  int `json:"boost"`  // of the deadline that is near
	Age    int `json:"age"`    // at most 90
	Manual int `json:"manual"` // 1000 when somebody wishes for HIGH
}

// Sum is the score.
func (s *Score) Sum() int { return s.Base + s.Boost + s.Age + s.Manual }

func baseScore(p execution.Priority) int {
	switch p {
	case execution.High:
		return scoreHigh
	case execution.Low:
		return scoreLow
	}
	return scoreNormal
}

// raisedTo is the priority that a score of base and points would have.
func raisedTo(p execution.Priority, points int) execution.Priority {
	switch score := baseScore(p) + points; {
	case score >= scoreHigh:
		return execution.High
	case score >= scoreNormal:
		return execution.Normal
	}
	return execution.Low
}

// scoreOf is the score of a queued execution. A wish of a person stands for the
// engine's priority, unless the engine has refused it.
func scoreOf(x *execution.Summary, wish *PriorityRequest, raise *Raise, now execution.Instant) Score {
	base := wish.basePriority(x)
	var s Score
	if wish.byPerson() && wish.State != PriorityRefused {
		if p, ok := execution.ParsePriority(wish.Priority); ok {
			base = p
		}
		if base == execution.High {
			s.Manual = scoreManual
		}
	}
	s.Base = baseScore(base)
	if raise != nil {
		s.Boost = raise.Points
	}
	waited := time.Duration(max(0, now.Ms()-x.SortTime().Ms())) * time.Millisecond
	s.Age = int(min(scoreAgeMax, waited/agePoint))
	return s
}

// QueuedExecution is one of the queue with its place in the order in which
// Flowwatch would take it. Engines keep their own order.
type QueuedExecution struct {
	Listed
	WorkflowTitle string // the name to show
	Score         Score
	Raise         *Raise           // nil: no deadline raises it
	Mark          *BoostMark       // nil: deadlines may raise it
	Wish          *PriorityRequest // nil: none
}

// placed is a queued execution with its score.
type placed struct {
	x     *Listed
	score Score
	since execution.Instant
	raise *Raise
	mark  *BoostMark
	wish  *PriorityRequest
}

// compare puts what is to be taken first in front; of equal ones what waits longer.
func (p placed) compare(o placed) int {
	return cmp.Or(cmp.Compare(o.score.Sum(), p.score.Sum()), cmp.Compare(p.since, o.since), cmp.Compare(p.x.ExecutionID, o.x.ExecutionID))
}

// NextQueued are the first of the queue by score, at most limit, of the handle's clients. It looks at
// all of the queue, which has at most liveMax.
func (t *Tenant) NextQueued(limit int) []QueuedExecution {
	all := t.placedQueue(t.engine.instant())
	slices.SortFunc(all, placed.compare)
	first := make([]QueuedExecution, min(len(all), limit))
	for i := range first {
		p := &all[i]
		first[i] = QueuedExecution{Listed: *p.x, WorkflowTitle: t.WorkflowName(&p.x.Summary), Score: p.score, Raise: p.raise, Mark: p.mark}
		if p.wish != nil {
			shown := *p.wish
			shown.State = p.wish.seenWith(&p.x.Summary)
			first[i].Wish = &shown
		}
	}
	return first
}

// placedQueue is the queue in no order.
func (t *Tenant) placedQueue(now execution.Instant) []placed {
	t.view.RLock()
	defer t.view.RUnlock()
	b := &t.boosts
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := make([]placed, 0, len(t.queue.members))
	for id := range t.queue.members {
		if x := t.shown[id]; x != nil && x.Status == execution.Pending && t.sees(x.ClientRef) {
			p := placed{x: x, since: x.SortTime(), raise: b.raises[id], mark: b.marks[id], wish: b.wishes[id]}
			p.score = scoreOf(&x.Summary, p.wish, p.raise, now)
			all = append(all, p)
		}
	}
	return all
}
