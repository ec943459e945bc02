package access

import (
	"fmt"

	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// Vault seals secrets with a key that is not in the database.
type Vault interface {
	Seal(name string, secret []byte) ([]byte, error)
	Open(name string, sealed []byte) ([]byte, error)
}

func factorName(userID string) string { return "user/" + userID + "/totp" }

// UseVault opens the secrets of one-time passwords that are sealed, seals those that are readable, and seals all that come. Call it once, before
// anybody signs in. One that cannot be opened takes no code any more; recovery codes do. It returns whose cannot be opened.
func (s *Store) UseVault(v Vault) (locked []User, err error) {
	s.change.Lock()
	defer s.change.Unlock()
	s.vault = v
	var sealed []*userRecord
	for _, a := range s.accountsNow() {
		r := *a.record.Load()
		if r.Factor == nil {
			continue
		}
		readable := r.Factor.Sealed == nil
		f := *r.Factor
		if readable {
			if r.Factor, err = s.sealedFactor(&f, r.ID); err != nil {
				return locked, err
			}
			sealed = append(sealed, &r)
			continue
		}
		if f.opened, err = v.Open(factorName(r.ID), f.Sealed); err != nil {
			locked = append(locked, r.shown())
		}
		r.Factor = &f
		s.keepAccount(&r)
	}
	if len(sealed) == 0 {
		return locked, nil
	}
	err = s.batch("seal one-time passwords", func(tx *kv.Tx) error {
		for _, r := range sealed {
			if err := users.Put(tx, s.scope, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return locked, err
	}
	for _, r := range sealed {
		s.keepAccount(r)
	}
	return locked, nil
}

// sealedFactor seals a readable factor, where there is a vault.
func (s *Store) sealedFactor(f *secondFactor, userID string) (*secondFactor, error) {
	if s.vault == nil {
		return f, nil
	}
	sealed, err := s.vault.Seal(factorName(userID), f.Secret)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "secret_missing", "the key file cannot be used, so the secret cannot be kept").
			Wrap(fmt.Errorf("seal a one-time password: %w", err))
	}
	next := *f
	next.opened, next.Secret, next.Sealed = f.Secret, nil, sealed
	return &next, nil
}

func (s *Store) accountsNow() []*account {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]*account, 0, len(s.accounts))
	for _, a := range s.accounts {
		all = append(all, a)
	}
	return all
}
