package access

import (
	"slices"
	"time"
)

// Kind says what proved the principal.
type Kind string

// The kinds of principals.
const (
	KindToken   Kind = "token"
	KindSession Kind = "session"
	KindFeed    Kind = "feed" // a key in the address of a feed
)

// Principal is a known caller. Its slices are shared and must not be changed.
type Principal struct {
	ID             string // of the token, session or key of a feed
	UserID         string // whose session it is; "": no user's
	Login          string // of the user
	Name           string
	OrganizationID string
	Roles          []Role
	Clients        []string // the clientRefs that the user sees; empty: all
	Kiosk          string   // the dashboard that a screen shows, which reads and nothing else; "": not a screen
	Kind           Kind
	ExpiresAt      time.Time // zero: never; a session's moves on with its use
}

// Who names the caller in records and for limits: the user where there is
// one, whatever the session, else the token or session itself.
func (p Principal) Who() string {
	if p.UserID != "" {
		return p.UserID
	}
	return p.ID
}

// Has says that p has at least one of the roles.
func (p Principal) Has(roles ...Role) bool {
	for _, r := range roles {
		if slices.Contains(p.Roles, r) {
			return true
		}
	}
	return false
}

// Can says that one of p's roles grants the right, and that p has the role
// that the right needs beside it, if any. A screen has no other right than
// to read.
func (p Principal) Can(r Right) bool {
	if p.Kiosk != "" && r != ReadMonitoring {
		return false
	}
	return r < rightCount && p.Has(grants[r]...) && (beside[r] == "" || p.Has(beside[r]))
}

// MayGrant says that p may give the roles to a token or a user, or manage who
// has them: only an appliance administrator makes another one.
func (p Principal) MayGrant(roles []Role) bool {
	return p.Has(ApplianceAdmin) || p.Has(OrgAdmin) && !slices.Contains(roles, ApplianceAdmin)
}
