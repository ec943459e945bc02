package access

import (
	"errors"
	"fmt"
	"time"

	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

const startKey = "first"

// startRecord notes the first start of a server on this database.
type startRecord struct {
	At      time.Time `json:"at"`
	Hash    []byte    `json:"hash,omitempty"` // of the bootstrap secret, if one was given
	TokenID string    `json:"tokenId,omitempty"`
}

var starts = func() *kv.Collection[startRecord] {
	encode, decode := kv.JSON[startRecord]()
	return kv.NewCollection("access_starts", kv.Spec[startRecord]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, _ *startRecord) []byte { return kv.AppendString(dst, startKey) },
	})
}()

// Bootstrapped says what became of a bootstrap secret.
type Bootstrapped uint8

// What Bootstrap may answer.
const (
	BootstrapNone    Bootstrapped = iota // no secret was given
	BootstrapMade                        // first start: the token was made
	BootstrapKept                        // a later start with the same secret; nothing changed
	BootstrapIgnored                     // a later start with another secret; nothing changed, tell the operator
)

// Bootstrap is called at each start of a server, with the secret that its
// operator gave or "". On the first one a secret of 16 to 512 bytes becomes an
// API token: appliance_admin, org_admin, workflow_admin and integration in
// "default". Later starts change nothing, also when the first had no secret or
// the token was revoked.
func (s *Store) Bootstrap(secret string) (Bootstrapped, error) {
	if secret != "" && (len(secret) < bootstrapSecretBytesMin || len(secret) > secretBytesMax) {
		return BootstrapNone, fault.New(fault.Invalid, "invalid_field",
			fmt.Sprintf("a bootstrap token has %d to %d characters", bootstrapSecretBytesMin, secretBytesMax))
	}
	s.change.Lock()
	defer s.change.Unlock()
	first, err := s.firstStart()
	if err != nil {
		return BootstrapNone, err
	}
	hash := hashOf(secret)
	switch {
	case first != nil && secret == "":
		return BootstrapNone, nil
	case first != nil && string(first.Hash) == string(hash[:]):
		return BootstrapKept, nil
	case first != nil:
		return BootstrapIgnored, nil
	}
	return s.makeFirstStart(secret, hash)
}

func (s *Store) firstStart() (first *startRecord, err error) {
	err = s.db.View(func(tx *kv.Tx) error {
		first, err = starts.Get(tx, s.scope, kv.AppendString(nil, startKey))
		if errors.Is(err, kv.ErrNotFound) {
			first, err = nil, nil
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read first start: %w", err)
	}
	return first, nil
}

func (s *Store) makeFirstStart(secret string, hash secretHash) (Bootstrapped, error) {
	start := &startRecord{At: s.now().UTC()}
	var r *tokenRecord
	if secret != "" {
		var err error
		if r, err = s.tokenRecord(TokenInput{
			Name: bootstrapName, OrganizationID: s.defaultID(),
			Roles: []Role{ApplianceAdmin, OrgAdmin, WorkflowAdmin, Integration},
		}); err != nil {
			return BootstrapNone, err
		}
		r.Hash = hash[:]
		start.Hash, start.TokenID = hash[:], r.ID
	}
	chain, err := s.chain(s.defaultID())
	if err != nil {
		return BootstrapNone, err
	}
	err = s.batch("note first start", func(tx *kv.Tx) error {
		if r != nil {
			if err := tokens.Put(tx, s.scope, r); err != nil {
				return err
			}
			object := audit.Object{Type: objectToken, ID: r.ID}
			for _, event := range []string{audit.Bootstrapped, audit.TokenCreated} {
				if err := chain.note(tx, event, audit.System(), object, tokenDetails(r)); err != nil {
					return err
				}
			}
		}
		return starts.Put(tx, s.scope, start)
	})
	if err != nil || r == nil {
		return BootstrapNone, err
	}
	s.mu.Lock()
	s.add(r.credential())
	s.mu.Unlock()
	return BootstrapMade, nil
}

// defaultID is the organisation "default", or the oldest one.
func (s *Store) defaultID() string {
	all := s.Organizations()
	for _, o := range all {
		if o.Name == defaultOrganization {
			return o.ID
		}
	}
	return all[0].ID
}
