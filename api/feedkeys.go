package api

import (
	"net/http"

	"flowwatch/engine/access"
	"flowwatch/engine/execution"
)

const feedKeysPath = "/api/admin/feed-keys"

// FeedKeyInput makes addresses for calendars, feed readers and spreadsheets. They show what the user sees.
type FeedKeyInput struct {
	Name   string `json:"name"`
	UserID string `json:"userId,omitempty"` // whose view it is; absent: the caller's
}

// FeedKey is the addresses of feeds, without their key.
type FeedKey struct {
	ID        string            `json:"id"`
	Name      string            `json:"name"`
	UserID    string            `json:"userId"` // whose view it is: a user, or an API token
	CreatedAt execution.Instant `json:"createdAt"`
}

// NewFeedKey is the addresses of feeds with their key, which nobody can show again.
type NewFeedKey struct {
	FeedKey
	Key  string   `json:"key"`
	URLs FeedURLs `json:"urls"`
}

// FeedURLs are what programs are given.
type FeedURLs struct {
	Alerts         string `json:"alerts"`         // Atom
	Calendar       string `json:"calendar"`       // iCalendar, of deadlines
	DeadlinesSheet string `json:"deadlinesSheet"` // CSV
	RunsSheet      string `json:"runsSheet"`      // CSV
}

// FeedKeyPage lists keys of feeds; all fit on one page.
type FeedKeyPage struct {
	Items      []FeedKey `json:"items"`
	NextCursor *string   `json:"nextCursor"`
}

func newFeedKey(k access.URLKey) FeedKey {
	return FeedKey{ID: k.ID, Name: k.Name, UserID: k.OwnerID, CreatedAt: instant(k.CreatedAt)}
}

func (s *Server) listFeedKeys(c *call) error {
	page := FeedKeyPage{Items: []FeedKey{}}
	for _, k := range s.engine.Access().FeedKeys(c.principal.OrganizationID) {
		page.Items = append(page.Items, newFeedKey(k))
	}
	return c.JSON(page)
}

func (s *Server) postFeedKey(c *call) error {
	var in FeedKeyInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	if in.UserID == "" {
		in.UserID = c.principal.Who()
	}
	made, key, err := s.engine.Access().CreateFeedKey(c.by(), c.principal.OrganizationID, in.UserID, in.Name)
	if err != nil {
		return err
	}
	at := c.tenant.PublicURL() + "/feed/" + key
	c.Location(feedKeysPath + "/" + made.ID)
	return c.Status(http.StatusCreated).JSON(NewFeedKey{FeedKey: newFeedKey(made), Key: key, URLs: FeedURLs{
		Alerts: at + "/alerts.atom", Calendar: at + "/deadlines.ics", DeadlinesSheet: at + "/deadlines.csv", RunsSheet: at + "/executions.csv",
	}})
}

// deleteFeedKey revokes a key at once.
func (s *Server) deleteFeedKey(c *call) error {
	id, err := c.id("feedKeyId")
	if err != nil {
		return err
	}
	if err := s.engine.Access().RevokeFeedKey(c.by(), c.principal.OrganizationID, id); err != nil {
		return err
	}
	return c.noContent()
}

// feedKeyRoutes are those by which addresses of feeds are made and ended.
func feedKeyRoutes() []route {
	return []route{
		{method: "GET", path: feedKeysPath, summary: "Keys of calendars, feed readers and spreadsheets, without their secrets", rights: tokening,
			handle: (*Server).listFeedKeys, response: FeedKeyPage{}},
		{method: "POST", path: feedKeysPath, summary: "Make addresses of feeds that show what a user sees; their key is shown once, and ends with the user",
			rights: tokening, handle: (*Server).postFeedKey, request: FeedKeyInput{}, response: NewFeedKey{}, status: 201},
		{method: "DELETE", path: feedKeysPath + "/{feedKeyId}", summary: "Revoke the key of feeds", rights: tokening, handle: (*Server).deleteFeedKey, status: 204},
	}
}
