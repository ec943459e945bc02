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

// resourcesDefault is how far back resources and the queue are shown when
// nobody said since when.
const resourcesDefault = time.Hour

// getSystemMetrics is the seed's getSystemMetrics (S28): the last hour unless
// the caller says otherwise.
func (s *Server) getSystemMetrics(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	answer, err := s.systemMetrics(c, q)
	if err != nil {
		return err
	}
	return c.JSON(answer)
}

func (s *Server) systemMetrics(c *call, q *query) (answer SeriesAnswer, err error) {
	r := q.timeRange(s.engine.Now(), resourcesDefault)
	interval := engine.Interval(q.choice("interval", "", seriesIntervals...))
	if err := q.err(); err != nil {
		return answer, err
	}
	series, err := c.tenant.Resources(r, interval)
	return SeriesAnswer{Series: orEmpty(series)}, err
}

// QueueSnapshotPage lists what the queue was like, newest first.
type QueueSnapshotPage struct {
	Items      []engine.QueueSnapshot `json:"items"`
	NextCursor *string                `json:"nextCursor"`
}

// getQueueHistory lists snapshots of the queue (DB7).
func (s *Server) getQueueHistory(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	r, cursor, limit := q.timeRange(s.engine.Now(), resourcesDefault), q.cursor(), q.limit()
	if err := q.err(); err != nil {
		return err
	}
	items, next, err := c.tenant.QueueHistory(r, cursor, limit)
	if err != nil {
		return err
	}
	return c.JSON(QueueSnapshotPage{Items: orEmpty(items), NextCursor: optional(next)})
}

// getSystemHealth judges as of now (AC8.1d, B-102).
func (s *Server) getSystemHealth(c *call) error {
	health := c.tenant.SystemHealth()
	if prefersEnglish(c.Get(fiber.HeaderAcceptLanguage)) {
		health = health.InEnglish()
	}
	return c.JSON(health)
}

// getStorage tells of the disk that all organisations share, and of nothing
// that is in it.
func (s *Server) getStorage(c *call) error { return c.JSON(s.engine.Storage()) }

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
