// Package access knows who may do what: organisations, API tokens, browser
// sessions, one-time links, and the one table from rights to roles.
//
// Secrets have 256 bits and are stored only as their SHA-256. All tokens and
// sessions are held in memory, so that checking a secret is one hash and one
// look-up, also for secrets that nobody knows. The database must therefore
// have no other writer of these records; kv's lock sees to that.
package access

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// Named limits.
const (
	nameRunesMax               = 255
	organizationsMax           = 1000
	tokensPerOrganizationMax   = 1000
	sessionsPerOrganizationMax = 5000 // beyond, the one unused longest ends
	linksMax                   = 100
	secretBytesMax             = 512
	bootstrapSecretBytesMin    = 16
	sessionIdle                = 12 * time.Hour
	sessionLife                = 7 * 24 * time.Hour
	linkLife                   = 30 * time.Minute
	usesWrittenEvery           = 5 * time.Minute
	usesKeptEvery              = time.Second // how exact the last use is in memory
	storageFullRetry           = 5 * time.Second
)

// Fixed names of what the first start makes.
const (
	defaultOrganization = "default"
	bootstrapName       = "bootstrap"
)

// ErrUnauthorized is returned for secrets that are unknown, expired, revoked
// or, if they may be used once, used. All of them look alike.
var ErrUnauthorized = fault.New(fault.Unauthorized, "unauthorized", "no valid token or session")

// ErrNotFound is returned for ids that are unknown or another organisation's.
var ErrNotFound = fault.New(fault.NotFound, "not_found", "not found")

// Store keeps organisations, tokens and sessions. It is safe for concurrent
// use. It starts no goroutine: call Flush about once a minute, and Close at
// the end, so that last uses and sliding sessions reach the disk.
type Store struct {
	db    *kv.DB
	scope kv.Scope
	now   func() time.Time

	hasher   *hasher
	attempts *attempts
	failures failures
	vault    Vault // nil: none

	// change is held over each change, from its checks to its commit and to
	// its effect on the maps below. It is taken before mu.
	change sync.Mutex

	mu            sync.RWMutex // guards the maps; never held over I/O
	organizations map[string]Organization
	secrets       map[secretHash]*credential
	principals    map[string]*credential
	accounts      map[string]*account // by the user's id
	logins        map[string]*account // by the folded login
	links         map[secretHash]*link
	kiosks        map[secretHash]*kiosk
	pings, feeds  urlKeyring
	setup         *setupKey // nil: none was made
	listeners     map[int]func(principalID string)
	nextListener  int

	removal func(by audit.By, organizationID, owner string) Removal // nil: nothing is anybody's
}

// NewStore loads what db holds; in an empty one it makes the organisation
// "default". now may be nil: time.Now.
func NewStore(db *kv.DB, now func() time.Time) (*Store, error) {
	if now == nil {
		now = time.Now
	}
	s := &Store{
		db: db, scope: db.System(), now: now,
		organizations: map[string]Organization{}, secrets: map[secretHash]*credential{},
		principals: map[string]*credential{}, links: map[secretHash]*link{}, kiosks: map[secretHash]*kiosk{}, pings: newPingKeys(), feeds: newFeedKeys(),
		accounts: map[string]*account{}, logins: map[string]*account{}, hasher: newHasher(), attempts: newAttempts(),
		listeners: map[int]func(string){},
	}
	if err := db.View(s.load); err != nil {
		return nil, fmt.Errorf("load access: %w", err)
	}
	if len(s.organizations) == 0 {
		if _, err := s.EnsureOrganization(defaultOrganization); err != nil {
			return nil, fmt.Errorf("make organisation %s: %w", defaultOrganization, err)
		}
	}
	return s, nil
}

// Collections lists what the package stores, for kv's check.
func Collections() []kv.Checker {
	return []kv.Checker{organizations, tokens, users, sessions, starts, kiosks, pingKeys, feedKeys}
}

func (s *Store) load(tx *kv.Tx) error {
	err := organizations.Scan(tx, s.scope, kv.Span{}, func(_ []byte, o *Organization) (bool, error) {
		s.organizations[o.ID] = *o
		return true, nil
	})
	if err != nil {
		return err
	}
	err = tokens.Scan(tx, s.scope, kv.Span{}, func(_ []byte, r *tokenRecord) (bool, error) {
		s.add(r.credential())
		return true, nil
	})
	if err != nil {
		return err
	}
	err = users.Scan(tx, s.scope, kv.Span{}, func(_ []byte, r *userRecord) (bool, error) {
		s.keepAccount(r)
		return true, nil
	})
	if err != nil {
		return err
	}
	err = kiosks.Scan(tx, s.scope, kv.Span{}, func(_ []byte, r *kioskRecord) (bool, error) {
		s.keepKiosk(r)
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, keys := range []*urlKeyring{&s.pings, &s.feeds} {
		if err := keys.load(tx, s.scope); err != nil {
			return err
		}
	}
	now := s.now()
	err = sessions.Scan(tx, s.scope, kv.Span{}, func(_ []byte, r *sessionRecord) (bool, error) {
		// Expired ones are loaded too, so that Flush removes them from disk.
		s.add(r.credential(now, s.holderOf(r)))
		return true, nil
	})
	for _, k := range s.kiosks {
		s.findSharer(k) // who shared may be a link's session
	}
	return err
}

// OnChange calls fn with the id of each principal whose token is revoked,
// whose session is ended, or whose rights may have changed, on the goroutine
// that does it and after it is durable. fn must be quick, and asks Present
// what holds now. Expiry is not told.
func (s *Store) OnChange(fn func(principalID string)) (cancel func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.nextListener
	s.nextListener++
	s.listeners[id] = fn
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, id)
	}
}

// tell must be called without mu.
func (s *Store) tell(principalID string) {
	s.mu.RLock()
	fns := make([]func(string), 0, len(s.listeners))
	for _, fn := range s.listeners {
		fns = append(fns, fn)
	}
	s.mu.RUnlock()
	for _, fn := range fns {
		fn(principalID)
	}
}

func (s *Store) tellAll(all []*credential) {
	for _, c := range all {
		s.tell(c.principal.ID)
	}
}

// Present returns the principal as it is now, or ErrUnauthorized when its
// token or session holds no more: it is revoked or has expired. It is no use
// and prolongs nothing. For connections that outlive their first check.
func (s *Store) Present(principalID string) (Principal, error) {
	s.mu.RLock()
	c := s.principals[principalID]
	s.mu.RUnlock()
	if c == nil || !c.validAt(s.now()) {
		return Principal{}, ErrUnauthorized
	}
	return c.who(s.now()), nil
}

func (s *Store) add(c *credential) {
	s.secrets[c.hash] = c
	s.principals[c.principal.ID] = c
}

func (s *Store) remove(c *credential) {
	delete(s.secrets, c.hash)
	delete(s.principals, c.principal.ID)
}

// batch commits fn. A full disk becomes the error that callers may show.
func (s *Store) batch(operation string, fn func(tx *kv.Tx) error) error {
	err := s.db.Batch(fn)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kv.ErrFull):
		return fault.New(fault.StorageFull, "storage_full", "the change could not be stored").After(storageFullRetry).Wrap(err)
	default:
		return fmt.Errorf("%s: %w", operation, err)
	}
}

// sortedByID puts the oldest first: UUIDv7 rise with time.
func sortedByID[T any](items []T, id func(*T) string) []T {
	slices.SortFunc(items, func(a, b T) int { return strings.Compare(id(&a), id(&b)) })
	return items
}
