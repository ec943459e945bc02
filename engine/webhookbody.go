package engine

import (
	"encoding/json"
	"errors"
	"fmt"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
	"flowwatch/engine/notify/channel"
	"flowwatch/engine/notify/text"
	"flowwatch/engine/webhook"
)

// WebhookEvent is what a subscription is told of an event that an engine reported. It has nothing of inputs and outputs. Client, tags and the masked error
// are only in it where the receiver is in the office's own network (B-104).
type WebhookEvent struct {
	EventID         string            `json:"eventId"`
	ExecutionID     string            `json:"executionId"`
	WorkflowID      string            `json:"workflowId"`
	WorkflowName    string            `json:"workflowName"`
	WorkflowVersion string            `json:"workflowVersion,omitempty"`
	Timestamp       execution.Instant `json:"timestamp"`
	StepID          string            `json:"stepId,omitempty"`
	StepName        string            `json:"stepName,omitempty"`
	Attempt         int               `json:"attempt,omitempty"`
	DurationMs      *int64            `json:"durationMs,omitempty"`
	Progress        *int              `json:"progress,omitempty"`
	TimedOut        bool              `json:"timedOut,omitempty"`
	RetryOf         string            `json:"retryOf,omitempty"`
	ClientRef       string            `json:"clientRef,omitempty"`
	Tags            []string          `json:"tags,omitempty"`
	Error           *string           `json:"error,omitempty"`
	Current         *WebhookCurrent   `json:"current"` // null: the execution was removed
	Links           text.Links        `json:"links"`
}

// WebhookCurrent is how the execution stands when the message is sent, which may be later.
type WebhookCurrent struct {
	Status      string            `json:"status"`
	Priority    string            `json:"priority"`
	Progress    int               `json:"progress"`
	Attempt     int               `json:"attempt"`
	QueuedAt    execution.Instant `json:"queuedAt"`
	StartedAt   execution.Instant `json:"startedAt"`
	CompletedAt execution.Instant `json:"completedAt"`
	Duration    *int64            `json:"duration"`
}

// WebhookWish is what a subscription is told of a wish for a priority. Its id is the command's, for the answer.
type WebhookWish struct {
	ID          string            `json:"id"`
	Type        string            `json:"type"` // priority
	ExecutionID string            `json:"executionId"`
	WorkflowID  string            `json:"workflowId"`
	Priority    string            `json:"priority"`
	Former      string            `json:"former"`
	State       PriorityState     `json:"state"`
	Reason      string            `json:"reason,omitempty"` // where the receiver is in the office's own network
	RequestedAt execution.Instant `json:"requestedAt"`
	AnsweredAt  execution.Instant `json:"answeredAt"`
}

// WebhookSkip is what a subscription is told of what it is not told. The executions of the time can be read by REST.
type WebhookSkip struct {
	Events  int64             `json:"events"`
	AtLeast bool              `json:"atLeast"` // there may have been more
	Reason  string            `json:"reason"`
	Since   execution.Instant `json:"since"`
	Until   execution.Instant `json:"until"`
	Links   struct {
		Executions string `json:"executions"`
		Alerts     string `json:"alerts"`
		Commands   string `json:"commands"`
	} `json:"links"`
}

// WebhookTrial is what a test says.
type WebhookTrial struct {
	WebhookID string `json:"webhookId"`
	Name      string `json:"name"`
}

// composer puts what happened into CloudEvents for one receiver.
type composer struct {
	tenant   *Tenant
	of       *subscribed
	detailed bool // the receiver is in the office's own network
}

// Compose implements notify.History.
func (h history) Compose(id string, p *notify.Packet) (m *notify.Message, used int, err error) {
	t := h.tenant
	s := t.webhooks.set.Load().active[id]
	if s == nil {
		return nil, 0, errWebhookOff
	}
	c := &composer{tenant: t, of: s, detailed: channel.Inside(s.config().URL)}
	var all []json.RawMessage
	size := 0
	switch {
	case p.Trial != "":
		all, err = c.add(all, webhook.NewEnvelope(t.id, p.Trial, webhook.Tested, id, t.engine.instant(), 0, WebhookTrial{WebhookID: id, Name: s.Name}))
	case p.Skip != nil:
		all, err = c.add(all, c.skip(p.Skip))
	}
	for i := range p.Found {
		if err != nil || size > webhookBatchSize && !p.Pinned {
			break
		}
		used++
		var e *webhook.Envelope
		if e, err = c.envelope(&p.Found[i]); e == nil || err != nil {
			continue
		}
		all, err = c.add(all, e)
		size += len(all[len(all)-1])
	}
	if err != nil || len(all) == 0 {
		return nil, used, err
	}
	m = &notify.Message{JSON: webhook.Body(all, s.Batch), Media: webhook.MediaType}
	if s.Batch {
		m.Media = webhook.BatchMediaType
	}
	return m, used, nil
}

func (c *composer) add(all []json.RawMessage, e *webhook.Envelope) ([]json.RawMessage, error) {
	one, err := json.Marshal(e)
	if err != nil {
		return all, fmt.Errorf("event: %w", err)
	}
	return append(all, one), nil
}

// envelope is one event; nil when what it tells of is gone.
func (c *composer) envelope(o *notify.Occurrence) (*webhook.Envelope, error) {
	t := c.tenant
	switch about := o.About.(type) {
	case *execution.Event:
		return webhook.NewEnvelope(t.id, o.ID, o.Name, about.ExecutionID, about.Timestamp, o.Place.Seq, c.event(about)), nil
	case *signal:
		if about.Wish != nil {
			return webhook.NewEnvelope(t.id, o.ID, o.Name, about.Wish.ExecutionID, about.At, about.Seq, c.wish(about.Wish)), nil
		}
		return c.alert(o, about)
	}
	return nil, nil
}

func (c *composer) event(e *execution.Event) *WebhookEvent {
	t := c.tenant
	d := &WebhookEvent{
		EventID: e.ID, ExecutionID: e.ExecutionID, WorkflowID: e.WorkflowID, WorkflowName: e.WorkflowName, WorkflowVersion: e.WorkflowVersion,
		Timestamp: e.Timestamp, StepID: e.StepID, StepName: e.StepName, Attempt: e.Attempt, TimedOut: e.TimedOut, RetryOf: e.RetryOf,
	}
	if e.DurationMs >= 0 {
		d.DurationMs = &e.DurationMs
	}
	if e.Progress >= 0 {
		d.Progress = &e.Progress
	}
	if c.detailed {
		d.ClientRef, d.Tags, d.Error = e.ClientRef, e.Tags, PreviewOf(e.Error, t.Hides())
	}
	if base := t.PublicURL(); base != "" {
		d.Links.View = base + "/executions/" + e.ExecutionID
	}
	x, err := t.entire.summaryOf(e.ExecutionID)
	if err != nil {
		return d
	}
	d.WorkflowID, d.WorkflowName = x.WorkflowID, t.WorkflowName(&x)
	d.Current = &WebhookCurrent{
		Status: x.Status.String(), Priority: x.Priority.String(), Progress: x.Progress, Attempt: x.Attempt,
		QueuedAt: x.QueuedAt, StartedAt: x.StartedAt, CompletedAt: x.CompletedAt,
	}
	if ms, ok := x.DurationMs(t.engine.instant()); ok {
		d.Current.Duration = &ms
	}
	return d
}

func (c *composer) wish(r *PriorityRequest) *WebhookWish {
	w := &WebhookWish{
		ID: r.ID, Type: "priority", ExecutionID: r.ExecutionID, WorkflowID: r.WorkflowID, Priority: r.Priority, Former: r.Former, State: r.State,
		RequestedAt: r.RequestedAt, AnsweredAt: r.AnsweredAt,
	}
	if c.detailed {
		w.Reason = r.Reason
	}
	return w
}

// alert is what an alert's own webhook would be told, without the links that answer it.
func (c *composer) alert(o *notify.Occurrence, s *signal) (*webhook.Envelope, error) {
	t := c.tenant
	r, err := t.Alert(s.AlertID)
	if errors.Is(err, errUnknownAlert) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var transition alert.Transition
	for of, name := range alertSignals {
		if name == s.Name {
			transition = of
		}
	}
	notice := &notify.Notice{
		To: notify.Target{Type: notify.Webhook}, Key: o.ID, Now: t.engine.instant(), Items: []notify.Item{{Transition: transition, Record: r}},
	}
	m := text.Compose(notice, &text.Options{
		Language: text.Polish, Zone: t.engine.zone, Office: t.name(), Detailed: c.detailed,
		Links: func(r *alert.Record) text.Links { return text.Links{View: t.links(r, notice.To).View} },
	})
	return webhook.NewEnvelope(t.id, o.ID, o.Name, r.ID, s.At, s.Seq, m.JSON), nil
}

func (c *composer) skip(s *notify.Skip) *webhook.Envelope {
	t := c.tenant
	d := &WebhookSkip{Events: s.Events, AtLeast: s.AtLeast, Reason: s.Reason, Since: s.Since, Until: s.Until}
	if base := t.PublicURL(); base != "" {
		since := ""
		if s.Since.Present() {
			since = "?from=" + s.Since.Time().Format("2006-01-02T15:04:05.000Z")
		}
		d.Links.Executions = base + "/api/monitoring/executions" + since
		d.Links.Alerts = base + "/api/monitoring/alert-history" + since
		d.Links.Commands = base + "/api/ingest/commands"
	}
	return webhook.NewEnvelope(t.id, fmt.Sprintf("%s-%s", t.engine.Epoch(), s.ID), webhook.Skipped, c.of.ID, t.engine.instant(), 0, d)
}
