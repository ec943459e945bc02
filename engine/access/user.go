package access

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"flowwatch/kv"
)

// User is a person of one organisation. ID is a UUIDv7 and never changes.
type User struct {
	ID             string    `json:"id"`
	OrganizationID string    `json:"organizationId"`
	Login          string    `json:"login"` // unique on the appliance, whatever the case of its letters
	Name           string    `json:"name"`
	Email          string    `json:"email,omitempty"`
	Phone          string    `json:"phone,omitempty"`
	Roles          []Role    `json:"roles"`
	Clients        []string  `json:"clients,omitempty"` // the clientRefs whose executions the person sees; empty: all
	IsActive       bool      `json:"isActive"`
	Version        int64     `json:"version"` // from 1, and one more with each change
	CreatedAt      time.Time `json:"createdAt"`
	UpdatedAt      time.Time `json:"updatedAt"`
	SecondFactor   bool      `json:"-"` // a one-time password is asked for
}

// userRecord is immutable: a change stores another one.
type userRecord struct {
	User
	Password string        `json:"password"` // PHC text of the hash
	Factor   *secondFactor `json:"factor,omitempty"`
}

var users = func() *kv.Collection[userRecord] {
	encode, decode := kv.JSON[userRecord]()
	return kv.NewCollection("access_users", kv.Spec[userRecord]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, r *userRecord) []byte {
			return kv.AppendString(kv.AppendString(dst, r.OrganizationID), r.ID)
		},
		Indexes: []kv.Index[userRecord]{{
			Name: "login", Unique: true,
			Keys: func(r *userRecord, emit func([]byte)) { emit(kv.AppendString(nil, folded(r.Login))) },
		}},
	})
}()

// folded is a login as it is compared.
func folded(login string) string { return strings.ToLower(login) }

// shown is the user as others may see it.
func (r *userRecord) shown() User {
	u := r.User
	u.SecondFactor = r.asksCode()
	return u
}

// asksCode says that a sign-in needs a one-time password.
func (r *userRecord) asksCode() bool { return r.Factor != nil && r.Factor.Confirmed }

// administers says that the user can manage users of the organisation.
func (r *userRecord) administers() bool { return r.IsActive && slices.Contains(r.Roles, OrgAdmin) }

// account is one user as all sessions of the user see it: what it points to is
// exchanged when the user changes, so that a change holds at once.
type account struct{ record atomic.Pointer[userRecord] }

func newAccount(r *userRecord) *account {
	a := new(account)
	a.record.Store(r)
	return a
}

// Users lists the organisation's users, oldest first.
func (s *Store) Users(organizationID string) []User {
	out := []User{}
	s.mu.RLock()
	for _, a := range s.accounts {
		if r := a.record.Load(); r.OrganizationID == organizationID {
			out = append(out, r.shown())
		}
	}
	s.mu.RUnlock()
	return sortedByID(out, func(u *User) string { return u.ID })
}

// User returns the organisation's user. An id that is unknown or another
// organisation's is ErrNotFound.
func (s *Store) User(organizationID, id string) (User, error) {
	a, err := s.account(organizationID, id)
	if err != nil {
		return User{}, err
	}
	return a.record.Load().shown(), nil
}

// UserNamed returns the user of a login, or ErrNotFound.
func (s *Store) UserNamed(login string) (User, error) {
	a := s.accountNamed(login)
	if a == nil {
		return User{}, ErrNotFound
	}
	return a.record.Load().shown(), nil
}

func (s *Store) account(organizationID, id string) (*account, error) {
	s.mu.RLock()
	a := s.accounts[id]
	s.mu.RUnlock()
	if a == nil || a.record.Load().OrganizationID != organizationID {
		return nil, ErrNotFound
	}
	return a, nil
}

// accountNamed is nil for a login that nobody has.
func (s *Store) accountNamed(login string) *account {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.logins[folded(login)]
}

// keepAccount takes a stored user into memory, or the user's next state.
func (s *Store) keepAccount(r *userRecord) *account {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[r.ID]
	if a == nil {
		a = newAccount(r)
		s.accounts[r.ID] = a
	} else {
		delete(s.logins, folded(a.record.Load().Login))
		a.record.Store(r)
	}
	s.logins[folded(r.Login)] = a
	return a
}

func (s *Store) dropAccount(r *userRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.accounts, r.ID)
	delete(s.logins, folded(r.Login))
}

// touchedBy are the sessions whose rights are the user's: their own, and those of screens that they let in.
func (s *Store) touchedBy(a *account) []*credential {
	return append(s.sessionsOf(a), s.departing(func(k *kiosk) bool { return k.user == a }).sessions...)
}

// sessionsOf are the sessions of a user.
func (s *Store) sessionsOf(a *account) (all []*credential) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, c := range s.principals {
		if c.account == a {
			all = append(all, c)
		}
	}
	return all
}
