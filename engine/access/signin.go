package access

import (
	"errors"
	"time"

	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// ErrCodeRequired is returned for a right password of a user whose sign-in
// needs a one-time password too, when there was none.
var ErrCodeRequired = fault.New(fault.Unauthorized, "totp_required", "the sign-in needs a one-time password")

// errWrongSignIn is one and the same whatever was wrong.
var errWrongSignIn = fault.New(fault.Unauthorized, "wrong_login", "login or password is wrong")

// Credentials are what a person signs in with.
type Credentials struct {
	Login, Password string
	Code            string // one-time password or recovery code; "" if none was asked for
	Address         string // where the person is, for limits
}

// SignIn starts a session of a user and returns its secret. Whatever is wrong
// is the same fault.Unauthorized after the same work, but ErrCodeRequired; who
// fails too often gets fault.Exhausted, also with the right password.
func (s *Store) SignIn(in Credentials) (secret string, p Principal, err error) {
	keys := attemptKeys(in)
	if err := s.lockedOut(keys); err != nil {
		return "", Principal{}, err
	}
	if err := s.hasher.enter(); err != nil {
		return "", Principal{}, err
	}
	defer s.hasher.leave()
	// Again: others may have failed while this one waited, and no more guesses
	// are made at once than are hashed at once.
	if err := s.lockedOut(keys); err != nil {
		return "", Principal{}, err
	}
	proof, err := s.proven(in)
	if err != nil {
		if errors.Is(err, errWrongSignIn) {
			now := s.now()
			s.attempts.failed(now, keys[0], failuresOfAccountMax)
			s.attempts.failed(now, keys[1], failuresOfAddressMax)
			if a := s.accountNamed(in.Login); a != nil {
				s.failures.add(&a.record.Load().User, in.Address)
			}
		}
		return "", Principal{}, err
	}
	s.attempts.succeeded(keys[0])
	return s.signedIn(proof, in.Address)
}

// attemptKeys are the account at the address, and the address.
func attemptKeys(in Credentials) []secretHash {
	return []secretHash{hashOf("account\x00" + in.Address + "\x00" + folded(in.Login)), hashOf("address\x00" + in.Address)}
}

func (s *Store) lockedOut(keys []secretHash) error {
	if wait := s.attempts.wait(s.now(), keys...); wait > 0 {
		return fault.New(fault.Exhausted, "too_many_attempts", "too many wrong sign-ins").After(max(wait, time.Second))
	}
	return nil
}

// proof is a user who has shown to be it: as the user was, and as the sign-in
// leaves the user. The two are the same when nothing has to be stored.
type proof struct {
	account    *account
	from, next *userRecord
}

// proven checks who signs in. It hashes once, also for a login that nobody
// has. The caller has entered.
func (s *Store) proven(in Credentials) (proof, error) {
	stored := s.hasher.nobody
	var current *userRecord
	a := s.accountNamed(in.Login)
	if a != nil {
		current = a.record.Load()
		stored = current.Password
	}
	right, err := s.hasher.matches(stored, in.Password)
	switch {
	case err != nil:
		return proof{}, err
	case !right || current == nil || !current.IsActive:
		return proof{}, errWrongSignIn
	}
	next := *current
	if current.asksCode() {
		if in.Code == "" {
			return proof{}, ErrCodeRequired
		}
		if next.Factor = current.Factor.take(in.Code, s.now()); next.Factor == nil {
			return proof{}, errWrongSignIn
		}
	}
	if outdated(current.Password) {
		next.Password = s.hasher.encode(in.Password)
	}
	if next.Password == current.Password && next.Factor == current.Factor {
		return proof{a, current, current}, nil
	}
	return proof{a, current, &next}, nil
}

// signedIn starts the session of a user who is proven, and stores what the
// proof has changed of the user.
func (s *Store) signedIn(p proof, address string) (secret string, started Principal, err error) {
	s.change.Lock()
	current := p.account.record.Load()
	_, gone := s.account(current.OrganizationID, current.ID)
	if gone != nil || current.Version != p.from.Version || p.next.Factor != p.from.Factor && current != p.from {
		s.change.Unlock()
		return "", Principal{}, errWrongSignIn // the user has changed meanwhile, or somebody was quicker with the code
	}
	var also func(tx *kv.Tx) error
	if p.next != p.from && current == p.from {
		also = func(tx *kv.Tx) error { return users.Put(tx, s.scope, p.next) }
	}
	secret, started, ended, err := s.startSession(Principal{OrganizationID: current.OrganizationID}, holder{account: p.account}, address, also)
	if err == nil && also != nil {
		s.keepAccount(p.next)
	}
	s.change.Unlock()
	s.tellAll(ended)
	return secret, started, err
}
