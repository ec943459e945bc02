package api

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine"
)

// ConsumerPage ranks workflows by what they use. Basis says by which number:
// cpu, or stepSeconds where no engine said any CPU (B-87).
type ConsumerPage struct {
	Window     string            `json:"window"`
	Basis      string            `json:"basis"`
	Items      []engine.Consumer `json:"items"`
	NextCursor *string           `json:"nextCursor"`
}

// windows are those of which consumers are known.
var windows = map[string]time.Duration{"5m": 5 * time.Minute, "1h": time.Hour}

// getSystemMetrics is the seed's getSystemMetrics (S28): the last hour unless
// the caller says otherwise.
func (s *Server) getSystemMetrics(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	from, to := q.span()
	if err := q.err(); err != nil {
		return err
	}
	end := s.engine.Now()
	if to.Present() {
		end = to.Time()
	}
	start := end.Add(-time.Hour)
	if from.Present() {
		start = from.Time()
	}
	return c.JSON(SeriesAnswer{Series: orEmpty(c.tenant.Resources(start, end))})
}

// getSystemHealth judges as of now (AC8.1d, B-102).
func (s *Server) getSystemHealth(c *call) error {
	health := c.tenant.SystemHealth()
	if prefersEnglish(c.Get(fiber.HeaderAcceptLanguage)) {
		health = health.InEnglish()
	}
	return c.JSON(health)
}

// getConsumers ranks workflows by what their steps use (AC4.2c, B-87).
func (s *Server) getConsumers(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	name := q.values.Get("window")
	if name == "" {
		name = "5m"
	}
	window, ok := windows[name]
	if !ok {
		q.wrong("window", "must be 5m or 1h")
	}
	if err := q.err(); err != nil {
		return err
	}
	consumers := c.tenant.Consumers(window)
	return c.JSON(ConsumerPage{Window: name, Basis: consumers.Basis, Items: consumers.Items})
}
