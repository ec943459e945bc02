package api

import (
	"net/http"
	"slices"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine/access"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/view"
)

const viewsPath = "/api/monitoring/views"

// ViewInput makes or changes a saved view. Of a change what is absent stays.
type ViewInput struct {
	Page    *string `json:"page,omitempty" enum:"viewPage"`
	Name    *string `json:"name,omitempty"`
	Query   *string `json:"query,omitempty"`
	Shared  *bool   `json:"shared,omitempty"`
	Version *int64  `json:"version,omitempty"`
}

// View is a saved view: the caller's own, or shared, the office's.
type View struct {
	ID        string            `json:"id"`
	Owner     string            `json:"owner"` // whose it is, user or token
	Page      view.Page         `json:"page" enum:"viewPage"`
	Name      string            `json:"name"`
	Query     string            `json:"query"` // of the page's address, without '?'
	Shared    bool              `json:"shared"`
	Version   int64             `json:"version"`
	CreatedAt execution.Instant `json:"createdAt"`
	UpdatedAt execution.Instant `json:"updatedAt"`
}

// ViewPage lists saved views; all fit on one page.
type ViewPage struct {
	Items      []View  `json:"items"`
	NextCursor *string `json:"nextCursor"`
}

// apply puts what the input says into a view; what is out of range is found later.
func (in *ViewInput) apply(v *view.View) {
	if in.Page != nil {
		v.Page = view.Page(*in.Page)
	}
	if in.Name != nil {
		v.Name = *in.Name
	}
	if in.Query != nil {
		v.Query = *in.Query
	}
	if in.Shared != nil {
		v.Shared = *in.Shared
	}
}

func (s *Server) listViews(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	page := view.Page(q.text("page", nameRunesMax))
	if err := q.err(); err != nil {
		return err
	}
	if page != "" && !slices.Contains(view.Pages(), page) {
		return errInvalid.With(fault.Field{Location: "query.page", Message: "executions, alerts, deadlines, queue or workflows"})
	}
	all, err := c.tenant.Views(c.principal, page)
	if err != nil {
		return err
	}
	answer := ViewPage{Items: make([]View, len(all))}
	for i := range all {
		answer.Items[i] = View(all[i])
	}
	return c.JSON(answer)
}

func (s *Server) postView(c *call) error {
	var in ViewInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	var v view.View
	in.apply(&v)
	made, err := c.tenant.CreateView(c.principal, c.by(), v)
	if err != nil {
		return err
	}
	c.Location(viewsPath + "/" + made.ID)
	c.Status(http.StatusCreated)
	return c.sendView(made)
}

func (c *call) sendView(v *view.View) error {
	c.Set(fiber.HeaderETag, versionTag(v.Version))
	return c.JSON(View(*v))
}

// ofView reads which view a route is about; one that the caller does not see is not found whatever the body is.
func (c *call) ofView() (*view.View, error) {
	id, err := c.id("viewId")
	if err != nil {
		return nil, err
	}
	return c.tenant.View(c.principal, id)
}

func (s *Server) patchView(c *call) error {
	v, err := c.ofView()
	if err != nil {
		return err
	}
	var in ViewInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	if v, err = c.tenant.ChangeView(c.principal, c.by(), v.ID, c.ifVersion(in.Version), in.apply); err != nil {
		return err
	}
	return c.sendView(v)
}

func (s *Server) deleteView(c *call) error {
	v, err := c.ofView()
	if err != nil {
		return err
	}
	if err := c.tenant.DeleteView(c.principal, c.by(), v.ID, c.ifVersion(nil)); err != nil {
		return err
	}
	return c.noContent()
}

// viewRoutes are about saved views of lists.
func viewRoutes() []route {
	const one = viewsPath + "/{viewId}"
	owning := []access.Right{access.OwnViews}
	return []route{
		{method: "GET", path: viewsPath, summary: "The caller's saved views of lists, then the office's", rights: reading, handle: (*Server).listViews,
			query: []parameter{{name: "page", kind: "string", enum: texts(view.Pages()), about: "only of this page"}}, response: ViewPage{}},
		{method: "POST", path: viewsPath, summary: "Save a view; ETag. Shared ones, which the whole office sees, need views.share", rights: owning,
			handle: (*Server).postView, request: ViewInput{}, response: View{}, status: http.StatusCreated},
		{method: "PATCH", path: one, summary: "Change a saved view; heeds If-Match and version", rights: owning, handle: (*Server).patchView,
			request: ViewInput{}, response: View{}},
		{method: "DELETE", path: one, summary: "Remove a saved view; heeds If-Match", rights: owning, handle: (*Server).deleteView,
			status: http.StatusNoContent},
	}
}
