package access

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"flowwatch/engine/audit"
	"flowwatch/kv"
)

type sessionRecord struct {
	Hash           []byte    `json:"hash"`
	ID             string    `json:"id"`
	UserID         string    `json:"userId,omitempty"` // "": a link's session, with the next two
	Kiosk          []byte    `json:"kiosk,omitempty"`  // hash of the key that a screen was signed in by
	Name           string    `json:"name,omitempty"`
	Roles          []Role    `json:"roles,omitempty"`
	OrganizationID string    `json:"organizationId"`
	CreatedAt      time.Time `json:"createdAt"`
	UsedAt         time.Time `json:"usedAt"`
}

var sessions = func() *kv.Collection[sessionRecord] {
	encode, decode := kv.JSON[sessionRecord]()
	return kv.NewCollection("access_sessions", kv.Spec[sessionRecord]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, r *sessionRecord) []byte { return append(dst, r.Hash...) },
	})
}()

// credential limits the last use to now, so that a clock that was once wrong
// does not prolong a session. of is whose it is.
func (r *sessionRecord) credential(now time.Time, of holder) *credential {
	c := &credential{createdAt: r.CreatedAt, holder: of, principal: Principal{
		ID: r.ID, Name: r.Name, OrganizationID: r.OrganizationID, Roles: r.Roles, Kind: KindSession,
		ExpiresAt: r.CreatedAt.Add(sessionLife),
	}}
	if of.kiosk != nil {
		c.principal.ExpiresAt = of.kiosk.ExpiresAt
	}
	copy(c.hash[:], r.Hash)
	c.writtenMs = r.UsedAt.UnixMilli()
	c.usedMs.Store(min(c.writtenMs, now.UnixMilli()))
	return c
}

func (c *credential) session() *sessionRecord {
	r := &sessionRecord{
		Hash: c.hash[:], ID: c.principal.ID, Name: c.principal.Name, OrganizationID: c.principal.OrganizationID,
		Roles: c.principal.Roles, CreatedAt: c.createdAt, UsedAt: time.UnixMilli(c.usedMs.Load()).UTC(),
	}
	if c.account != nil {
		r.UserID = c.account.record.Load().ID
	}
	if c.kiosk != nil {
		r.Kiosk = c.kiosk.Hash
	}
	return r
}

// holderOf is whose a stored session is. It must be called with mu held, or before anybody else has the Store.
func (s *Store) holderOf(r *sessionRecord) holder {
	h := holder{account: s.accounts[r.UserID]}
	if len(r.Kiosk) > 0 {
		h.kiosk = s.kiosks[(&kioskRecord{Hash: r.Kiosk}).hashed()]
	}
	return h
}

// Session returns whom the session's secret belongs to, or ErrUnauthorized,
// and prolongs the session: it ends 12 hours after its last use and at most
// 7 days after its start. It does no I/O; see Flush.
func (s *Store) Session(secret string) (Principal, error) {
	now := s.now()
	c := s.find(secret, KindSession, now)
	if c == nil {
		return Principal{}, ErrUnauthorized
	}
	return c.use(now), nil
}

// EndSession ends the session, if there is one.
func (s *Store) EndSession(secret, address string) error {
	s.change.Lock()
	c := s.find(secret, KindSession, s.now())
	if c == nil {
		s.change.Unlock()
		return nil
	}
	err := s.signOut(c, address)
	s.change.Unlock()
	if err == nil {
		s.tell(c.principal.ID)
	}
	return err
}

// signOut ends a session that its owner wants ended.
func (s *Store) signOut(c *credential, address string) error {
	p := c.who(s.now())
	chain, err := s.chain(p.OrganizationID)
	if err != nil {
		return err
	}
	ended := []*credential{c}
	err = s.batch("end session", func(tx *kv.Tx) error {
		if err := s.deleteSessions(tx, ended); err != nil {
			return err
		}
		return chain.note(tx, audit.Logout, p.by(address), audit.Object{Type: objectSession, ID: p.ID}, nil)
	})
	if err == nil {
		s.forgetSessions(ended)
	}
	return err
}

// startSession makes a session, of a user, of a screen or as a link says; when
// the organisation has too many, the one unused longest ends. also, if there
// is one, is stored with it. It must be called with change held, and whom it
// returns as ended must be told without it.
func (s *Store) startSession(p Principal, of holder, address string, also func(tx *kv.Tx) error) (secret string, started Principal, ended []*credential, err error) {
	now := s.now().UTC()
	id, err := newID()
	if err != nil {
		return "", Principal{}, nil, fmt.Errorf("start session: %w", err)
	}
	secret = newSecret()
	p.ID, p.Kind, p.ExpiresAt = id, KindSession, now.Add(sessionLife)
	if of.kiosk != nil {
		p.ExpiresAt = of.kiosk.ExpiresAt
	}
	c := &credential{principal: p, holder: of, hash: hashOf(secret), createdAt: now, writtenMs: now.UnixMilli()}
	c.usedMs.Store(c.writtenMs)
	chain, err := s.chain(p.OrganizationID)
	if err != nil {
		return "", Principal{}, nil, err
	}
	by := c.who(now).by(address)
	err = s.batch("start session", func(tx *kv.Tx) error {
		if also != nil {
			if err := also(tx); err != nil {
				return err
			}
		}
		if err := chain.note(tx, audit.Login, by, audit.Object{Type: objectSession, ID: id}, nil); err != nil {
			return err
		}
		return sessions.Put(tx, s.scope, c.session())
	})
	if err != nil {
		return "", Principal{}, nil, err
	}
	s.mu.Lock()
	s.add(c)
	s.mu.Unlock()
	ended = s.surplusSessions(p.OrganizationID)
	if err := s.lapseSessions(ended, true); err != nil {
		ended = nil // the limit is not worth failing for; the next start tries again
	}
	return secret, c.use(now), ended, nil
}

func (s *Store) surplusSessions(organizationID string) []*credential {
	var all []*credential
	s.mu.RLock()
	for _, c := range s.principals {
		if c.principal.Kind == KindSession && c.kiosk == nil && c.principal.OrganizationID == organizationID {
			all = append(all, c)
		}
	}
	s.mu.RUnlock()
	if len(all) <= sessionsPerOrganizationMax {
		return nil
	}
	slices.SortFunc(all, func(a, b *credential) int { return cmp.Compare(a.usedMs.Load(), b.usedMs.Load()) })
	return all[:len(all)-sessionsPerOrganizationMax]
}

// lapseSessions removes sessions that nobody ended, because of the limit or
// because they have expired, from disk in the transaction in which that is
// noted, and then from memory. It must be called with change held.
func (s *Store) lapseSessions(ended []*credential, byLimit bool) error {
	if len(ended) == 0 {
		return nil
	}
	chains := map[string]chain{} // by organisation; opened before the transaction
	for _, c := range ended {
		id := c.principal.OrganizationID
		if _, open := chains[id]; open {
			continue
		}
		var err error
		if chains[id], err = s.chain(id); err != nil {
			return err
		}
	}
	err := s.batch("end session", func(tx *kv.Tx) error {
		for _, c := range ended {
			if err := chains[c.principal.OrganizationID].noteLapsed(tx, c, byLimit); err != nil {
				return err
			}
		}
		return s.deleteSessions(tx, ended)
	})
	if err == nil {
		s.forgetSessions(ended)
	}
	return err
}

// deleteSessions removes sessions from disk.
func (s *Store) deleteSessions(tx *kv.Tx, ended []*credential) error {
	for _, c := range ended {
		if err := sessions.Delete(tx, s.scope, c.session()); err != nil {
			return err
		}
	}
	return nil
}

// forgetSessions removes sessions from memory, which ends them.
func (s *Store) forgetSessions(ended []*credential) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range ended {
		s.remove(c)
	}
}
