package api

import (
	"net/http"

	"flowwatch/engine/fault"
	"flowwatch/engine/notify"
)

const deliveriesPath = "/api/monitoring/deliveries"

var deliveryStates = texts([]notify.State{notify.Queued, notify.Sending, notify.Delivered, notify.Retrying, notify.Dead, notify.Superseded})

// texts are the words of an enumeration.
func texts[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, word := range words {
		out[i] = string(word)
	}
	return out
}

// DeliveryPage is a page of messages, newest first.
type DeliveryPage struct {
	Items      []notify.Delivery `json:"items"`
	NextCursor *string           `json:"nextCursor"`
}

// InboxItem is one line of a person's inbox.
type InboxItem struct {
	notify.InboxItem
	ID      string `json:"id"`
	Message string `json:"message"`
}

// InboxPage is a page of the caller's inbox, newest first.
type InboxPage struct {
	Items      []InboxItem `json:"items"`
	Unread     int         `json:"unread"` // of all pages; a count stops at 1,000
	NextCursor *string     `json:"nextCursor"`
}

// InboxMark names what was read; no ids are all.
type InboxMark struct {
	IDs []string `json:"ids"`
}

// InboxMarked says how many items were unread before.
type InboxMarked struct {
	Marked int `json:"marked"`
}

func (s *Server) listDeliveries(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	status, cursor, limit := q.values.Get("status"), q.cursor(), q.limit()
	if err := q.err(); err != nil {
		return err
	}
	items, next, err := c.tenant.Deliveries(notify.State(status), cursor, limit)
	if err != nil {
		return err
	}
	return c.JSON(DeliveryPage{Items: orEmpty(items), NextCursor: optional(next)})
}

func (s *Server) postResend(c *call) error {
	id, err := c.id("deliveryId")
	if err != nil {
		return err
	}
	if err := c.tenant.Resend(id, c.by()); err != nil {
		return err
	}
	return c.Status(http.StatusAccepted).JSON(struct{}{})
}

func (s *Server) listInbox(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	cursor, limit := q.cursor(), q.limit()
	if err := q.err(); err != nil {
		return err
	}
	items, unread, next, err := c.tenant.Inbox(c.principal.Who(), cursor, limit)
	if err != nil {
		return err
	}
	page := InboxPage{Items: make([]InboxItem, len(items)), Unread: unread, NextCursor: optional(next)}
	for i := range items {
		page.Items[i] = InboxItem{InboxItem: items[i].InboxItem, ID: items[i].ID(), Message: items[i].Message}
	}
	return c.JSON(page)
}

const inboxMarkMax = 1_000

func (s *Server) postInboxRead(c *call) error {
	var in InboxMark
	if len(c.Request().Body()) > 0 {
		if err := s.read(c, &in); err != nil {
			return err
		}
	}
	if len(in.IDs) > inboxMarkMax {
		return errInvalid.With(fault.Field{Location: "body.ids", Message: "at most 1000"})
	}
	n, err := c.tenant.MarkRead(c.principal.Who(), in.IDs)
	if err != nil {
		return err
	}
	return c.JSON(InboxMarked{Marked: n})
}

// deliveryRoutes are about messages.
func deliveryRoutes(limit, cursor parameter) []route {
	return []route{
		{method: "GET", path: deliveriesPath, summary: "Messages and how far they are, newest first", rights: reading, handle: (*Server).listDeliveries,
			query: []parameter{{name: "status", kind: "string", enum: deliveryStates}, cursor, limit}, response: DeliveryPage{}},
		{method: "POST", path: deliveriesPath + "/{deliveryId}/resend", summary: "Send again what was given up", rights: alerting,
			handle: (*Server).postResend, response: struct{}{}, status: http.StatusAccepted},
		{method: "GET", path: "/api/monitoring/inbox", summary: "What the caller was told in the application", rights: reading,
			handle: (*Server).listInbox, query: []parameter{cursor, limit}, response: InboxPage{}},
		{method: "POST", path: "/api/monitoring/inbox/read", summary: "Mark lines of the inbox as read", rights: reading,
			handle: (*Server).postInboxRead, request: InboxMark{}, response: InboxMarked{}},
	}
}
