package engine

import (
	"time"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

// DashboardLink is how screens get to a dashboard.
type DashboardLink struct {
	URL       string // with the key behind #
	ExpiresAt time.Time
	ID        string // of the dashboard
}

// ShareDashboard makes a link by which screens see a dashboard, read-only and with p's clients; a former one ends with its sessions.
func (t *Tenant) ShareDashboard(p access.Principal, by audit.By, id string) (*DashboardLink, error) {
	key, until, err := t.engine.access.Share(by, p, id, t.changing(p, by, func(c *dashboardCall) error {
		d, shared, err := c.reach(id)
		if err == nil && shared {
			err = c.take(d)
		}
		return err
	}))
	if err != nil {
		return nil, storeFault(err)
	}
	return &DashboardLink{ID: id, ExpiresAt: until, URL: t.PublicURL() + "/kiosk/" + id + "#" + key}, nil
}

// SharedDashboard tells of the link of a dashboard that the caller may see; fault.NotFound when it has none.
func (t *Tenant) SharedDashboard(id string) (access.KioskLink, error) {
	return t.engine.access.Kiosk(t.id, id)
}

// UnshareDashboard takes a dashboard's link back, and ends its sessions. Without one nothing happens.
func (t *Tenant) UnshareDashboard(p access.Principal, by audit.By, id string) error {
	err := t.engine.access.Unshare(t.id, id, t.changing(p, by, func(c *dashboardCall) error {
		d, _, err := c.reach(id)
		if err != nil {
			return err
		}
		if !t.engine.access.HasKiosk(t.id, id) {
			return nil
		}
		return c.note(audit.DashboardUnshared, d, map[string]any{})
	}))
	return storeFault(err)
}
