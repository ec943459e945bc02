package api

import (
	"net/http"

	"flowwatch/engine"
	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
)

const outagesPath = "/api/monitoring/outages"

// OutageInput notes a failure of somebody else, such as KSeF.
type OutageInput struct {
	Cause  string            `json:"cause"` // part of the error, or of its fingerprint; case does not matter
	Since  execution.Instant `json:"since"` // null: now
	Until  execution.Instant `json:"until"` // null: until somebody ends it
	Reason string            `json:"reason"`
	Link   string            `json:"link,omitempty"` // where it was announced
}

// Outage is a known failure of somebody else. Messages about what fails by it wait; it counts for no streak and no rate.
type Outage struct {
	ID        string            `json:"id"`
	Cause     string            `json:"cause"`
	Since     execution.Instant `json:"since"`
	Until     execution.Instant `json:"until"`
	Reason    string            `json:"reason"`
	Link      string            `json:"link"`
	CreatedBy string            `json:"createdBy"`
	CreatedAt execution.Instant `json:"createdAt"`
	EndedBy   *string           `json:"endedBy"`
	Active    bool              `json:"isActive"`
}

// OutagePage lists outages; all fit on one page.
type OutagePage struct {
	Items      []Outage `json:"items"`
	NextCursor *string  `json:"nextCursor"`
}

func newOutage(x *engine.Outage, now execution.Instant) Outage {
	return Outage{
		ID: x.ID, Cause: x.Cause, Since: x.Since, Until: x.Until, Reason: x.Reason, Link: x.Link, CreatedBy: x.CreatedBy, CreatedAt: x.CreatedAt,
		EndedBy: optional(x.EndedBy), Active: x.Since <= now && (!x.Until.Present() || now < x.Until),
	}
}

func (s *Server) listOutages(c *call) error {
	page, now := OutagePage{Items: []Outage{}}, execution.At(s.engine.Now())
	all := c.tenant.Outages()
	for i := range all {
		page.Items = append(page.Items, newOutage(&all[i], now))
	}
	return c.JSON(page)
}

func (s *Server) postOutage(c *call) error {
	in := OutageInput{Since: execution.NoInstant, Until: execution.NoInstant}
	if err := s.read(c, &in); err != nil {
		return err
	}
	made, err := c.tenant.CreateOutage(alert.Outage{Cause: in.Cause, Since: in.Since, Until: in.Until, Reason: in.Reason, Link: in.Link}, c.by())
	if err != nil {
		return err
	}
	c.Location(outagesPath + "/" + made.ID)
	return c.Status(http.StatusCreated).JSON(newOutage(made, execution.At(s.engine.Now())))
}

func (s *Server) endOutage(c *call) error {
	id, err := c.id("outageId")
	if err != nil {
		return err
	}
	ended, err := c.tenant.EndOutage(id, c.by())
	if err != nil {
		return err
	}
	return c.JSON(newOutage(ended, execution.At(s.engine.Now())))
}

// outageRoutes are about known failures of others.
func outageRoutes() []route {
	return []route{
		{method: "GET", path: outagesPath, summary: "Known outages, newest first", rights: reading, handle: (*Server).listOutages, response: OutagePage{}},
		{method: "POST", path: outagesPath, summary: "Note an outage: messages about what fails by it wait", rights: alerting,
			handle: (*Server).postOutage, request: OutageInput{}, response: Outage{}, status: http.StatusCreated},
		{method: "POST", path: outagesPath + "/{outageId}/end", summary: "End an outage: what still fails is told", rights: alerting,
			handle: (*Server).endOutage, response: Outage{}},
	}
}
