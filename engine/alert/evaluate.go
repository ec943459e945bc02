package alert

import (
	"errors"
	"fmt"
	"slices"

	"flowwatch/engine/execution"
)

// Times of the state machine.
const (
	second        = execution.Instant(1_000_000_000)
	hour          = 60 * minute
	lateAfter     = hour      // an event older than that is told late, in a digest
	silentAfter   = 24 * hour // and one older than this not at all
	expireAfter   = 24 * hour // a failure without a sign of improvement (§9b)
	askRateEvery  = 30 * second
	scopeItemsMax = 1000 // clients or executions that a state keeps
)

// Reasons why a rule cannot be evaluated. They are bugs of who asks or rules that were stored unchecked, never triggers.
var (
	errNoHistory    = errors.New("no history of the workflow")
	errNoRun        = errors.New("no run")
	errNoConditions = errors.New("the rule has no conditions")
	errType         = errors.New("unknown type of rule")
)

// verdict is what a type of rule makes of an observation.
type verdict struct {
	known bool // the observation says whether the condition holds
	met   bool // it holds now; of a state that has cleared enough: not
	hit   bool // something new met it, which counts
	// lasting: it is measured, so that holding on is reason enough for a new record once the cooldown is over. Of runs only what happened
	// since the last record was resolved is.
	lasting bool
	why     string // of a condition that ended: Cleared or Expired
}

// Evaluate says what follows from an observation: the state after it, and what happens to the scope's record. It is deterministic; the
// result shares no slice with s. An error says that the rule cannot be evaluated: it is for the log and the audit, never a trigger
// (B-02), and s stands.
//
// Of Open the caller makes a record with NewRecord and puts its id into the state's RecordID; of Touch, Remind and Close it applies to
// that record. When somebody acts on the record, the state has to Follow. After a change of the rule the caller
// asks with TimePassed, because a severity that rose breaks the cooldown.
func Evaluate(r *Rule, s State, o *Observation, now execution.Instant) (State, []Effect, error) {
	before := s
	s.detach()
	s.beginAfresh(r)
	if latest := now + minutes(r.cooldown()); s.CooldownUntil > latest {
		s.CooldownUntil = latest // the clock was set back, or the rule's cooldown shortened
	}
	v, err := judge(r, &s, o, now)
	if err != nil {
		before.detach()
		return before, nil, fmt.Errorf("evaluate rule %s (%s): %w", r.ID, r.Type, err)
	}
	return s, settle(r, &s, o, v, now), nil
}

// detach gives the state slices of its own.
func (s *State) detach() {
	s.Clients = slices.Clone(s.Clients)
	s.FailedAt = slices.Clone(s.FailedAt)
	s.Executions = slices.Clone(s.Executions)
	s.Holds = slices.Clone(s.Holds)
}

// beginAfresh forgets the episode whose record was resolved since: by the system, or by hand.
func (s *State) beginAfresh(r *Rule) {
	if s.RecordStatus != Resolved || s.Afresh {
		return
	}
	s.Afresh, s.Count, s.Suppressed, s.Reminded = true, 0, 0, false
	if r.Type == ExecutionFailed {
		s.Clients, s.FailedAt, s.Overflowed, s.Met = nil, nil, false, false
	}
}

func judge(r *Rule, s *State, o *Observation, now execution.Instant) (verdict, error) {
	if o.Kind == ExecutionChanged && o.Run == nil {
		return verdict{}, errNoRun
	}
	if r.Builtin != "" {
		return judgeBuiltin(r.Builtin, s, o), nil
	}
	if len(r.Conditions) == 0 && r.Type.needsConditions() {
		return verdict{}, errNoConditions
	}
	switch r.Type {
	case ExecutionFailed:
		return judgeFailed(s, o, now), nil
	case ConsecutiveFailures:
		return judgeStreak(r, s, o)
	case HighErrorRate:
		return judgeRate(r, s, o, now)
	case SlowExecution, ExecutionTimeout, Custom:
		return judgeRuns(r, s, o), nil
	case QueueBacklog, ResourceThreshold:
		return judgeMeasured(r, s, o, now), nil
	}
	return verdict{}, errType
}

// settle carries a verdict into the state.
func settle(r *Rule, s *State, o *Observation, v verdict, now execution.Instant) []Effect {
	t := telling{rule: r, state: s, seen: o, now: now}
	t.late, t.silent = o.lateness(v, now)
	if v.known {
		if v.met && !s.Met {
			s.Since = o.at(now)
		}
		s.Met = v.met
	}
	var effects []Effect
	cooling := s.cooling(r, now)
	switch {
	case v.hit && s.Open():
		effects = append(effects, t.again(cooling))
	case v.hit && cooling:
		t.hush()
	case v.hit:
		effects = append(effects, t.open())
	case cooling || !s.Met:
	case s.awaited() && (!s.Reminded || s.Suppressed > 0 || s.risen(r)):
		effects = append(effects, t.goesOn())
	case !s.Open() && s.Hushed != nil:
		effects = append(effects, t.openHushed())
	case !s.Open() && v.known && v.lasting:
		effects = append(effects, t.open())
	}
	if s.Met {
		return effects
	}
	s.Since, s.Hushed = execution.NoInstant, nil
	if s.Open() {
		s.RecordStatus = Resolved
		effects = append(effects, Effect{Kind: Close, At: o.at(now), Why: v.why, Facts: noFacts()})
	}
	return effects
}

// cooling reports whether the cooldown goes on. A severity that rose breaks it.
func (s *State) cooling(r *Rule, now execution.Instant) bool {
	return now < s.CooldownUntil && !s.risen(r)
}

func (s *State) risen(r *Rule) bool {
	return s.Severity != "" && r.severity().rank() > s.Severity.rank()
}

// at is when it happened, as far as somebody said.
func (o *Observation) at(now execution.Instant) execution.Instant {
	if o.At.Present() && o.At != 0 {
		return o.At
	}
	return now
}

// lateness says whether a message about the observation comes late, and whether there is one at all (§9b). What is measured is so now,
// whatever made somebody look.
func (o *Observation) lateness(v verdict, now execution.Instant) (late, silent bool) {
	if v.lasting {
		return false, o.Imported
	}
	age := now - max(o.at(now), o.Known)
	return age > lateAfter, age > silentAfter || o.Imported
}
