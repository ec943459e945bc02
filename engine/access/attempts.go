package access

import (
	"sync"
	"time"
)

// Limits of wrong passwords. A lock-out doubles each time up to the longest,
// and is forgotten after an hour without failures.
const (
	failuresOfAccountMax = 10 // a minute, of one account from one address
	failuresOfAddressMax = 60 // a minute, of one address whatever the account
	failuresWithin       = time.Minute
	lockoutFirst         = time.Minute
	lockoutLongest       = 15 * time.Minute
	lockoutsForgotten    = time.Hour
	attemptsKept         = 10_000 // beyond, the calmest are dropped
)

// attempts counts failures by key. It is safe for concurrent use. It is in
// memory only: a restart forgives.
type attempts struct {
	mu    sync.Mutex // guards known
	known map[secretHash]*attempt
}

type attempt struct {
	failures int
	since    time.Time // when the failures began to be counted
	last     time.Time
	until    time.Time // of the lock-out; zero or past: none
	lockouts int
}

func newAttempts() *attempts { return &attempts{known: map[secretHash]*attempt{}} }

// wait is how long the keys are still locked out, 0 when they are not.
func (a *attempts) wait(now time.Time, keys ...secretHash) (longest time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range keys {
		if k := a.known[key]; k != nil {
			longest = max(longest, k.until.Sub(now))
		}
	}
	return longest
}

// failed counts one failure; most in a minute lock the key out.
func (a *attempts) failed(now time.Time, key secretHash, most int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := a.known[key]
	if k == nil {
		if len(a.known) >= attemptsKept {
			a.sweep(now)
		}
		k = &attempt{since: now}
		a.known[key] = k
	}
	if now.Sub(k.last) >= lockoutsForgotten {
		k.lockouts = 0
	}
	if now.Sub(k.since) >= failuresWithin {
		k.failures, k.since = 0, now
	}
	k.last = now
	if k.failures++; k.failures >= most {
		k.until = now.Add(min(lockoutFirst<<k.lockouts, lockoutLongest))
		k.failures, k.since = 0, now
		if lockoutFirst<<k.lockouts < lockoutLongest {
			k.lockouts++
		}
	}
}

// succeeded forgets the failures of a key.
func (a *attempts) succeeded(key secretHash) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.known, key)
}

// sweep makes room: whoever is calm goes, and when nobody is, everybody who is
// not locked out. The caller has mu.
func (a *attempts) sweep(now time.Time) {
	for _, calm := range []time.Duration{lockoutsForgotten, failuresWithin, 0} {
		for key, k := range a.known {
			if now.Sub(k.last) >= calm && !now.Before(k.until) {
				delete(a.known, key)
			}
		}
		if len(a.known) < attemptsKept {
			return
		}
	}
	clear(a.known) // ten thousand are locked out at once: no list would help
}
