package access

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// Limits of users.
const (
	usersPerOrganizationMax = 1000
	loginRunesMax           = 128
	emailBytesMax           = 254
	phoneBytesMax           = 32
	clientsMax              = 1000
)

// ErrLastAdministrator is returned for a change that would leave an
// organisation without anybody who can manage it.
var ErrLastAdministrator = fault.New(fault.Conflict, "last_org_admin", "the organisation needs an active administrator")

var (
	errStaleUser = fault.New(fault.Stale, "stale", "the user has changed meanwhile")
	errUserTaken = fault.New(fault.Conflict, "duplicate_login", "the login is taken")
)

// UserChange is what a user is made from, or what changes of one; nil leaves
// a field as it is. Whether the caller may grant the roles is not checked
// here: see Principal.MayGrant.
type UserChange struct {
	Login    *string // letters, digits and . _ - @ +, at most 128
	Name     *string // at most 255 characters; "" is the login
	Email    *string
	Phone    *string
	Roles    *[]Role   // at least one
	Clients  *[]string // the clientRefs that the user sees; empty: all
	IsActive *bool     // a new user is active unless it says otherwise
	Password *string   // 8 characters to 256 bytes; required of a new user
}

// Precondition judges a user before a change; nil: any will do.
type Precondition func(current User) bool

// CreateUser makes a user. Wrong input is fault.Invalid, a login that anybody
// on the appliance has is fault.Conflict, an unknown organisation ErrNotFound.
func (s *Store) CreateUser(by audit.By, organizationID string, in UserChange) (User, error) {
	r, err := s.newUser(organizationID, in)
	if err != nil {
		return User{}, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	if err := s.storeUser(r, by, audit.UserCreated); err != nil {
		return User{}, err
	}
	return r.shown(), nil
}

// newUser checks the input and hashes the password, which takes its time.
func (s *Store) newUser(organizationID string, in UserChange) (*userRecord, error) {
	if !s.HasOrganization(organizationID) {
		return nil, ErrNotFound
	}
	id, err := newID()
	if err != nil {
		return nil, fmt.Errorf("make user: %w", err)
	}
	now := s.now().UTC()
	blank := &userRecord{User: User{
		ID: id, OrganizationID: organizationID, IsActive: true, CreatedAt: now, UpdatedAt: now, Version: 1,
	}}
	r, err := in.applied(blank)
	if err != nil {
		return nil, err
	}
	password := ""
	if in.Password != nil {
		password = *in.Password
	}
	r.Password, err = s.hasher.make(password)
	return r, err
}

// storeUser stores a new user, and notes it as the events. It must be called with change held.
func (s *Store) storeUser(r *userRecord, by audit.By, events ...string) error {
	c, err := s.chain(r.OrganizationID)
	switch {
	case err != nil:
		return err
	case s.accountNamed(r.Login) != nil:
		return errUserTaken
	case len(s.Users(r.OrganizationID)) >= usersPerOrganizationMax:
		return fault.New(fault.Exhausted, "too_many", "the organisation has too many users")
	}
	err = s.batch("make user", func(tx *kv.Tx) error {
		if err := users.Put(tx, s.scope, r); err != nil {
			return err
		}
		for _, event := range events {
			if err := c.note(tx, event, by, audit.Object{Type: objectUser, ID: r.ID}, map[string]any{"login": r.Login, "roles": r.Roles}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.keepAccount(r)
	}
	return err
}

// UpdateUser changes the organisation's user. Roles and clients hold at once,
// also for connections that are open; a new password and an end of IsActive
// end the user's sessions, the latter also the keys of the user's feeds. An unknown id is ErrNotFound, a user that ok does
// not like fault.Stale.
func (s *Store) UpdateUser(by audit.By, organizationID, id string, in UserChange, ok Precondition) (User, error) {
	a, err := s.account(organizationID, id)
	if err != nil {
		return User{}, err
	}
	hash := ""
	if in.Password != nil {
		if hash, err = s.hasher.make(*in.Password); err != nil {
			return User{}, err
		}
	}
	return s.replaceUser(a, change{by: by, event: audit.UserUpdated, newPassword: hash != ""}, ok, func(current *userRecord) (*userRecord, error) {
		next, err := in.applied(current)
		if err == nil && hash != "" {
			next.Password = hash
		}
		return next, err
	})
}

// change says who changes a user, and what that is called.
type change struct {
	by          audit.By
	event       string
	newPassword bool // among others
}

func (g *change) note(tx *kv.Tx, c chain, old, next *userRecord) error {
	details := map[string]any{}
	if changes := userChanges(&old.User, &next.User); len(changes) > 0 {
		details["changes"] = changes
	}
	if g.newPassword {
		details["newPassword"] = true
	}
	return c.note(tx, g.event, g.by, audit.Object{Type: objectUser, ID: next.ID}, details)
}

// replaceUser stores what next makes of a user, and makes it hold.
func (s *Store) replaceUser(a *account, g change, ok Precondition, next func(current *userRecord) (*userRecord, error)) (User, error) {
	s.change.Lock()
	current := a.record.Load()
	r, err := s.nextRecord(current, ok, next)
	var c chain
	if err == nil {
		c, err = s.chain(current.OrganizationID)
	}
	var ended []*credential
	var feeds []*urlKeyRecord
	if err == nil && (r.Password != current.Password || !r.IsActive) {
		ended = s.sessionsOf(a)
	}
	if err == nil && !r.IsActive {
		feeds = s.feedsOf(r.ID)
	}
	if err == nil {
		err = s.batch("change user", func(tx *kv.Tx) error {
			if err := users.Put(tx, s.scope, r); err != nil {
				return err
			}
			if err := g.note(tx, c, current, r); err != nil {
				return err
			}
			if err := c.noteEnded(tx, g.by, r.ID, ended); err != nil {
				return err
			}
			return errors.Join(s.deleteSessions(tx, ended), s.deleteURLKeys(tx, &s.feeds, c, g.by, feeds))
		})
	}
	if err != nil {
		s.change.Unlock()
		return User{}, err
	}
	s.keepAccount(r)
	s.forgetSessions(ended)
	s.forgetURLKeys(&s.feeds, feeds)
	touched := append(ended, s.touchedBy(a)...)
	s.change.Unlock()
	s.tellAll(touched)
	return r.shown(), nil
}

// nextRecord checks a change of a user. It must be called with change held.
func (s *Store) nextRecord(current *userRecord, ok Precondition, next func(*userRecord) (*userRecord, error)) (*userRecord, error) {
	if _, err := s.account(current.OrganizationID, current.ID); err != nil {
		return nil, err // deleted meanwhile
	}
	if ok != nil && !ok(current.shown()) {
		return nil, errStaleUser
	}
	r, err := next(current)
	if err != nil {
		return nil, err
	}
	if other := s.accountNamed(r.Login); other != nil && other.record.Load().ID != r.ID {
		return nil, errUserTaken
	}
	if current.administers() && !r.administers() && s.lastAdministrator(current) {
		return nil, ErrLastAdministrator
	}
	r.Version, r.UpdatedAt = current.Version+1, s.now().UTC()
	return r, nil
}

// lastAdministrator says that nobody but r administers the organisation.
func (s *Store) lastAdministrator(r *userRecord) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, a := range s.accounts {
		if other := a.record.Load(); other.OrganizationID == r.OrganizationID && other.ID != r.ID && other.administers() {
			return false
		}
	}
	return true
}

// DeleteUser removes the organisation's user and ends the user's sessions. An
// unknown id is ErrNotFound, a user that ok does not like fault.Stale.
func (s *Store) DeleteUser(by audit.By, organizationID, id string, ok Precondition) error {
	s.change.Lock()
	a, err := s.account(organizationID, id)
	if err != nil {
		s.change.Unlock()
		return err
	}
	r, ended := a.record.Load(), s.sessionsOf(a)
	var theirs departure
	c, err := s.chain(organizationID)
	remove := s.removalOf(c, by, organizationID, r.ID)
	switch {
	case err != nil:
	case ok != nil && !ok(r.shown()):
		err = errStaleUser
	case r.administers() && s.lastAdministrator(r):
		err = ErrLastAdministrator
	default:
		err = s.batch("remove user", func(tx *kv.Tx) error {
			if err := users.Delete(tx, s.scope, r); err != nil {
				return err
			}
			var err error
			if theirs, err = remove(tx); err != nil {
				return err
			}
			if err := c.note(tx, audit.UserDeleted, by, audit.Object{Type: objectUser, ID: r.ID}, map[string]any{"login": r.Login}); err != nil {
				return err
			}
			if err := c.noteEnded(tx, by, r.ID, ended); err != nil {
				return err
			}
			return s.deleteSessions(tx, ended)
		})
	}
	if err == nil {
		s.dropAccount(r)
		s.forgetSessions(ended)
		s.forgetDeparture(theirs)
	}
	s.change.Unlock()
	if err == nil {
		s.tellAll(append(ended, theirs.sessions...))
	}
	return err
}

// applied checks the input and returns a copy of the user with it, all but
// the password.
func (in *UserChange) applied(to *userRecord) (*userRecord, error) {
	r := *to
	setText(&r.Login, in.Login)
	setText(&r.Name, in.Name)
	setText(&r.Email, in.Email)
	setText(&r.Phone, in.Phone)
	if r.Name == "" {
		r.Name = r.Login
	}
	if in.IsActive != nil {
		r.IsActive = *in.IsActive
	}
	wrong := wrongUserTexts(&r.User)
	if in.Clients != nil {
		r.Clients = slices.Clone(*in.Clients)
		slices.Sort(r.Clients)
		r.Clients = slices.Compact(r.Clients)
		if len(r.Clients) > clientsMax || slices.ContainsFunc(r.Clients, func(c string) bool { return checkName(c) != nil }) {
			wrong = append(wrong, fault.Field{
				Location: "body.clients", Message: fmt.Sprintf("at most %d clients, each 1 to %d characters", clientsMax, nameRunesMax),
			})
		}
	}
	if in.Roles != nil {
		r.Roles = *in.Roles
	}
	granted, err := checkedRoles(r.Roles)
	if err != nil {
		return nil, err
	}
	r.Roles = granted
	if len(wrong) > 0 {
		return nil, invalidUser(wrong...)
	}
	return &r, nil
}

func setText(field, given *string) {
	if given != nil {
		*field = strings.TrimSpace(*given)
	}
}

func invalidUser(wrong ...fault.Field) error {
	return fault.New(fault.Invalid, "invalid_field", "the user is not valid").With(wrong...)
}

func wrongUserTexts(u *User) (wrong []fault.Field) {
	if !validLogin(u.Login) {
		wrong = append(wrong, fault.Field{
			Location: "body.login", Message: fmt.Sprintf("1 to %d letters, digits and . _ - @ +", loginRunesMax),
		})
	}
	if u.Login != "" && checkName(u.Name) != nil {
		wrong = append(wrong, fault.Field{Location: "body.name", Message: fmt.Sprintf("at most %d characters, none of them a control character", nameRunesMax)})
	}
	if u.Email != "" && !validEmail(u.Email) {
		wrong = append(wrong, fault.Field{Location: "body.email", Message: "must be an e-mail address"})
	}
	if len(u.Phone) > phoneBytesMax || strings.Trim(u.Phone, "+0123456789 -()") != "" {
		wrong = append(wrong, fault.Field{Location: "body.phone", Message: "must be a telephone number"})
	}
	return wrong
}

func validLogin(login string) bool {
	n := utf8.RuneCountInString(login)
	return n > 0 && n <= loginRunesMax && utf8.ValidString(login) && !strings.ContainsFunc(login, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-@+", r)
	})
}

func validEmail(text string) bool {
	if len(text) > emailBytesMax {
		return false
	}
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text
}
