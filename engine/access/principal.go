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
)

// Principal is a known caller. Roles is shared and must not be changed.
type Principal struct {
	ID             string
	Name           string
	OrganizationID string
	Roles          []Role
	Kind           Kind
	ExpiresAt      time.Time // zero: never; a session's moves on with its use
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

// Can says that one of p's roles grants the right.
func (p Principal) Can(r Right) bool {
	return r < rightCount && p.Has(grants[r]...)
}

// MayGrant says that p may give the roles to a token: only an appliance
// administrator makes another one.
func (p Principal) MayGrant(roles []Role) bool {
	return p.Has(ApplianceAdmin) || p.Can(ManageTokens) && !slices.Contains(roles, ApplianceAdmin)
}
