package access

import "flowwatch/engine/audit"

const pingKeysPerOrganizationMax = 1000

var pingKeys = urlKeyCollection("access_ping_keys")

// newPingKeys are the keys by which scripts say how they go, each by opening an address.
func newPingKeys() urlKeyring {
	return urlKeyring{
		stored: pingKeys, object: objectPingKey, created: audit.PingKeyCreated, revoked: audit.PingKeyRevoked,
		max: pingKeysPerOrganizationMax, noun: "ping key", known: map[secretHash]*urlKeyRecord{},
	}
}

// Ping returns what a script's key stands for, or ErrNotFound. It does no I/O.
func (s *Store) Ping(key string) (URLKey, error) { return s.openedBy(&s.pings, key) }

// CreatePingKey makes a key for signals of a workflow, and returns it for this one time.
// The workflow's id must be valid; a wrong name is fault.Invalid.
func (s *Store) CreatePingKey(by audit.By, organizationID, workflowID, name string) (URLKey, string, error) {
	in := URLKey{OrganizationID: organizationID, WorkflowID: workflowID, Name: name}
	return s.createURLKey(&s.pings, by, in, func() error { return nil })
}

// PingKeys lists the organisation's keys of scripts, oldest first.
func (s *Store) PingKeys(organizationID string) []URLKey { return s.urlKeys(&s.pings, organizationID) }

// RevokePingKey ends a script's key at once and for good. An id that is unknown or
// another organisation's is ErrNotFound.
func (s *Store) RevokePingKey(by audit.By, organizationID, id string) error {
	return s.revokeURLKey(&s.pings, by, organizationID, id)
}
