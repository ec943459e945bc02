package access

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// Limits of dashboards that are shared.
const (
	kioskLife                = 90 * 24 * time.Hour
	kiosksPerOrganizationMax = 200 // dashboards that are shared at a time
	kioskSessionsPerLinkMax  = 20  // screens; beyond, the one unused longest ends
	kioskName                = "kiosk"
)

// kioskRecord is a dashboard's link for a screen on the wall. Its key is good until it expires, another takes its place, or it is taken back.
type kioskRecord struct {
	Hash           []byte    `json:"hash"`
	DashboardID    string    `json:"dashboardId"`
	OrganizationID string    `json:"organizationId"`
	SharedBy       string    `json:"sharedBy"` // user or token
	CreatedAt      time.Time `json:"createdAt"`
	ExpiresAt      time.Time `json:"expiresAt"`
}

var kiosks = func() *kv.Collection[kioskRecord] {
	encode, decode := kv.JSON[kioskRecord]()
	return kv.NewCollection("access_kiosks", kv.Spec[kioskRecord]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, r *kioskRecord) []byte { return append(dst, r.Hash...) },
	})
}()

// kiosk is a link as it is held in memory. Who opens it sees what its sharer may see, as long as the sharer may see anything.
type kiosk struct {
	kioskRecord
	user  *account    // who shared it; nil: a token did
	token *credential // that shared it, or a session that is no user's
}

// KioskLink is a link as it is shown: without its key.
type KioskLink struct {
	SharedBy  string
	CreatedAt time.Time
	ExpiresAt time.Time
	Screens   []KioskScreen // that are signed in by it, oldest first
}

// KioskScreen is a session that a link has started.
type KioskScreen struct {
	ID         string
	CreatedAt  time.Time
	LastUsedAt time.Time
}

var errTooManyKiosks = fault.New(fault.Conflict, "too_many", "the organisation shares too many dashboards")

// hashed is the key's hash in memory's form.
func (r *kioskRecord) hashed() (h secretHash) {
	copy(h[:], r.Hash)
	return h
}

// sharer is who shared the link, as it is now; false: not here any more.
func (k *kiosk) sharer(now time.Time) (Principal, bool) {
	switch {
	case k.user != nil:
		u := k.user.record.Load()
		return Principal{Roles: u.Roles, Clients: u.Clients}, u.IsActive
	case k.token != nil:
		return k.token.principal, k.token.validAt(now)
	}
	return Principal{}, false
}

// opened is p, a screen's session, with what it may see now.
func (k *kiosk) opened(p Principal, now time.Time) Principal {
	p.Kiosk, p.Name, p.Roles, p.Clients = k.DashboardID, kioskName, nil, nil
	if sharer, there := k.sharer(now); there && sharer.Can(ReadMonitoring) {
		p.Roles, p.Clients = []Role{Viewer}, sharer.Clients
	}
	return p
}

// keepKiosk takes a stored link into memory. It must be called with mu held, or before anybody else has the Store.
func (s *Store) keepKiosk(r *kioskRecord) {
	k := &kiosk{kioskRecord: *r}
	s.findSharer(k)
	s.kiosks[r.hashed()] = k
}

func (s *Store) findSharer(k *kiosk) {
	k.user, k.token = s.accounts[k.SharedBy], s.principals[k.SharedBy]
}

// departure is what ends with a dashboard, a user or a token: links, the sessions that they started, and keys of feeds.
type departure struct {
	links    []*kiosk
	feeds    []*urlKeyRecord
	sessions []*credential
}

// departing finds the links that gone wants, and their sessions.
func (s *Store) departing(gone func(k *kiosk) bool) (d departure) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, k := range s.kiosks {
		if gone(k) {
			d.links = append(d.links, k)
		}
	}
	for _, c := range s.principals {
		if c.kiosk != nil && gone(c.kiosk) {
			d.sessions = append(d.sessions, c)
		}
	}
	return d
}

// deleteDeparture removes what departs from disk.
func (s *Store) deleteDeparture(tx *kv.Tx, d departure) error {
	for _, k := range d.links {
		if err := kiosks.Delete(tx, s.scope, &k.kioskRecord); err != nil {
			return err
		}
	}
	return s.deleteSessions(tx, d.sessions)
}

// forgetDeparture removes what departed from memory, which ends it.
func (s *Store) forgetDeparture(d departure) {
	s.forgetSessions(d.sessions)
	s.forgetURLKeys(&s.feeds, d.feeds)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range d.links {
		delete(s.kiosks, k.hashed())
	}
}

// Removal removes what was a user's or a token's, in the transaction in which they are removed, and returns the ids of dashboards that are gone, whose
// links end with them.
type Removal func(tx *kv.Tx) (dashboards []string, err error)

// OnRemoval says what else is removed with a user or a token. fn is called before the transaction. There is one such fn; set it before the Store is used.
func (s *Store) OnRemoval(fn func(by audit.By, organizationID, owner string) Removal) { s.removal = fn }

// removalOf is what else is removed with a user or a token, whose chain c is: of others, links, and the sessions of these; keys of feeds.
func (s *Store) removalOf(c chain, by audit.By, organizationID, owner string) func(tx *kv.Tx) (departure, error) {
	remove := Removal(func(*kv.Tx) ([]string, error) { return nil, nil })
	if s.removal != nil {
		remove = s.removal(by, organizationID, owner)
	}
	return func(tx *kv.Tx) (departure, error) {
		dashboards, err := remove(tx)
		if err != nil {
			return departure{}, err
		}
		d := s.departing(func(k *kiosk) bool {
			return k.OrganizationID == organizationID && (k.SharedBy == owner || slices.Contains(dashboards, k.DashboardID))
		})
		d.feeds = s.feedsOf(owner)
		return d, errors.Join(s.deleteDeparture(tx, d), s.deleteURLKeys(tx, &s.feeds, c, by, d.feeds))
	}
}

// Share makes a key by which screens see a dashboard for 90 days, with p's clients and read-only; a former key and its sessions end. also is stored
// with it.
func (s *Store) Share(by audit.By, p Principal, dashboardID string, also func(tx *kv.Tx) error) (key string, expiresAt time.Time, err error) {
	chain, err := s.chain(p.OrganizationID)
	if err != nil {
		return "", time.Time{}, err
	}
	s.change.Lock()
	now := s.now().UTC()
	former := s.departing(func(k *kiosk) bool {
		return k.OrganizationID == p.OrganizationID && (k.DashboardID == dashboardID || !now.Before(k.ExpiresAt))
	})
	if s.shared(p.OrganizationID)-len(former.links) >= kiosksPerOrganizationMax {
		s.change.Unlock()
		return "", time.Time{}, errTooManyKiosks
	}
	key = newSecret()
	hash := hashOf(key)
	r := &kioskRecord{
		Hash: hash[:], DashboardID: dashboardID, OrganizationID: p.OrganizationID, SharedBy: p.Who(), CreatedAt: now, ExpiresAt: now.Add(kioskLife),
	}
	rotated := slices.ContainsFunc(former.links, func(k *kiosk) bool { return k.DashboardID == dashboardID })
	err = s.batch("share dashboard", func(tx *kv.Tx) error {
		if err := also(tx); err != nil {
			return err
		}
		if err := s.deleteDeparture(tx, former); err != nil {
			return err
		}
		details := map[string]any{"dashboardId": dashboardID, "expiresAt": r.ExpiresAt, "rotated": rotated}
		if err := chain.note(tx, audit.DashboardShared, by, audit.Object{Type: audit.ObjectDashboard, ID: dashboardID}, details); err != nil {
			return err
		}
		return kiosks.Put(tx, s.scope, r)
	})
	if err == nil {
		s.forgetDeparture(former)
		s.mu.Lock()
		s.keepKiosk(r)
		s.mu.Unlock()
	}
	s.change.Unlock()
	if err != nil {
		return "", time.Time{}, err
	}
	s.tellAll(former.sessions)
	return key, r.ExpiresAt, nil
}

// shared is how many links an organisation has.
func (s *Store) shared(organizationID string) (n int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, k := range s.kiosks {
		if k.OrganizationID == organizationID {
			n++
		}
	}
	return n
}

// Unshare takes a dashboard's link back and ends its sessions, in the transaction of also. Without a link there is only also.
func (s *Store) Unshare(organizationID, dashboardID string, also func(tx *kv.Tx) error) error {
	s.change.Lock()
	gone := s.departing(func(k *kiosk) bool { return k.OrganizationID == organizationID && k.DashboardID == dashboardID })
	err := s.batch("unshare dashboard", func(tx *kv.Tx) error {
		if err := also(tx); err != nil {
			return err
		}
		return s.deleteDeparture(tx, gone)
	})
	if err == nil {
		s.forgetDeparture(gone)
	}
	s.change.Unlock()
	if err == nil {
		s.tellAll(gone.sessions)
	}
	return err
}

// Kiosk is a dashboard's link, ErrNotFound when it has none that is good.
func (s *Store) Kiosk(organizationID, dashboardID string) (KioskLink, error) {
	now := s.now()
	found := s.departing(func(k *kiosk) bool {
		return k.OrganizationID == organizationID && k.DashboardID == dashboardID && now.Before(k.ExpiresAt)
	})
	if len(found.links) == 0 {
		return KioskLink{}, ErrNotFound
	}
	k := found.links[0]
	link := KioskLink{SharedBy: k.SharedBy, CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt}
	for _, c := range found.sessions {
		link.Screens = append(link.Screens, KioskScreen{ID: c.principal.ID, CreatedAt: c.createdAt, LastUsedAt: time.UnixMilli(c.usedMs.Load()).UTC()})
	}
	sortedByID(link.Screens, func(k *KioskScreen) string { return k.ID })
	return link, nil
}

// HasKiosk says that a dashboard has a link, though it may have expired.
func (s *Store) HasKiosk(organizationID, dashboardID string) bool {
	return len(s.departing(func(k *kiosk) bool { return k.OrganizationID == organizationID && k.DashboardID == dashboardID }).links) > 0
}

// HasLiveKiosk reports whether a dashboard has a link that has not ended.
func (s *Store) HasLiveKiosk(organizationID, dashboardID string) bool {
	now := s.now()
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, k := range s.kiosks {
		if k.OrganizationID == organizationID && k.DashboardID == dashboardID && now.Before(k.ExpiresAt) {
			return true
		}
	}
	return false
}

// EnterKiosk starts a screen's session by a link's key. A key that is unknown, expired or taken back, or whose sharer is gone, is ErrUnauthorized.
func (s *Store) EnterKiosk(key, address string) (secret string, p Principal, err error) {
	if key == "" || len(key) > secretBytesMax {
		return "", Principal{}, ErrUnauthorized
	}
	hash := hashOf(key)
	s.change.Lock()
	now := s.now()
	s.mu.RLock()
	k := s.kiosks[hash]
	s.mu.RUnlock()
	good := k != nil && now.Before(k.ExpiresAt)
	if good {
		_, good = k.sharer(now)
	}
	if !good {
		s.change.Unlock()
		return "", Principal{}, ErrUnauthorized
	}
	secret, p, ended, err := s.startSession(Principal{OrganizationID: k.OrganizationID}, holder{kiosk: k}, address, nil)
	if err == nil {
		surplus := s.surplusScreens(k)
		if s.lapseSessions(surplus, true) == nil {
			ended = append(ended, surplus...)
		}
	}
	s.change.Unlock()
	s.tellAll(ended)
	return secret, p, err
}

func (s *Store) surplusScreens(of *kiosk) []*credential {
	all := s.departing(func(k *kiosk) bool { return k == of }).sessions
	if len(all) <= kioskSessionsPerLinkMax {
		return nil
	}
	slices.SortFunc(all, func(a, b *credential) int {
		return cmp.Or(cmp.Compare(a.usedMs.Load(), b.usedMs.Load()), cmp.Compare(a.principal.ID, b.principal.ID))
	})
	return all[:len(all)-kioskSessionsPerLinkMax]
}
