package notify

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

const (
	waitingLife = execution.Instant(24 * time.Hour)
	recentMax   = 20  // outcomes that a subscription remembers
	lettersMax  = 100 // refused messages that it remembers
	trialsMax   = 5   // tests that wait
)

// WaitingMax is how many events wait for a subscription. More are skipped, and the receiver is told how many.
const WaitingMax = 10_000

// Why events were skipped.
const (
	SkippedBacklog  = "backlog"  // too many waited
	SkippedExpired  = "expired"  // they waited too long
	SkippedGone     = "not_kept" // the history does not reach back so far
	SkippedRestored = "restored" // the database was restored from a backup
)

// Skip is what a subscription is not told, but that: told instead is from where to where, and how many.
type Skip struct {
	ID      string            `json:"id"`
	Reason  string            `json:"reason"` // the first, where several came together
	Events  int64             `json:"events"` // of those that it asked for
	AtLeast bool              `json:"atLeast"`
	Since   execution.Instant `json:"since"` // when the first of them was accepted; NoInstant: nobody knows
	Until   execution.Instant `json:"until"` // when the last was, or the gap was found
	From    Place             `json:"from"`
	To      Place             `json:"to"`
}

// Outcome is what became of one message to a subscription.
type Outcome struct {
	ID       string            `json:"id"`    // its idempotency key
	Event    string            `json:"event"` // of its first event
	Events   int               `json:"events"`
	Status   State             `json:"status" enum:"deliveryStatus"`
	Attempts int               `json:"attempts"`
	Error    string            `json:"lastError"`
	At       execution.Instant `json:"at"`
	Letter   string            `json:"refusedId,omitempty"` // of a refused one: what Resend takes
}

// trying is the message that is under way.
type trying struct {
	Key      string `json:"key"`
	Until    Place  `json:"until"`
	Attempts int    `json:"attempts"`
}

// follower is how far a subscription was told, and how it goes.
type follower struct {
	ID         string            `json:"id"`
	Generation uint64            `json:"generation"` // one more each time that it begins anew
	Place      Place             `json:"place"`      // all before is told or ended
	PlacedAt   execution.Instant `json:"placedAt"`
	Lane       lane              `json:"lane"`
	Trying     *trying           `json:"trying,omitempty"`
	Skip       *Skip             `json:"skip,omitempty"` // to be told before anything else
	Trials     []string          `json:"trials,omitempty"`
	Again      []uint64          `json:"again,omitempty"` // letters to be sent again
	Letters    uint64            `json:"letters"`         // given out
	Refused    int               `json:"refused"`         // in a row
	Told       int64             `json:"told"`            // events
	Dead       int64             `json:"dead"`
	Skipped    int64             `json:"skipped"`
	ToldAt     execution.Instant `json:"toldAt"`
	Recent     []Outcome         `json:"recent"` // the newest last
}

// letter is a message that the receiver refused: where it stands in the history, not what it said.
type letter struct {
	Subscription string            `json:"subscription"`
	N            uint64            `json:"n"`
	After        Place             `json:"after"`
	Until        Place             `json:"until"`
	Event        string            `json:"event"` // of the first
	Events       int               `json:"events"`
	At           execution.Instant `json:"at"`
	State        State             `json:"state"`
	Key          string            `json:"key"`
}

var (
	followers = kv.NewCollection("subscription_places", followerSpec())
	letters   = kv.NewCollection("subscription_letters", letterSpec())
)

var errTooManyTrials = fault.New(fault.Conflict, "too_many", fmt.Sprintf("at most %d tests wait", trialsMax))

func followerSpec() kv.Spec[follower] {
	encode, decode := kv.JSON[follower]()
	return kv.Spec[follower]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, f *follower) []byte { return append(dst, f.ID...) },
	}
}

func letterSpec() kv.Spec[letter] {
	encode, decode := kv.JSON[letter]()
	return kv.Spec[letter]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, l *letter) []byte { return letterKey(dst, l.Subscription, l.N) },
	}
}

func letterKey(dst []byte, subscription string, n uint64) []byte {
	return kv.AppendUint64(kv.AppendString(dst, subscription), n)
}

// Follow begins to tell a subscription what follows the place: a new one, or one that was told nothing for a while. What it was not told before it never
// will be. Call Dispatcher.Reconsider after the commit.
func Follow(tx *kv.Tx, s kv.Scope, id string, from Place, now execution.Instant) error {
	f, err := followers.Get(tx, s, []byte(id))
	if errors.Is(err, kv.ErrNotFound) {
		f, err = &follower{ID: id, ToldAt: execution.NoInstant}, nil
	}
	if err != nil {
		return fmt.Errorf("follow: %w", err)
	}
	f.begin(from, now)
	return followers.Put(tx, s, f)
}

func (f *follower) begin(from Place, now execution.Instant) {
	none := execution.NoInstant
	f.Generation++
	f.Place, f.PlacedAt, f.Trying, f.Skip, f.Trials, f.Again, f.Refused = from, now, nil, nil, nil, nil, 0
	f.Lane = lane{Type: Subscribed, Address: f.ID, Failing: none, Open: none, ResumeAt: none, PausedAt: none, UrgentAt: none, TokensAt: none, At: now}
}

// Unfollow forgets a subscription.
func Unfollow(tx *kv.Tx, s kv.Scope, id string) error {
	var all []*letter
	err := letters.Scan(tx, s, kv.Span{Prefix: kv.AppendString(nil, id)}, func(_ []byte, l *letter) (bool, error) {
		all = append(all, l)
		return true, nil
	})
	for _, l := range all {
		err = errors.Join(err, letters.Delete(tx, s, l))
	}
	if err != nil {
		return fmt.Errorf("unfollow: %w", err)
	}
	f, err := followers.Get(tx, s, []byte(id))
	if err == nil {
		err = followers.Replace(tx, s, f, nil)
	}
	if err != nil && !errors.Is(err, kv.ErrNotFound) {
		return fmt.Errorf("unfollow: %w", err)
	}
	return nil
}

// Lift lets a subscription be tried at once, whatever kept it from it: its settings have changed.
func Lift(tx *kv.Tx, s kv.Scope, id string) error {
	return editFollower(tx, s, id, func(f *follower) error {
		f.Lane.ResumeAt = execution.NoInstant
		return nil
	})
}

// Try has a test sent to a subscription, before all that waits and whatever became of that. It is tried once; its outcome is under the id.
func Try(tx *kv.Tx, s kv.Scope, id, trial string) error {
	return editFollower(tx, s, id, func(f *follower) error {
		if len(f.Trials) >= trialsMax {
			return errTooManyTrials
		}
		f.Trials = append(f.Trials, trial)
		return nil
	})
}

// TellAgain has a message sent again that the receiver refused, before what waits. A repeat is harmless. Errors are those of Resend.
func TellAgain(tx *kv.Tx, s kv.Scope, id, delivery string) error {
	n, err := strconv.ParseUint(delivery, 10, 64)
	if err != nil {
		return errUnknown
	}
	l, err := letters.Get(tx, s, letterKey(nil, id, n))
	switch {
	case errors.Is(err, kv.ErrNotFound):
		return errUnknown
	case err != nil:
		return fmt.Errorf("tell again: %w", err)
	case l.State != Dead && l.State != Queued:
		return errNotDead
	}
	again := *l
	again.State = Queued
	if err := letters.Replace(tx, s, l, &again); err != nil {
		return fmt.Errorf("tell again: %w", err)
	}
	return editFollower(tx, s, id, func(f *follower) error {
		if !slices.Contains(f.Again, n) { // what was to be sent again when the subscription began anew is no longer
			f.Again = append(f.Again, n)
		}
		f.Lane.ResumeAt = execution.NoInstant
		return nil
	})
}

// Restart lets every subscription of a restored database go on from a place. What the backup had not told may have been since.
func Restart(tx *kv.Tx, s kv.Scope, from Place, now execution.Instant) error {
	var all []*follower
	err := followers.Scan(tx, s, kv.Span{}, func(_ []byte, f *follower) (bool, error) {
		all = append(all, f)
		return true, nil
	})
	for _, f := range all {
		skip := &Skip{Reason: SkippedRestored, AtLeast: true, Since: f.PlacedAt, Until: now, From: f.Place, To: from}
		f.begin(from, now)
		f.skip(skip)
		err = errors.Join(err, followers.Put(tx, s, f))
	}
	if err != nil {
		return fmt.Errorf("restart subscriptions: %w", err)
	}
	return nil
}

// editFollower changes how a subscription stands; nothing when it is gone.
func editFollower(tx *kv.Tx, s kv.Scope, id string, fn func(f *follower) error) error {
	f, err := followers.Get(tx, s, []byte(id))
	if errors.Is(err, kv.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = fn(f)
	}
	if err == nil {
		err = followers.Put(tx, s, f)
	}
	if err != nil {
		return fmt.Errorf("subscription %s: %w", id, err)
	}
	return nil
}

// skip leaves out what is not told, together with what was left out before and is not told of yet.
func (f *follower) skip(s *Skip) {
	f.Skipped += s.Events
	f.Place, f.Trying = s.To, nil
	if former := f.Skip; former != nil {
		s.ID, s.Reason, s.From, s.Since = former.ID, former.Reason, former.From, former.Since
		s.Events += former.Events
		s.AtLeast = s.AtLeast || former.AtLeast
	} else {
		s.ID = fmt.Sprintf("skip-%d-%d-%d", s.From.Seq, s.From.Signal, f.Generation)
	}
	f.Skip = s
}

// remember notes what became of a message.
func (f *follower) remember(o Outcome) {
	if i := slices.IndexFunc(f.Recent, func(r Outcome) bool { return r.ID == o.ID }); i >= 0 {
		f.Recent = slices.Delete(f.Recent, i, i+1)
	}
	f.Recent = append(f.Recent, o)
	if over := len(f.Recent) - recentMax; over > 0 {
		f.Recent = slices.Delete(f.Recent, 0, over)
	}
}

// Standing is how a subscription stands, as people see it.
type Standing struct {
	State     string            `json:"state"` // ok, retrying, unreachable, misconfigured, secret_missing, refused or off
	Since     execution.Instant `json:"since"` // of a state that is not well
	RetryAt   execution.Instant `json:"retryAt"`
	LastError string            `json:"lastError"`
	Waiting   int               `json:"waiting"` // events; a count stops at 10,000
	Place     Place             `json:"-"`
	Delivered int64             `json:"deliveredEvents"`
	Dead      int64             `json:"refusedEvents"`
	Skipped   int64             `json:"skippedEvents"` // that are known of
	ToldAt    execution.Instant `json:"lastDeliveredAt"`
	Recent    []Outcome         `json:"recent"` // the newest first
}

// StandingOf is how a subscription stands; of one that was never told anything the zero of it.
func StandingOf(tx *kv.Tx, s kv.Scope, id string) (Standing, error) {
	none := execution.NoInstant
	out := Standing{State: "ok", Since: none, RetryAt: none, ToldAt: none, Recent: []Outcome{}}
	f, err := followers.Get(tx, s, []byte(id))
	if errors.Is(err, kv.ErrNotFound) {
		return out, nil
	}
	if err != nil {
		return out, fmt.Errorf("subscription %s: %w", id, err)
	}
	out.Place, out.Delivered, out.Dead, out.Skipped, out.ToldAt = f.Place, f.Told, f.Dead, f.Skipped, f.ToldAt
	out.Recent = append(out.Recent, f.Recent...)
	slices.Reverse(out.Recent)
	l := &f.Lane
	switch {
	case l.Paused != "":
		out.State, out.Since = l.Paused, l.PausedAt
	case l.Open.Present():
		out.State, out.Since = "unreachable", l.Open
	case l.Failing.Present():
		out.State, out.Since = "retrying", l.Failing
	}
	if out.State != "ok" {
		out.RetryAt, out.LastError = l.ResumeAt, l.LastError
	}
	return out, nil
}
