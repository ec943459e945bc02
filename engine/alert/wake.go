package alert

import "flowwatch/engine/execution"

// Wake is when the state wants to be asked with TimePassed, because then something may follow without an event: a cooldown ends, a day is
// over, a window has moved on. After it has been asked, it says a later time or NoInstant: never.
func (s *State) Wake() execution.Instant {
	at := execution.NoInstant
	if s.waitsForCooldown() {
		at = s.CooldownUntil
	}
	if s.Met && s.Again.Present() && s.Again != 0 && (!at.Present() || s.Again < at) {
		at = s.Again
	}
	return at
}

// waitsForCooldown reports whether the end of the cooldown brings a reminder or a record.
func (s *State) waitsForCooldown() bool {
	if !s.Met || !s.CooldownUntil.Present() {
		return false
	}
	if s.Open() {
		return s.awaited() && (!s.Reminded || s.Suppressed > 0)
	}
	return s.Hushed != nil
}
