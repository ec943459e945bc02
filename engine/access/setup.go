package access

import (
	"time"

	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
)

var errSetupClosed = fault.New(fault.Conflict, "setup_closed", "the appliance has been set up")

// setupKey is what the set-up link holds. It lives in memory only.
type setupKey struct {
	hash      secretHash
	expiresAt time.Time
}

// SetupOpen says that nobody administers any organisation yet. It is for good:
// the last administrator cannot be removed.
func (s *Store) SetupOpen() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, a := range s.accounts {
		if a.record.Load().administers() {
			return false
		}
	}
	return true
}

// NewSetupKey makes the key with which SetUp makes the first administrator,
// once and within 30 minutes. An earlier key is no good any more.
func (s *Store) NewSetupKey() string {
	key := newSecret()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setup = &setupKey{hash: hashOf(key), expiresAt: s.now().Add(linkLife)}
	return key
}

// SetUp makes the first administrator, of the appliance and of the
// organisation "default", and signs in. A wrong key is ErrUnauthorized; where
// there is an administrator, any key is fault.Conflict. Wrong input leaves the
// key good.
func (s *Store) SetUp(key, address string, in UserChange) (secret string, p Principal, err error) {
	if err := s.checkSetup(key); err != nil {
		return "", Principal{}, err
	}
	active := true
	in.Roles, in.IsActive, in.Clients = &[]Role{ApplianceAdmin, OrgAdmin, WorkflowAdmin}, &active, nil
	r, err := s.newUser(s.defaultID(), in)
	if err != nil {
		return "", Principal{}, err
	}
	s.change.Lock()
	if err = s.checkSetup(key); err == nil { // of two at once one is second
		err = s.storeUser(r, byUser(&r.User, address), audit.SetupUsed, audit.UserCreated)
	}
	s.change.Unlock()
	if err != nil {
		return "", Principal{}, err
	}
	s.mu.Lock()
	s.setup = nil
	a := s.accounts[r.ID]
	s.mu.Unlock()
	return s.signedIn(proof{a, r, r}, address)
}

func (s *Store) checkSetup(key string) error {
	if !s.SetupOpen() {
		return errSetupClosed
	}
	s.mu.RLock()
	known := s.setup
	s.mu.RUnlock()
	if known == nil || key == "" || len(key) > secretBytesMax || hashOf(key) != known.hash || !s.now().Before(known.expiresAt) {
		return ErrUnauthorized
	}
	return nil
}
