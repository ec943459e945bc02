package access

import (
	"time"

	"flowwatch/engine/fault"
)

// LinkOptions say what a link's key is good for.
type LinkOptions struct {
	Name           string        // of the sessions it makes; default "link"
	OneTime        bool          // one session, then never again
	TTL            time.Duration // default 30 minutes
	OrganizationID string
	Roles          []Role
}

type link struct {
	principal Principal
	oneTime   bool
	expiresAt time.Time
}

// NewLink makes a key that Redeem turns into a session. Keys live in memory
// only: a restart forgets them, and whoever printed one prints a new one.
func (s *Store) NewLink(o LinkOptions) (key string, err error) {
	if o.Name == "" {
		o.Name = "link"
	}
	if o.TTL <= 0 {
		o.TTL = linkLife
	}
	if err := checkName(o.Name); err != nil {
		return "", err
	}
	granted, err := checkedRoles(o.Roles)
	if err != nil {
		return "", err
	}
	if !s.HasOrganization(o.OrganizationID) {
		return "", ErrNotFound
	}
	now := s.now()
	key = newSecret()
	s.mu.Lock()
	defer s.mu.Unlock()
	for hash, l := range s.links {
		if !now.Before(l.expiresAt) {
			delete(s.links, hash)
		}
	}
	if len(s.links) >= linksMax {
		return "", fault.New(fault.Exhausted, "too_many", "there are too many open links")
	}
	s.links[hashOf(key)] = &link{oneTime: o.OneTime, expiresAt: now.Add(o.TTL), principal: Principal{
		Name: o.Name, OrganizationID: o.OrganizationID, Roles: granted,
	}}
	return key, nil
}

// Redeem starts a session for a link's key and returns the session's secret.
// A key that is unknown, expired or used up is ErrUnauthorized. When the
// session cannot be stored, a one-time key stays good.
func (s *Store) Redeem(key, address string) (secret string, p Principal, err error) {
	if key == "" || len(key) > secretBytesMax {
		return "", Principal{}, ErrUnauthorized
	}
	hash := hashOf(key)
	s.change.Lock() // two redeemers of one key come one after the other
	s.mu.RLock()
	l := s.links[hash]
	s.mu.RUnlock()
	if l == nil || !s.now().Before(l.expiresAt) {
		s.change.Unlock()
		return "", Principal{}, ErrUnauthorized
	}
	secret, p, ended, err := s.startSession(l.principal, holder{}, address, nil)
	if err == nil && l.oneTime {
		s.mu.Lock()
		delete(s.links, hash)
		s.mu.Unlock()
	}
	s.change.Unlock()
	s.tellAll(ended)
	return secret, p, err
}
