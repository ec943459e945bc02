package notify

import (
	"errors"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// ErrSecretMissing is returned by Office.Route when the target's secret cannot be read, as after a restore without the key file.
var ErrSecretMissing = errors.New("the secret is missing")

// Office is one organisation as the dispatcher needs it. Methods are called from many goroutines; those with a transaction may be called
// several times for one commit, so only what they do to the transaction counts.
type Office interface {
	Scope() kv.Scope
	// Record is the alert, the caller's to keep; kv.ErrNotFound: it is gone.
	Record(tx *kv.Tx, id string) (*alert.Record, error)
	// Held says until when the record's messages wait: a silence, a mute window, a known outage.
	Held(tx *kv.Tx, r *alert.Record, now execution.Instant) (until execution.Instant, held bool)
	// Route is who sends to the target, and the target with its secret. ErrSecretMissing or a Misconfigured failure pauses the channel.
	Route(to Target) (Sender, Target, error)
	// Compose puts a notice into words. It is called outside of transactions.
	Compose(n *Notice) (*Message, error)
	// Fallback is who else is to be told when those who were tried are not reached: the next channels of the record's rule, then the
	// organisation's own choice. None: nobody.
	Fallback(tx *kv.Tx, r *alert.Record, tried []Target) ([]Target, error)
	// Overseers are the users whose inbox hears of messages that did not arrive.
	Overseers(tx *kv.Tx) ([]string, error)
	// Planned is told of rows that the outbox appends by itself or sends again, so that the links in their messages hold.
	Planned(tx *kv.Tx, rows []Row, now execution.Instant) error
	// Noted is told of each row that is delivered or dead, for the audit.
	Noted(tx *kv.Tx, r *Row) error
	// Broken is told that nothing can be sent to the target, or (no address) by its whole channel, until somebody changes the settings; Mended that it can again.
	Broken(tx *kv.Tx, to Target, why string) error
	Mended(tx *kv.Tx, to Target) error
	// History is what subscriptions are told; nil: there are none.
	History() History
}
