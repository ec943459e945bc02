package notify

import (
	"errors"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// Subscribed is the channel of subscriptions to what happens; their addresses are their ids. Nothing of it is in the outbox: a subscription is a place in
// the organisation's history, which moves on as the receiver takes what follows.
const Subscribed Type = "subscription"

// ErrGone is within the Failure of a receiver that says that it wants nothing any more (HTTP 410).
var ErrGone = errors.New("the receiver is gone")

// Place is how far a subscription was told. History has two strands: what engines reported, by its seqs, and signals of what Flowwatch did, by numbers of
// their own.
type Place struct {
	Seq    uint64 `json:"seq"`
	Signal uint64 `json:"signal"`
}

// distance is how much may have happened between two places.
func (p Place) distance(after Place) uint64 {
	return max(p.Seq, after.Seq) - after.Seq + max(p.Signal, after.Signal) - after.Signal
}

// Occurrence is one event that a subscription asked for.
type Occurrence struct {
	Place Place // right after it
	ID    string
	Name  string            // such as execution.failed
	At    execution.Instant // when it was accepted
	About any               // the history's own
}

// Packet is what is told at once.
type Packet struct {
	Key    string // of the message
	Found  []Occurrence
	Skip   *Skip  // instead: what is not told
	Trial  string // instead: the id of a test
	Pinned bool   // Found was tried before, and stays together
}

// History is what happened in an organisation, as its subscriptions are told. It is called outside of transactions but where it takes one.
type History interface {
	// Subscribers are the subscriptions that are to be told.
	Subscribers() []string
	// Newest is the place behind all that has happened.
	Newest() Place
	// Walk passes over some of what happened after a place, in order, and calls visit for what the subscription asked for until it returns false. It returns
	// the place up to which all was passed, the one given when there is nothing more. gap: what follows the place is no longer kept up to the one returned,
	// and nothing is visited.
	Walk(id string, after Place, visit func(o *Occurrence) bool) (end Place, gap bool, err error)
	// Count is how many of them Walk visits up to another place, both told as Walk tells them.
	Count(id string, after, last Place) (n int, end Place, gap bool, err error)
	// Compose puts a packet into words. used is how many of Found the message tells, or passes because they are gone; no message: all of these are.
	Compose(id string, p *Packet) (m *Message, used int, err error)
	// Receiver is who sends to the subscription's address, and the target with its secret. Errors are those of Office.Route.
	Receiver(id string) (Sender, Target, error)
	// Batches says how many events one message may tell.
	Batches(id string) int
	// SwitchOff ends a subscription in the transaction; SwitchedOff is called when that is committed.
	SwitchOff(tx *kv.Tx, id, why string) error
	SwitchedOff(id string)
}
