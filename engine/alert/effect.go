package alert

import "flowwatch/engine/execution"

// Transition is what a message tells.
type Transition string

// The transitions.
const (
	Triggered         Transition = "triggered"
	Reminder          Transition = "reminder"
	EscalatedUp       Transition = "escalated"
	ResolvedAway      Transition = "resolved"
	AcknowledgedByOne Transition = "acknowledged" // told in the app only
	Tested            Transition = "test"         // somebody tries the channels; nothing has happened
)

// Effect is what follows from an evaluation.
type Effect struct {
	Kind  EffectKind
	Run   *Run              // that it is about; nil: none
	Facts Facts             // for Open, Touch and Remind
	At    execution.Instant // when it happened
	Why   string            // of Close: cleared or expired

	News         bool     // Facts and Run tell something new; without, the record's still stand (a reminder that it goes on)
	Severity     Severity // of Open and Remind: the rule's now
	Suppressed   int64    // of Open and Remind: times met in silence since the last message, which this one tells; of Touch: 1 within the cooldown
	WorkflowName string   // where Run does not tell it
	Late         bool     // the event was more than an hour old
	Silent       bool     // it was more than a day old, or imported: no message
}

// EffectKind is what happens to the scope's record.
type EffectKind uint8

// The kinds.
const (
	Open   EffectKind = iota // a new record, and its first message
	Touch                    // the open record was met again: counted, no message
	Remind                   // the open record is told again
	Close                    // the open record is resolved by the system
)

// Reasons of Close.
const (
	Cleared = "cleared"
	Expired = "expired" // after a day without a sign of improvement (§9b)
)
