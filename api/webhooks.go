package api

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
)

const webhooksPath = "/api/admin/webhooks"

// WebhookInput makes or changes a subscription to outgoing events. Of a change what is absent stays; an empty secret takes it away.
type WebhookInput struct {
	Name        *string   `json:"name,omitempty"`
	URL         *string   `json:"url,omitempty"`
	Secret      *string   `json:"secret,omitempty"`
	Events      *[]string `json:"events,omitempty"`
	WorkflowIDs *[]string `json:"workflowIds,omitempty"`
	Batch       *bool     `json:"batch,omitempty"`
	IsActive    *bool     `json:"isActive,omitempty"`
	Version     *int64    `json:"version,omitempty"`
}

// Webhook is a subscription to outgoing events, its secrets hidden, and how it stands.
type Webhook struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	URL         string            `json:"url"`
	Secret      *string           `json:"secret"` // hidden; null: there is none
	Events      []string          `json:"events"`
	WorkflowIDs []string          `json:"workflowIds"` // none: of all
	Batch       bool              `json:"batch"`
	IsActive    bool              `json:"isActive"`
	Version     int64             `json:"version"`
	CreatedAt   execution.Instant `json:"createdAt"`
	CreatedBy   string            `json:"createdBy"`
	UpdatedAt   execution.Instant `json:"updatedAt"`
	Standing    notify.Standing   `json:"standing"`
}

// WebhookPage lists subscriptions; all fit on one page.
type WebhookPage struct {
	Items      []Webhook `json:"items"`
	NextCursor *string   `json:"nextCursor"`
}

// WebhookTest says under which id the outcome of a test will stand among the webhook's deliveries.
type WebhookTest struct {
	DeliveryID string `json:"deliveryId"`
}

// apply puts what the input says into a subscription; what is wrong with it is found later.
func (in *WebhookInput) apply(w *engine.Webhook) {
	for _, text := range []struct{ to, from *string }{{&w.Name, in.Name}, {&w.URL, in.URL}, {&w.Secret, in.Secret}} {
		if text.from != nil {
			*text.to = *text.from
		}
	}
	for _, list := range []struct{ to, from *[]string }{{&w.Events, in.Events}, {&w.WorkflowIDs, in.WorkflowIDs}} {
		if list.from != nil {
			*list.to = *list.from
		}
	}
	for _, flag := range []struct{ to, from *bool }{{&w.Batch, in.Batch}, {&w.Active, in.IsActive}} {
		if flag.from != nil {
			*flag.to = *flag.from
		}
	}
}

func newWebhook(c *call, w *engine.Webhook) (Webhook, error) {
	standing, err := c.tenant.WebhookStanding(w)
	return Webhook{
		ID: w.ID, Name: w.Name, URL: w.URL, Secret: optional(w.Secret), Events: orEmpty(w.Events), WorkflowIDs: orEmpty(w.WorkflowIDs), Batch: w.Batch,
		IsActive: w.Active, Version: w.Version, CreatedAt: w.CreatedAt, CreatedBy: w.CreatedBy, UpdatedAt: w.UpdatedAt, Standing: standing,
	}, err
}

func (c *call) sendWebhook(w *engine.Webhook) error {
	shown, err := newWebhook(c, w)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, versionTag(w.Version))
	return c.JSON(shown)
}

// ofWebhook is the subscription that the path names. Who sees only some clients has no part in them: they tell of all.
func (c *call) ofWebhook() (engine.Webhook, error) {
	if err := c.wholeOrganization(); err != nil {
		return engine.Webhook{}, err
	}
	id, err := c.id("webhookId")
	if err != nil {
		return engine.Webhook{}, err
	}
	return c.tenant.Webhook(id)
}

func (s *Server) listWebhooks(c *call) error {
	if err := c.wholeOrganization(); err != nil {
		return err
	}
	all, err := c.tenant.Webhooks()
	if err != nil {
		return err
	}
	page := WebhookPage{Items: make([]Webhook, len(all))}
	for i := range all {
		if page.Items[i], err = newWebhook(c, &all[i]); err != nil {
			return err
		}
	}
	return c.JSON(page)
}

func (s *Server) postWebhook(c *call) error {
	if err := c.wholeOrganization(); err != nil {
		return err
	}
	var in WebhookInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	var w engine.Webhook
	w.Active = true
	in.apply(&w)
	made, err := c.tenant.CreateWebhook(w, c.by())
	if err != nil {
		return err
	}
	c.Location(webhooksPath + "/" + made.ID)
	c.Status(http.StatusCreated)
	return c.sendWebhook(&made)
}

func (s *Server) getWebhook(c *call) error {
	w, err := c.ofWebhook()
	if err != nil {
		return err
	}
	return c.sendWebhook(&w)
}

func (s *Server) patchWebhook(c *call) error {
	old, err := c.ofWebhook()
	if err != nil {
		return err
	}
	var in WebhookInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	w, err := c.tenant.ChangeWebhook(old.ID, c.by(), c.ifVersion(in.Version), func(w *engine.Webhook) error {
		in.apply(w)
		return nil
	})
	if err != nil {
		return err
	}
	return c.sendWebhook(&w)
}

func (s *Server) deleteWebhook(c *call) error {
	w, err := c.ofWebhook()
	if err != nil {
		return err
	}
	if err := c.tenant.DeleteWebhook(w.ID, c.by()); err != nil {
		return err
	}
	return c.noContent()
}

func (s *Server) postWebhookTest(c *call) error {
	w, err := c.ofWebhook()
	if err != nil {
		return err
	}
	delivery, err := c.tenant.TestWebhook(w.ID, c.by())
	if err != nil {
		return err
	}
	return c.Status(http.StatusAccepted).JSON(WebhookTest{DeliveryID: delivery})
}

func (s *Server) postWebhookResend(c *call) error {
	w, err := c.ofWebhook()
	if err != nil {
		return err
	}
	id, err := c.id("refusedId")
	if err != nil {
		return err
	}
	if err := c.tenant.ResendToWebhook(w.ID, id, c.by()); err != nil {
		return err
	}
	return c.Status(http.StatusAccepted).JSON(struct{}{})
}

// webhookRoutes are about subscriptions to outgoing events.
func webhookRoutes() []route {
	one := webhooksPath + "/{webhookId}"
	return []route{
		{method: "GET", path: webhooksPath, summary: "Webhooks and how they stand, oldest first", rights: adjusting, handle: (*Server).listWebhooks, response: WebhookPage{}},
		{method: "POST", path: webhooksPath, summary: "Have events sent to an address from now on; ETag", rights: adjusting, handle: (*Server).postWebhook,
			request: WebhookInput{}, response: Webhook{}, status: http.StatusCreated},
		{method: "GET", path: one, summary: "One webhook with its last deliveries; ETag", rights: adjusting, handle: (*Server).getWebhook, response: Webhook{}},
		{method: "PATCH", path: one, summary: "Change a webhook, or switch it on or off; heeds If-Match and version", rights: adjusting,
			handle: (*Server).patchWebhook, request: WebhookInput{}, response: Webhook{}},
		{method: "DELETE", path: one, summary: "End a webhook", rights: adjusting, handle: (*Server).deleteWebhook, status: http.StatusNoContent},
		{method: "POST", path: one + "/test", summary: "Send a test event to a webhook, by the way of all events", rights: adjusting,
			handle: (*Server).postWebhookTest, response: WebhookTest{}, status: http.StatusAccepted},
		{method: "POST", path: one + "/refused/{refusedId}/resend", summary: "Send again what a webhook refused", rights: adjusting,
			handle: (*Server).postWebhookResend, response: struct{}{}, status: http.StatusAccepted},
	}
}
