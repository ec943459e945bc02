package access

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"flowwatch/engine/audit"
	"flowwatch/kv"
)

// What entries are about. Each is written in the transaction of its change and in the chain of the organisation that is changed.
const (
	objectUser         = "user"
	objectToken        = "token"
	objectPingKey      = "ping_key"
	objectFeedKey      = "feed_key"
	objectOrganization = "organization"
	objectSession      = "session"
)

// chain is the audit of one organisation.
type chain struct {
	scope kv.Scope
	now   func() time.Time
}

// chain opens an organisation's audit. It must not be called within a transaction.
func (s *Store) chain(organizationID string) (chain, error) {
	scope, err := s.db.Scope(kv.TenantID(organizationID))
	if err != nil {
		return chain{}, fmt.Errorf("open audit: %w", err)
	}
	return chain{scope, s.now}, nil
}

func (c chain) note(tx *kv.Tx, event string, by audit.By, object audit.Object, details any) error {
	return audit.Append(tx, c.scope, c.now(), audit.Entry{Event: event, By: by, Object: object, Details: details})
}

// noteEnded notes that a change of a user has ended sessions, if it has.
func (c chain) noteEnded(tx *kv.Tx, by audit.By, userID string, ended []*credential) error {
	if len(ended) == 0 {
		return nil
	}
	ids := make([]string, 0, len(ended))
	for _, e := range ended {
		ids = append(ids, e.principal.ID)
	}
	return c.note(tx, audit.SessionsRevoked, by, audit.Object{Type: objectUser, ID: userID}, map[string]any{"sessions": ids})
}

// Why a session has ended that nobody ended.
const (
	endedIdle    = "idle"  // not used for sessionIdle
	endedAge     = "age"   // sessionLife after its start
	endedByLimit = "limit" // the organisation had sessionsPerOrganizationMax others, used later
)

// noteLapsed notes that a session has ended which nobody ended.
func (c chain) noteLapsed(tx *kv.Tx, ended *credential, byLimit bool) error {
	reason, at := endedByLimit, c.now()
	if !byLimit {
		reason, at = endedIdle, ended.expiry()
		if at.Equal(ended.principal.ExpiresAt) {
			reason = endedAge
		}
	}
	details := map[string]any{"reason": reason, "userId": ended.who(at).UserID, "endedAt": at.UTC().Truncate(time.Millisecond)}
	return c.note(tx, audit.SessionEnded, audit.System(), audit.Object{Type: objectSession, ID: ended.principal.ID}, details)
}

// byUser is the user, who acts from the address.
func byUser(u *User, address string) audit.By {
	return audit.By{Actor: audit.Actor{ID: u.ID, Name: u.Name, Type: audit.User}, IP: address}
}

// by is a principal who acts from the address.
func (p Principal) by(address string) audit.By {
	kind := audit.Token
	if p.Kind == KindSession {
		kind = audit.User
	}
	return audit.By{Actor: audit.Actor{ID: p.Who(), Name: p.Name, Type: kind}, IP: address}
}

// fieldChange is one field before and after.
type fieldChange struct {
	Old any `json:"old"`
	New any `json:"new"`
}

// userChanges are what differs between two states of a user; of contacts only that they differ.
func userChanges(old, next *User) map[string]fieldChange {
	changes := map[string]fieldChange{}
	add := func(field string, differs bool, old, next any) {
		if differs {
			changes[field] = fieldChange{old, next}
		}
	}
	add("login", old.Login != next.Login, old.Login, next.Login)
	add("name", old.Name != next.Name, old.Name, next.Name)
	add("email", old.Email != next.Email, mark(old.Email), mark(next.Email))
	add("phone", old.Phone != next.Phone, mark(old.Phone), mark(next.Phone))
	add("roles", !slices.Equal(old.Roles, next.Roles), old.Roles, next.Roles)
	add("clients", !slices.Equal(old.Clients, next.Clients), old.Clients, next.Clients)
	add("isActive", old.IsActive != next.IsActive, old.IsActive, next.IsActive)
	return changes
}

// mark says of a contact only whether there is one.
func mark(contact string) string {
	if contact == "" {
		return ""
	}
	return "***"
}

// Limits of noting sign-ins that went wrong: who guesses passwords all day must not fill the disk.
const (
	failuresNotedPerMinute = 30 // entries of one organisation
	failuresNotedAddresses = 10 // that one entry names
)

// failures are sign-ins that went wrong and are not noted yet. They wait, for a moment, so that an unknown login and a wrong password take the
// same time, and so that a flood of them is one entry. At most one waits for each account.
type failures struct {
	noting sync.Mutex // held while some are written

	mu      sync.Mutex // guards the rest
	waiting map[string]*failure
	noted   map[string]*notedFailures // by organisation
}

// failure is of one account that exists.
type failure struct {
	user       User
	count      int
	suppressed int // of the count, while the organisation had too many entries
	addresses  []string
}

// notedFailures counts the entries of one minute.
type notedFailures struct {
	since   time.Time
	entries int
}

func (f *failures) add(u *User, address string) {
	f.keep(&failure{user: *u, count: 1, addresses: []string{address}})
}

// keep lets a failure wait, with others of its account.
func (f *failures) keep(next *failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waiting == nil {
		f.waiting, f.noted = map[string]*failure{}, map[string]*notedFailures{}
	}
	one := f.waiting[next.user.ID]
	if one == nil {
		f.waiting[next.user.ID] = next
		return
	}
	one.count += next.count
	one.suppressed += next.suppressed
	for _, address := range next.addresses {
		if len(one.addresses) < failuresNotedAddresses && !slices.Contains(one.addresses, address) {
			one.addresses = append(one.addresses, address)
		}
	}
}

// take returns what may be noted now; the rest goes on waiting.
func (f *failures) take(now time.Time) (ready []*failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, one := range f.waiting {
		n := f.noted[one.user.OrganizationID]
		if n == nil || now.Sub(n.since) >= time.Minute {
			n = &notedFailures{since: now}
			f.noted[one.user.OrganizationID] = n
		}
		if n.entries >= failuresNotedPerMinute {
			one.suppressed = one.count
			continue
		}
		n.entries++
		ready = append(ready, one)
		delete(f.waiting, id)
	}
	return ready
}

// NoteFailures writes the sign-ins that went wrong into the audit: an entry an account, and at most failuresNotedPerMinute an organisation;
// what is more is counted in a later entry, as suppressed. What cannot be written, on a full disk, waits. When it returns, what another call was writing is
// there, too. Call it about once a second.
func (s *Store) NoteFailures() error {
	s.failures.noting.Lock()
	defer s.failures.noting.Unlock()
	ready := s.failures.take(s.now())
	for i, f := range ready {
		if err := s.noteFailure(f); err != nil {
			for _, unwritten := range ready[i:] {
				s.failures.keep(unwritten)
			}
			return err
		}
	}
	return nil
}

func (s *Store) noteFailure(f *failure) error {
	c, err := s.chain(f.user.OrganizationID)
	if err != nil {
		return err
	}
	by := audit.System()
	by.IP = f.addresses[0]
	details := map[string]any{"count": f.count, "suppressed": f.suppressed, "addresses": f.addresses}
	return s.batch("note failed sign-ins", func(tx *kv.Tx) error {
		return c.note(tx, audit.LoginFailed, by, audit.Object{Type: objectUser, ID: f.user.ID}, details)
	})
}
