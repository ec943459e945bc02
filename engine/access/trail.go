package access

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"flowwatch/engine/audit"
	"flowwatch/kv"
)

// What is noted of who may do what, each in the transaction of its change and in the chain of the organisation that it is about.
const (
	objectUser             = "user"
	objectToken            = "token"
	objectOrganization     = "organization"
	objectSession          = "session"
	failuresNotedAddresses = 10 // that one entry about failures names
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

// failures are sign-ins that went wrong and are not noted yet. They wait, for a moment, so that an unknown login and a wrong password take the
// same time, and so that a flood of them is one entry.
type failures struct {
	mu      sync.Mutex // guards waiting
	waiting map[string]*failure
}

// failure is of one account that exists.
type failure struct {
	user      User
	count     int
	addresses []string
}

func (f *failures) add(u *User, address string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waiting == nil {
		f.waiting = map[string]*failure{}
	}
	one := f.waiting[u.ID]
	if one == nil {
		one = &failure{user: *u}
		f.waiting[u.ID] = one
	}
	one.count++
	if len(one.addresses) < failuresNotedAddresses && !slices.Contains(one.addresses, address) {
		one.addresses = append(one.addresses, address)
	}
}

func (f *failures) take() map[string]*failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := f.waiting
	f.waiting = nil
	return taken
}

// NoteFailures writes the sign-ins that went wrong into the audit, an entry an account. Call it about once a second.
func (s *Store) NoteFailures() error {
	for _, f := range s.failures.take() {
		c, err := s.chain(f.user.OrganizationID)
		if err != nil {
			return err
		}
		by := audit.By{Actor: audit.Actor{ID: audit.Nobody, Name: audit.Nobody, Type: audit.Nobody}, IP: f.addresses[0]}
		err = s.batch("note failed sign-ins", func(tx *kv.Tx) error {
			return c.note(tx, audit.LoginFailed, by, audit.Object{Type: objectUser, ID: f.user.ID},
				map[string]any{"count": f.count, "addresses": f.addresses})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
