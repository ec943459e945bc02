package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/dashboard"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

const dashboardsPath = "/api/monitoring/dashboards"

// WidgetPosition is a widget's place in whole cells of the grid. All four are required.
type WidgetPosition struct {
	X *int `json:"x"`
	Y *int `json:"y"`
	W *int `json:"w"`
	H *int `json:"h"`
}

// DashboardWidget is one thing on a dashboard.
type DashboardWidget struct {
	ID       string          `json:"id"`
	Type     string          `json:"type" enum:"widgetType"`
	Title    string          `json:"title"`
	Config   json.RawMessage `json:"config,omitempty"` // an object
	Position *WidgetPosition `json:"position"`
}

// DashboardLayout is the grid. What is absent stays; of a new dashboard it is the default.
type DashboardLayout struct {
	Columns   *int `json:"columns,omitempty"`
	RowHeight *int `json:"rowHeight,omitempty"`
}

// CreateDashboardInput makes or changes a dashboard. Of a change what is absent stays; widgets are replaced as a whole.
type CreateDashboardInput struct {
	Name      *string            `json:"name,omitempty"`
	Layout    *DashboardLayout   `json:"layout,omitempty"`
	Widgets   *[]DashboardWidget `json:"widgets,omitempty"`
	IsDefault *bool              `json:"isDefault,omitempty"`
	Version   *int64             `json:"version,omitempty"`
}

// Dashboard is one of the caller's, or the office's as long as the caller has made no own one of it: isOffice. To change that makes the caller's own, under
// the same id.
type Dashboard struct {
	ID              string             `json:"id"`
	UserID          *string            `json:"userId"` // whose it is, user or token; null: the office's
	Name            string             `json:"name"`
	Layout          dashboard.Layout   `json:"layout"`
	Widgets         []dashboard.Widget `json:"widgets"`
	IsDefault       bool               `json:"isDefault"`       // its owner begins with it
	IsOfficeDefault bool               `json:"isOfficeDefault"` // who has no default of their own begins with it
	IsOffice        bool               `json:"isOffice"`
	HasLink         bool               `json:"hasLink"` // screens show it by a link
	Version         int64              `json:"version"`
	CreatedAt       execution.Instant  `json:"createdAt"`
	UpdatedAt       execution.Instant  `json:"updatedAt"`
}

// DashboardPage lists dashboards; all fit on one page.
type DashboardPage struct {
	Items      []Dashboard `json:"items"`
	NextCursor *string     `json:"nextCursor"`
}

// DefaultInput says for whom a dashboard is the default: user, its owner, or office, everybody who has none.
type DefaultInput struct {
	Scope string `json:"scope,omitempty" enum:"defaultScope"`
}

// The scopes of a default.
const (
	scopeUser   = "user"
	scopeOffice = "office"
)

// DashboardShare is a link for a screen on the wall. The key stands behind # in the URL, and is told this once.
type DashboardShare struct {
	ID        string            `json:"id"` // of the dashboard
	URL       string            `json:"url"`
	ExpiresAt execution.Instant `json:"expiresAt"`
}

// DashboardShareState tells of a link, and of the screens that are signed in by it.
type DashboardShareState struct {
	ID        string            `json:"id"`
	SharedBy  string            `json:"sharedBy"`
	SharedAt  execution.Instant `json:"sharedAt"`
	ExpiresAt execution.Instant `json:"expiresAt"`
	Screens   []DashboardScreen `json:"screens"`
}

// DashboardScreen is a session of a screen.
type DashboardScreen struct {
	ID         string            `json:"id"`
	SignedInAt execution.Instant `json:"signedInAt"`
	LastUsedAt execution.Instant `json:"lastUsedAt"`
}

func newDashboard(v *engine.Dashboard) Dashboard {
	d := Dashboard{
		ID: v.ID, UserID: &v.Owner, Name: v.Name, Layout: v.Layout, Widgets: make([]dashboard.Widget, len(v.Widgets)), IsDefault: v.IsDefault,
		IsOfficeDefault: v.IsOfficeDefault, IsOffice: v.Shared, HasLink: v.HasLink, Version: v.Version, CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
	}
	if v.Shared {
		d.UserID = nil
	}
	for i, w := range v.Widgets {
		if len(w.Config) == 0 {
			w.Config = json.RawMessage("{}")
		}
		d.Widgets[i] = w
	}
	return d
}

func versionTag(version int64) string { return fmt.Sprintf(`"%d"`, version) }

// apply puts what the input says into a dashboard; what is out of range is found later.
func (in *CreateDashboardInput) apply(d *dashboard.Dashboard) (isDefault *bool, err error) {
	if in.Name != nil {
		d.Name = *in.Name
	}
	if l := in.Layout; l != nil {
		if l.Columns != nil {
			d.Layout.Columns = *l.Columns
		}
		if l.RowHeight != nil {
			d.Layout.RowHeight = *l.RowHeight
		}
	}
	if in.Widgets == nil {
		return in.IsDefault, nil
	}
	d.Widgets = make([]dashboard.Widget, len(*in.Widgets))
	var missing []fault.Field
	for i, w := range *in.Widgets {
		d.Widgets[i] = dashboard.Widget{ID: w.ID, Type: dashboard.Type(w.Type), Title: w.Title, Config: w.Config}
		if p := w.Position; p != nil && p.X != nil && p.Y != nil && p.W != nil && p.H != nil {
			d.Widgets[i].Position = dashboard.Position{X: *p.X, Y: *p.Y, W: *p.W, H: *p.H}
		} else {
			missing = append(missing, fault.Field{Location: fmt.Sprintf("body.widgets[%d].position", i), Message: "x, y, w and h are required"})
		}
	}
	if len(missing) > 0 {
		return nil, errInvalid.With(missing...)
	}
	return in.IsDefault, nil
}

func (s *Server) listDashboards(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	page, err := dashboardPage(c, q)
	if err != nil {
		return err
	}
	return c.JSON(page)
}

func dashboardPage(c *call, q *query) (page DashboardPage, err error) {
	owner := q.id("userId")
	if err := q.err(); err != nil {
		return page, err
	}
	all, err := c.tenant.Dashboards(c.principal, c.by(), owner)
	if err != nil {
		return page, err
	}
	page.Items = make([]Dashboard, len(all))
	for i := range all {
		page.Items[i] = newDashboard(&all[i])
	}
	return page, nil
}

func (s *Server) postDashboard(c *call) error {
	var in CreateDashboardInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	made, err := c.makeDashboard(&in)
	if err != nil {
		return err
	}
	c.Location(dashboardsPath + "/" + made.ID)
	c.Status(http.StatusCreated)
	return c.sendDashboard(made)
}

func (c *call) makeDashboard(in *CreateDashboardInput) (*engine.Dashboard, error) {
	d := dashboard.Dashboard{Layout: dashboard.DefaultLayout()}
	isDefault, err := in.apply(&d)
	if err != nil {
		return nil, err
	}
	return c.tenant.CreateDashboard(c.principal, c.by(), d, isDefault != nil && *isDefault)
}

func (c *call) sendDashboard(v *engine.Dashboard) error {
	c.Set(fiber.HeaderETag, versionTag(v.Version))
	return c.JSON(newDashboard(v))
}

// ofDashboard reads which dashboard a route is about; one that the caller does not see is not found whatever the body is.
func (c *call) ofDashboard() (*engine.Dashboard, error) {
	id, err := c.id("dashboardId")
	if err != nil {
		return nil, err
	}
	return c.tenant.Dashboard(c.principal, c.by(), id)
}

func (s *Server) getDashboard(c *call) error {
	v, err := c.ofDashboard()
	if err != nil {
		return err
	}
	return c.sendDashboard(v)
}

// ifVersion is what If-Match, or the version in a body, ask of a dashboard or a view before a change. When they are not met, the answer's ETag is the
// present version's.
func (c *call) ifVersion(version *int64) func(current int64) bool {
	matches := c.ifMatch()
	return func(current int64) bool {
		if (version == nil || *version == current) && matches(true, func() string { return versionTag(current) }) {
			return true
		}
		c.Set(fiber.HeaderETag, versionTag(current))
		return false
	}
}

func (s *Server) patchDashboard(c *call) error {
	v, err := c.ofDashboard()
	if err != nil {
		return err
	}
	var in CreateDashboardInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	if v, err = c.changeDashboard(v.ID, &in); err != nil {
		return err
	}
	return c.sendDashboard(v)
}

func (c *call) changeDashboard(id string, in *CreateDashboardInput) (*engine.Dashboard, error) {
	return c.tenant.ChangeDashboard(c.principal, c.by(), id, c.ifVersion(in.Version), in.apply)
}

func (s *Server) deleteDashboard(c *call) error {
	v, err := c.ofDashboard()
	if err != nil {
		return err
	}
	if err := c.tenant.DeleteDashboard(c.principal, c.by(), v.ID, c.ifVersion(nil)); err != nil {
		return err
	}
	return c.noContent()
}

func (s *Server) postDashboardDefault(c *call) error {
	v, err := c.ofDashboard()
	if err != nil {
		return err
	}
	var in DefaultInput
	if len(c.Request().Body()) > 0 {
		if err := s.read(c, &in); err != nil {
			return err
		}
	}
	switch in.Scope {
	case "", scopeUser:
	case scopeOffice:
		if !c.principal.Can(access.ManageDashboards) {
			return errForbidden
		}
	default:
		return errInvalid.With(fault.Field{Location: "body.scope", Message: "must be user or office"})
	}
	if v, err = c.tenant.DefaultDashboard(c.principal, c.by(), v.ID, in.Scope == scopeOffice); err != nil {
		return err
	}
	return c.sendDashboard(v)
}

func (s *Server) postDashboardShare(c *call) error {
	v, err := c.ofDashboard()
	if err != nil {
		return err
	}
	link, err := c.tenant.ShareDashboard(c.principal, c.by(), v.ID)
	if err != nil {
		return err
	}
	return c.Status(http.StatusCreated).JSON(DashboardShare{ID: link.ID, URL: link.URL, ExpiresAt: instant(link.ExpiresAt)})
}

func (s *Server) getDashboardShare(c *call) error {
	v, err := c.ofDashboard()
	if err != nil {
		return err
	}
	link, err := c.tenant.SharedDashboard(v.ID)
	if err != nil {
		return err
	}
	state := DashboardShareState{
		ID: v.ID, SharedBy: link.SharedBy, SharedAt: instant(link.CreatedAt), ExpiresAt: instant(link.ExpiresAt),
		Screens: make([]DashboardScreen, len(link.Screens)),
	}
	for i, k := range link.Screens {
		state.Screens[i] = DashboardScreen{ID: k.ID, SignedInAt: instant(k.CreatedAt), LastUsedAt: instant(k.LastUsedAt)}
	}
	return c.JSON(state)
}

func (s *Server) deleteDashboardShare(c *call) error {
	v, err := c.ofDashboard()
	if err != nil {
		return err
	}
	if err := c.tenant.UnshareDashboard(c.principal, c.by(), v.ID); err != nil {
		return err
	}
	return c.noContent()
}

// startKiosk turns the key of a shared dashboard into a session that reads and nothing else. The key stays good: screens are switched off and on.
func (s *Server) startKiosk(c *call) error {
	var in SessionInput
	if err := s.readOwn(c, &in); err != nil {
		return err
	}
	secret, p, err := s.engine.Access().EnterKiosk(in.Key, c.address())
	if fault.Of(err) != nil && fault.Of(err).Kind == fault.Unauthorized && s.options.RateLimit {
		if limited := s.guesses.take(c.address()); limited != nil {
			return limited
		}
	}
	if err != nil {
		return err
	}
	return s.enterFor(c, secret, p, p.ExpiresAt.Sub(s.engine.Now()).Truncate(time.Second))
}

// dashboardRoutes are about dashboards and the screens that show them.
func dashboardRoutes() []route {
	const one = dashboardsPath + "/{dashboardId}"
	return []route{
		{method: "GET", path: dashboardsPath, summary: "The caller's dashboards and the office's; exactly one is the caller's default", rights: reading,
			handle: (*Server).listDashboards, query: []parameter{{name: "userId", kind: "string", about: "for org_admin: whose, a user or a token"}},
			response: DashboardPage{}},
		{method: "POST", path: dashboardsPath, summary: "Make a dashboard; ETag. Widgets that overlap are moved apart", rights: owning,
			handle: (*Server).postDashboard, request: CreateDashboardInput{}, response: Dashboard{}, status: http.StatusCreated},
		{method: "GET", path: one, summary: "One dashboard; ETag", rights: reading, handle: (*Server).getDashboard, response: Dashboard{}},
		{method: "PATCH", path: one, summary: "Change a dashboard; heeds If-Match and version. Of the office's it makes an own one", rights: owning,
			handle: (*Server).patchDashboard, request: CreateDashboardInput{}, response: Dashboard{}},
		{method: "DELETE", path: one, summary: "Remove a dashboard; heeds If-Match", rights: owning, handle: (*Server).deleteDashboard,
			status: http.StatusNoContent},
		{method: "POST", path: one + "/default", summary: "Begin with this dashboard; scope office, for org_admin: everybody who has no default does", rights: owning,
			handle: (*Server).postDashboardDefault, request: DefaultInput{}, response: Dashboard{}},
		{method: "POST", path: one + "/share", summary: "A read-only link for a screen, good for 90 days; a former one ends", rights: owning,
			handle: (*Server).postDashboardShare, response: DashboardShare{}, status: http.StatusCreated},
		{method: "GET", path: one + "/share", summary: "The link's state and the screens that use it", rights: owning,
			handle: (*Server).getDashboardShare, response: DashboardShareState{}},
		{method: "DELETE", path: one + "/share", summary: "Take the link back; its screens are signed out", rights: owning,
			handle: (*Server).deleteDashboardShare, status: http.StatusNoContent},
		{method: "POST", path: "/api/auth/kiosk", summary: "Exchange the key of a shared dashboard for a read-only session cookie", public: true,
			handle: (*Server).startKiosk, request: SessionInput{}, response: SessionAnswer{}},
	}
}
