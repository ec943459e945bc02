package alert

import "flowwatch/engine/execution"

// telling makes the effects of one observation.
type telling struct {
	rule         *Rule
	state        *State
	seen         *Observation
	now          execution.Instant
	late, silent bool
}

// news is an effect that tells what was seen.
func (t *telling) news(kind EffectKind) Effect {
	return Effect{Kind: kind, Run: t.seen.Run, Facts: factsOf(t.rule, t.state, t.seen, t.now), At: t.seen.at(t.now), News: true,
		WorkflowName: t.seen.WorkflowName, Late: t.late, Silent: t.silent}
}

// told notes that a message is due.
func (t *telling) told(e Effect) Effect {
	s := t.state
	e.Severity, e.Suppressed = t.rule.severity(), s.Suppressed
	s.FiredAt, s.CooldownUntil = t.now, t.now+minutes(t.rule.cooldown())
	s.Severity, s.Suppressed = e.Severity, 0
	return e
}

// again is a further hit of an open record.
func (t *telling) again(cooling bool) Effect {
	s := t.state
	s.Count++
	if !cooling && !t.silent && s.awaited() {
		s.Reminded = true
		return t.told(t.news(Remind))
	}
	e := t.news(Touch)
	if cooling && !t.silent {
		s.Suppressed++
		e.Suppressed = 1
	}
	return e
}

// hush keeps a hit that may not make a record yet.
func (t *telling) hush() {
	s := t.state
	if t.silent {
		return
	}
	s.Count++
	s.Suppressed++
	e := t.news(Open)
	s.Hushed = &Hushed{At: e.At, Name: e.WorkflowName, Facts: e.Facts, Late: e.Late}
	if e.Run != nil {
		run := *e.Run
		run.Values = nil
		s.Hushed.Run = &run
	}
}

// open makes a new record of a hit.
func (t *telling) open() Effect {
	s := t.state
	if !s.Afresh {
		s.Count, s.Suppressed = 0, 0
	}
	s.Count++
	e := t.news(Open)
	return t.begin(e)
}

// openHushed makes a new record of what met it within the cooldown.
func (t *telling) openHushed() Effect {
	h := t.state.Hushed
	return t.begin(Effect{Kind: Open, Run: h.Run, Facts: h.Facts, At: h.At, News: true, WorkflowName: h.Name, Late: h.Late})
}

// begin starts the episode of a record. One that is not told starts no cooldown: it must not hush what happens next.
func (t *telling) begin(e Effect) Effect {
	s := t.state
	s.RecordID, s.RecordStatus, s.Afresh, s.Hushed, s.Reminded = "", Active, false, nil, e.Silent
	if s.Met && !s.Since.Present() {
		s.Since = e.At
	}
	if e.Silent {
		e.Severity = t.rule.severity()
		return e
	}
	return t.told(e)
}

// goesOn reminds of a record without news.
func (t *telling) goesOn() Effect {
	t.state.Reminded = true
	return t.told(Effect{Kind: Remind, At: t.now, Facts: noFacts()})
}
