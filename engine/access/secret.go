package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// secretHash is all that is kept of a secret. A secret has 256 bits, so one
// round without salt is enough.
type secretHash [sha256.Size]byte

func hashOf(secret string) secretHash {
	var b [128]byte // on the stack, for all secrets made here
	return sha256.Sum256(append(b[:0], secret...))
}

// newSecret gives 256 random bits as 52 letters and digits.
func newSecret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: the program ends instead
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

// newID gives a UUIDv7.
func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

// credential is a token or a session as it is held in memory.
type credential struct {
	principal Principal // a session's ExpiresAt is its end whatever its use
	holder              // of a session
	hash      secretHash
	createdAt time.Time
	usedMs    atomic.Int64 // Unix ms of the last use, 0 = none
	writtenMs int64        // usedMs on disk; guarded by Store.change
}

// holder is whose a session is: a user's, a screen's, or nobody's.
type holder struct {
	account *account // of a user's session; nil: not a user's
	kiosk   *kiosk   // the link that a screen was signed in by; nil: not a screen's
}

// expiry is when the credential ends if it is not used any more; zero: never.
func (c *credential) expiry() time.Time {
	if c.principal.Kind != KindSession || c.kiosk != nil {
		return c.principal.ExpiresAt
	}
	idle := time.UnixMilli(c.usedMs.Load()).Add(sessionIdle).UTC()
	if idle.Before(c.principal.ExpiresAt) {
		return idle
	}
	return c.principal.ExpiresAt
}

func (c *credential) validAt(now time.Time) bool {
	if c.kiosk != nil {
		if _, there := c.kiosk.sharer(now); !there {
			return false
		}
	}
	return !c.expiredAt(now)
}

func (c *credential) expiredAt(now time.Time) bool {
	end := c.expiry()
	return !end.IsZero() && !now.Before(end)
}

// use notes the use and returns the principal as it is after it.
func (c *credential) use(now time.Time) Principal {
	ms, last := now.UnixMilli(), c.usedMs.Load()
	if ms-last >= usesKeptEvery.Milliseconds() {
		c.usedMs.CompareAndSwap(last, ms) // whoever else was first, was now
	}
	return c.who(now)
}

// who is the principal as it is now. What a user is and may do comes from the
// user and not from the sign-in.
func (c *credential) who(now time.Time) Principal {
	p := c.principal
	p.ExpiresAt = c.expiry()
	if c.account != nil {
		u := &c.account.record.Load().User
		p.UserID, p.Login, p.Name, p.Roles, p.Clients = u.ID, u.Login, u.Name, u.Roles, u.Clients
	}
	if c.kiosk != nil {
		p = c.kiosk.opened(p, now)
	}
	return p
}

// find returns the valid credential of a kind with the secret, or nil.
func (s *Store) find(secret string, kind Kind, now time.Time) *credential {
	if secret == "" || len(secret) > secretBytesMax {
		return nil
	}
	hash := hashOf(secret)
	s.mu.RLock()
	c := s.secrets[hash]
	s.mu.RUnlock()
	if c == nil || c.principal.Kind != kind || !c.validAt(now) {
		return nil
	}
	return c
}
