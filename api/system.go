package api

import (
	"bytes"
	"net/http"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/alert"
	"flowwatch/engine/dashboard"
	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/engine/view"
	"flowwatch/engine/webhook"
)

// Health answers the probes.
type Health struct {
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// Meta tells a client what it talks to.
type Meta struct {
	Name           string              `json:"name"`
	Version        string              `json:"version"`
	ServerTime     execution.Instant   `json:"serverTime"`
	OrganizationID string              `json:"organizationId"`
	Epoch          string              `json:"epoch"`
	Seq            uint64              `json:"seq"`
	Enums          map[string][]string `json:"enums"`
	Limits         map[string]int      `json:"limits"`
}

// getHealth says that the process answers.
func (s *Server) getHealth(c *call) error { return c.JSON(Health{Status: "ok"}) }

// getReady says whether events can be taken.
func (s *Server) getReady(c *call) error {
	health := s.engine.Health()
	if !health.Ready {
		return c.Status(http.StatusServiceUnavailable).JSON(Health{Status: "unavailable", Reason: health.Reason})
	}
	return c.JSON(Health{Status: "ready"})
}

func (s *Server) getMetrics(c *call) error {
	var b bytes.Buffer
	s.engine.WriteMetrics(&b)
	s.metrics.set.WritePrometheus(&b)
	c.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	return c.Send(b.Bytes())
}

func (s *Server) getDocument(c *call) error { return c.sendJSON(s.document) }

func (s *Server) getMeta(c *call) error {
	return c.JSON(Meta{
		Name: "flowwatch", Version: s.options.Version, ServerTime: execution.At(s.engine.Now()),
		OrganizationID: c.principal.OrganizationID, Epoch: c.tenant.Epoch(), Seq: c.tenant.Seq(),
		Enums: enums(), Limits: s.limits(),
	})
}

func enums() map[string][]string {
	return map[string][]string{
		"status":           words[execution.Status](0, 5),
		"stepStatus":       words[execution.StepStatus](0, 5),
		"scrapeState":      {"waiting", "ok", "failed"},
		"priority":         words(execution.High, execution.Low),
		"eventType":        words[execution.EventType](0, 13),
		"subscriptionType": {"execution_updates", "step_updates", "metrics_stream", "alerts", "queue_status"},
		"role":             roleNames(),
		"logLevel":         logLevels,
		"alertType":        texts(alert.Types()),
		"alertSeverity":    texts(alert.Severities()),
		"alertStatus":      alertStatuses,
		"deliveryStatus":   deliveryStates,
		"webhookEvent":     webhook.Events(),
		"widgetType":       texts(dashboard.Types()),
		"viewPage":         texts(view.Pages()),
		"defaultScope":     {scopeUser, scopeOffice},
		"forecastState":    deadline.ForecastStates(),
		"clientState":      engine.ClientStates(),
		"forecastReason":   deadline.ForecastReasons(),
	}
}

// words are the names of an enumeration, from first to last.
func words[T interface {
	~uint8
	String() string
}](first, last T) []string {
	var all []string
	for v := first; v <= last; v++ {
		all = append(all, v.String())
	}
	return all
}

func roleNames() []string {
	var all []string
	for _, r := range access.Roles() {
		all = append(all, string(r))
	}
	return all
}
