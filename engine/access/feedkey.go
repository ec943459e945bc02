package access

import (
	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
)

const feedKeysPerOrganizationMax = 1000

var feedKeys = urlKeyCollection("access_feed_keys")

// newFeedKeys are the keys by which calendars, feed readers and spreadsheets read. Each shows what its owner sees, and ends with the owner.
func newFeedKeys() urlKeyring {
	return urlKeyring{
		stored: feedKeys, object: objectFeedKey, created: audit.FeedKeyCreated, revoked: audit.FeedKeyRevoked,
		max: feedKeysPerOrganizationMax, noun: "feed key", known: map[secretHash]*urlKeyRecord{},
	}
}

// Feed returns what a feed's key stands for, and its owner as who reads: with the owner's organisation, clients and name, and no right but
// to read. A key whose owner may not read any more is ErrNotFound, as an unknown one. It does no I/O.
func (s *Store) Feed(key string) (URLKey, Principal, error) {
	k, err := s.openedBy(&s.feeds, key)
	if err != nil {
		return URLKey{}, Principal{}, err
	}
	owner, there := s.owner(k.OrganizationID, k.OwnerID)
	if !there || !owner.Can(ReadMonitoring) {
		return URLKey{}, Principal{}, ErrNotFound
	}
	owner.ID, owner.Roles, owner.Kind = k.ID, []Role{Viewer}, KindFeed
	return k, owner, nil
}

// owner is a user or a token of the organisation, as it is now; false: not here any more, or barred.
func (s *Store) owner(organizationID, id string) (Principal, bool) {
	s.mu.RLock()
	a, c := s.accounts[id], s.principals[id]
	s.mu.RUnlock()
	switch {
	case a != nil:
		u := a.record.Load()
		p := Principal{UserID: u.ID, Login: u.Login, Name: u.Name, OrganizationID: u.OrganizationID, Roles: u.Roles, Clients: u.Clients}
		return p, u.IsActive && u.OrganizationID == organizationID
	case c != nil && c.principal.Kind == KindToken:
		return c.principal, c.validAt(s.now()) && c.principal.OrganizationID == organizationID
	}
	return Principal{}, false
}

// CreateFeedKey makes a key that shows what a user or token of the organisation sees, and returns it for this one time. An owner who is not
// there or may not read, and a wrong name, are fault.Invalid.
func (s *Store) CreateFeedKey(by audit.By, organizationID, ownerID, name string) (URLKey, string, error) {
	in := URLKey{OrganizationID: organizationID, OwnerID: ownerID, Name: name}
	return s.createURLKey(&s.feeds, by, in, func() error {
		if owner, there := s.owner(organizationID, ownerID); !there || !owner.Can(ReadMonitoring) {
			return fault.New(fault.Invalid, "invalid_field", "the feed has no owner who may read").
				With(fault.Field{Location: "body.userId", Message: "must be an active user of the organisation who may read"})
		}
		return nil
	})
}

// FeedKeys lists the organisation's keys of feeds, oldest first.
func (s *Store) FeedKeys(organizationID string) []URLKey { return s.urlKeys(&s.feeds, organizationID) }

// RevokeFeedKey ends a feed's key at once and for good. An id that is unknown or another organisation's is ErrNotFound.
func (s *Store) RevokeFeedKey(by audit.By, organizationID, id string) error {
	return s.revokeURLKey(&s.feeds, by, organizationID, id)
}

// feedsOf are the keys of an owner.
func (s *Store) feedsOf(ownerID string) []*urlKeyRecord {
	return s.urlKeyRecords(&s.feeds, func(r *urlKeyRecord) bool { return r.OwnerID == ownerID })
}
