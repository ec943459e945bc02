package notify

import (
	"errors"
	"fmt"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

const (
	groupWindow    = execution.Instant(time.Minute)      // a group is told at most once in it
	allClearWait   = execution.Instant(2 * time.Second)  // how long resolves of a digest's records gather
	probeFast      = execution.Instant(5 * time.Second)  // between tries while nobody is reached, at first
	probeFastFor   = execution.Instant(2 * time.Minute)  // how long that is
	probeSlow      = execution.Instant(time.Minute)      // and then
	pauseProbe     = execution.Instant(30 * time.Minute) // between tries of what is misconfigured
	fallbackAfter  = execution.Instant(2 * time.Minute)
	retryAfterMax  = 24 * time.Hour
	stepAsideAfter = 3    // failures of a message after which those behind it no longer wait for it
	jitter         = 0.2  // of a delay, up and down
	refusedMax     = 3    // refusals in a row after which what is left of a refused digest is not tried any more
	groupsMax      = 1000 // windows that a lane remembers
)

// retries are the delays after the first failures; the last one repeats.
var retries = []time.Duration{5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute}

// retryDelay is the delay after the n-th failure, from 1. at is from 0 to 1: where in the range of the jitter it lies.
func retryDelay(n int, at float64) execution.Instant {
	d := retries[min(max(n, 1), len(retries))-1]
	return execution.Instant(float64(d) * (1 - jitter + 2*jitter*at))
}

// hourly is how many messages a channel's target gets in an hour, and at once; others have no limit.
var hourly = map[Type]float64{Email: 30, SMS: 6, Slack: 60}

// whole says that the settings of the channel are the organisation's, not the target's: what is wrong with them is wrong for every target.
func whole(t Type) bool { return t == Email || t == SMS }

// Reasons of a pause.
const (
	PausedMisconfigured = "misconfigured"
	PausedSecretMissing = "secret_missing"
)

// lane is what is remembered of a target between messages, or, with no address, of a whole channel. The zero Instants of it mean none.
type lane struct {
	Type      Type                         `json:"type"`
	Address   string                       `json:"address"`
	Failing   execution.Instant            `json:"failing"`  // since when nothing was delivered that was tried
	Open      execution.Instant            `json:"open"`     // since when nobody is reached: the circuit is open
	ResumeAt  execution.Instant            `json:"resumeAt"` // nothing is sent before
	Paused    string                       `json:"paused,omitempty"`
	PausedAt  execution.Instant            `json:"pausedAt"`
	LastError string                       `json:"lastError,omitempty"`
	Groups    map[string]execution.Instant `json:"groups,omitempty"` // when the windows of groups end
	Tokens    float64                      `json:"tokens"`
	TokensAt  execution.Instant            `json:"tokensAt"`
	UrgentAt  execution.Instant            `json:"urgentAt"` // last message over the hourly limit
	Refused   int                          `json:"refused,omitempty"`
	FellBack  reach                        `json:"fellBack,omitzero"`
	At        execution.Instant            `json:"at"`
}

// reach is of which rows a fallback was considered: those up to Seq that wait no longer than until Due. It is one for the target, because a mark on each row
// costs a transaction for some of them, at the very time when all targets of a network ask for it.
type reach struct {
	Seq uint64            `json:"seq"`
	Due execution.Instant `json:"due"`
}

func (r reach) covers(seq uint64, notBefore execution.Instant) bool {
	return seq <= r.Seq && notBefore <= r.Due
}

var lanes = kv.NewCollection("outbox_lanes", laneSpec())

func laneKey(dst []byte, t Type, address string) []byte {
	return kv.AppendString(kv.AppendString(dst, t), address)
}

func laneSpec() kv.Spec[lane] {
	encode, decode := kv.JSON[lane]()
	return kv.Spec[lane]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, l *lane) []byte { return laneKey(dst, l.Type, l.Address) },
	}
}

func readLane(tx *kv.Tx, s kv.Scope, t Type, address string) (*lane, error) {
	l, err := lanes.Get(tx, s, laneKey(nil, t, address))
	if errors.Is(err, kv.ErrNotFound) {
		none := execution.NoInstant
		return &lane{
			Type: t, Address: address, Failing: none, Open: none, ResumeAt: none, PausedAt: none, UrgentAt: none, TokensAt: none, Tokens: hourly[t],
		}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("state of target: %w", err)
	}
	return l, nil
}

// blocked says until when nothing is sent. What was noted by a clock that has been set back since says nothing.
func (l *lane) blocked(now execution.Instant) (until execution.Instant, yes bool) {
	return l.ResumeAt, l.ResumeAt.Present() && l.ResumeAt > now && !ahead(l.At, now)
}

// hopeless says that no success is near, so that who must be told in time is told elsewhere at once.
func (l *lane) hopeless() bool { return l.Open.Present() || l.Paused != "" }

// ailedFor is how long nothing that was tried has been delivered.
func (l *lane) ailedFor(now execution.Instant) execution.Instant {
	if !l.Failing.Present() || !now.Present() {
		return 0
	}
	return now - l.Failing
}

// refill gives the tokens that came since the last look.
func (l *lane) refill(now execution.Instant) {
	limit, limited := hourly[l.Type]
	if !limited {
		return
	}
	if l.TokensAt.Present() && now > l.TokensAt {
		l.Tokens = min(limit, l.Tokens+limit*float64(now-l.TokensAt)/float64(time.Hour))
	}
	l.TokensAt = now
}

// spent says that the hourly limit is used up, and until when.
func (l *lane) spent(now execution.Instant) (until execution.Instant, yes bool) {
	limit, limited := hourly[l.Type]
	if !limited || l.Tokens >= 1 {
		return 0, false
	}
	return now + execution.Instant((1-l.Tokens)/limit*float64(time.Hour)) + 1, true
}

// window says until when the group waits.
func (l *lane) window(group string, now execution.Instant) (until execution.Instant, yes bool) {
	until, ok := l.Groups[group]
	return until, ok && until > now && until-now <= groupWindow
}

// opened notes that the groups were told now, and forgets windows that have ended.
func (l *lane) opened(groups []string, now execution.Instant) {
	kept := map[string]execution.Instant{}
	for g, until := range l.Groups {
		if until > now && len(kept) < groupsMax {
			kept[g] = until
		}
	}
	for _, g := range groups {
		kept[g] = now + groupWindow
	}
	l.Groups = kept
}

// reached closes the circuit.
func (l *lane) reached() { l.Open, l.ResumeAt = execution.NoInstant, execution.NoInstant }

// succeeded forgets every failure.
func (l *lane) succeeded() {
	l.reached()
	l.Failing, l.PausedAt = execution.NoInstant, execution.NoInstant
	l.Paused, l.LastError, l.Refused = "", "", 0
}

// failed notes a failure.
func (l *lane) failed(why string, now execution.Instant) {
	if !l.Failing.Present() {
		l.Failing = now
	}
	l.LastError = why
}

// unreachable opens the circuit and sets when it is tried again.
func (l *lane) unreachable(why string, now execution.Instant) {
	l.failed(why, now)
	if !l.Open.Present() {
		l.Open = now
	}
	pause := probeFast
	if now-l.Open >= probeFastFor {
		pause = probeSlow
	}
	l.ResumeAt = now + pause
}

// pause stops sending until the settings change, but for a try now and then. fresh: it was not paused before.
func (l *lane) pause(reason, why string, now execution.Instant) (fresh bool) {
	l.failed(why, now)
	fresh = l.Paused == ""
	if fresh {
		l.PausedAt = now
	}
	l.Paused, l.ResumeAt = reason, now+pauseProbe
	return fresh
}

// Channel is the state of a target, or of a whole channel, that does not deliver.
type Channel struct {
	Type      Type              `json:"type"`
	Target    string            `json:"target"` // masked; "": all targets of the channel
	State     string            `json:"state"`  // failing, unreachable, misconfigured or secret_missing
	Since     execution.Instant `json:"since"`
	RetryAt   execution.Instant `json:"retryAt"` // NoInstant: with the next message
	LastError string            `json:"lastError"`
}

// Troubles are the targets and channels that do not deliver.
func Troubles(tx *kv.Tx, s kv.Scope) (list []Channel, err error) {
	err = lanes.Scan(tx, s, kv.Span{}, func(_ []byte, l *lane) (bool, error) {
		c := Channel{Type: l.Type, Target: maskTarget(l.Type, l.Address), Since: l.Failing, RetryAt: l.ResumeAt, LastError: l.LastError}
		switch {
		case l.Paused != "":
			c.State, c.Since = l.Paused, l.PausedAt
		case l.Open.Present():
			c.State, c.Since = "unreachable", l.Open
		case l.Failing.Present():
			c.State = "failing"
		default:
			return true, nil
		}
		list = append(list, c)
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list channels: %w", err)
	}
	return list, nil
}

// severityRank orders severities, the most urgent first.
func severityRank(s alert.Severity) int {
	switch s {
	case alert.Critical:
		return 0
	case alert.Error:
		return 1
	case alert.Warning:
		return 2
	default:
		return 3
	}
}
