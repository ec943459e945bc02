package api

import (
	"strings"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

// by is who asks, and from where, as records name them.
func (c *call) by() audit.By {
	kind, name := audit.Token, c.principal.Name
	if c.principal.Kind == access.KindSession {
		kind = audit.User
	}
	return audit.By{Actor: audit.Actor{ID: c.principal.Who(), Name: name, Type: kind}, IP: c.address()}
}

// address is where the request comes from.
func (c *call) address() string { return strings.Clone(c.IP()) }
