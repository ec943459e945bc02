package access

import (
	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
)

const generatedLength = 20 // letters and digits of 5 bits each

var (
	errNoUser        = fault.New(fault.Forbidden, "no_user", "this is for users who sign in with a password")
	errFactorThere   = fault.New(fault.Conflict, "totp_on", "one-time passwords are in force already")
	errNoEnrolment   = fault.New(fault.Conflict, "totp_not_enrolled", "one-time passwords were not enrolled")
	errWrongPassword = fault.New(fault.Invalid, "wrong_password", "the password is wrong").
				With(fault.Field{Location: "body.password", Message: "is wrong"})
	errWrongCode = fault.New(fault.Invalid, "wrong_code", "the one-time password is wrong").
			With(fault.Field{Location: "body.code", Message: "is wrong"})
)

// confirmed lets a user do what needs the password again, and counts wrong
// ones as sign-ins do.
func (s *Store) confirmed(p Principal, password string) (*account, error) {
	a := s.accountOf(p)
	if a == nil {
		return nil, errNoUser
	}
	key := hashOf("user\x00" + p.UserID)
	if err := s.hasher.enter(); err != nil {
		return nil, err
	}
	defer s.hasher.leave()
	if err := s.lockedOut([]secretHash{key}); err != nil {
		return nil, err
	}
	right, err := s.hasher.matches(a.record.Load().Password, password)
	switch {
	case err != nil:
		return nil, err
	case !right:
		s.attempts.failed(s.now(), key, failuresOfAccountMax)
		return nil, errWrongPassword
	}
	s.attempts.succeeded(key)
	return a, nil
}

// accountOf is the user whose session p is; nil: no user's.
func (s *Store) accountOf(p Principal) *account {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.accounts[p.UserID]
}

// ChangePassword gives the caller a new password, ends all sessions of the
// user, and starts a new one, whose secret it returns. A wrong present
// password is fault.Invalid.
func (s *Store) ChangePassword(by audit.By, p Principal, present, next string) (secret string, started Principal, err error) {
	a, err := s.confirmed(p, present)
	if err != nil {
		return "", Principal{}, err
	}
	hash, err := s.hasher.make(next)
	if err != nil {
		return "", Principal{}, err
	}
	err = s.replaceOwn(a, by, audit.PasswordChanged, func(r *userRecord) error {
		r.Password = hash
		return nil
	})
	if err != nil {
		return "", Principal{}, err
	}
	current := a.record.Load()
	return s.signedIn(proof{a, current, current}, by.IP)
}

// ResetPassword gives a user a new password without knowing the present one,
// ends the user's sessions, and asks for no one-time password any more: it is
// for who has lost both. An unknown login is ErrNotFound.
func (s *Store) ResetPassword(by audit.By, login, next string) error {
	a := s.accountNamed(login)
	if a == nil {
		return ErrNotFound
	}
	hash, err := s.hasher.make(next)
	if err != nil {
		return err
	}
	return s.replaceOwn(a, by, audit.PasswordReset, func(r *userRecord) error {
		r.Password, r.Factor = hash, nil
		return nil
	})
}

// NewPassword gives a password that nobody guesses, for who asks for any.
func NewPassword() string { return newSecret()[:generatedLength] }

// EnrolFactor begins to give the caller one-time passwords: it returns their
// secret, and the address that a QR code of it holds. They are not asked for
// before ConfirmFactor. A wrong password is fault.Invalid.
func (s *Store) EnrolFactor(by audit.By, p Principal, password string) (secret, address string, err error) {
	a, err := s.confirmed(p, password)
	if err != nil {
		return "", "", err
	}
	factor, err := s.sealedFactor(newSecondFactor(), p.UserID)
	if err != nil {
		return "", "", err
	}
	err = s.replaceOwn(a, by, audit.FactorEnrolled, func(r *userRecord) error {
		if r.asksCode() {
			return errFactorThere
		}
		r.Factor = factor
		return nil
	})
	return factor.text(), factor.address(p.Login), err
}

// ConfirmFactor asks for one-time passwords from now on, if the caller has
// one. It returns codes for the day when the telephone is lost, each good once.
func (s *Store) ConfirmFactor(by audit.By, p Principal, code string) (recovery []string, err error) {
	a := s.accountOf(p)
	if a == nil {
		return nil, errNoUser
	}
	key := hashOf("user\x00" + p.UserID)
	if err := s.lockedOut([]secretHash{key}); err != nil {
		return nil, err
	}
	err = s.replaceOwn(a, by, audit.FactorEnabled, func(r *userRecord) error {
		if r.Factor == nil || r.asksCode() {
			return errNoEnrolment
		}
		next := r.Factor.take(code, s.now())
		if next == nil {
			s.attempts.failed(s.now(), key, failuresOfAccountMax)
			return errWrongCode
		}
		next.Confirmed = true
		recovery = next.renewRecovery()
		r.Factor = next
		return nil
	})
	return recovery, err
}

// DropFactor ends the caller's one-time passwords. A wrong password is
// fault.Invalid.
func (s *Store) DropFactor(by audit.By, p Principal, password string) error {
	a, err := s.confirmed(p, password)
	if err != nil {
		return err
	}
	return s.replaceOwn(a, by, audit.FactorDisabled, func(r *userRecord) error {
		r.Factor = nil
		return nil
	})
}

// replaceOwn changes what only the user knows. set gets a copy.
func (s *Store) replaceOwn(a *account, by audit.By, event string, set func(r *userRecord) error) error {
	_, err := s.replaceUser(a, change{by: by, event: event}, nil, func(current *userRecord) (*userRecord, error) {
		next := *current
		if err := set(&next); err != nil {
			return nil, err
		}
		return &next, nil
	})
	return err
}
