package api

import (
	"strings"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/audit"
	"flowwatch/engine/feed"
)

// by is who asks, and from where, as records name them.
func (c *call) by() audit.By { return byOf(c.principal, c.address()) }

func byOf(p access.Principal, address string) audit.By {
	kind := audit.Token
	if p.Kind == access.KindSession || p.UserID != "" {
		kind = audit.User
	}
	return audit.By{Actor: audit.Actor{ID: p.Who(), Name: p.Name, Type: kind}, IP: address}
}

// noteSubscription notes that somebody watches a topic from now on (AUD7).
func noteSubscription(t *engine.Tenant, p access.Principal, address string, topic feed.Topic) {
	by := byOf(p, address)
	t.NoteSeldom(engine.EventSubscribed, by, audit.Object{Type: engine.ObjectSubscription, ID: topic.String()},
		map[string]any{"userId": by.ID, "subscriptionType": topic.String()})
}

// address is where the request comes from.
func (c *call) address() string { return strings.Clone(c.IP()) }
