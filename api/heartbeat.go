package api

import (
	"flowwatch/engine/access"
	"flowwatch/engine/execution"
)

// Heartbeat is how the watch from outside stands, which is told again and again that the appliance works. Of its address only the host is
// shown: who knows the rest can keep its alarm silent.
type Heartbeat struct {
	Enabled  bool              `json:"enabled"`
	Host     *string           `json:"host"`
	EveryMs  int64             `json:"everyMs"`
	Failures int64             `json:"failures"` // in a row
	HeardAt  execution.Instant `json:"heardAt"`  // null: not yet since the start
}

func heartbeatRoutes() []route {
	return []route{{method: "GET", path: "/api/admin/heartbeat", summary: "Whether a watch outside hears the appliance",
		rights: []access.Right{access.ManageHosts}, handle: (*Server).getHeartbeat, response: Heartbeat{}}}
}

func (s *Server) getHeartbeat(c *call) error {
	h := s.engine.Heartbeat()
	return c.JSON(Heartbeat{
		Enabled: h.Host != "", Host: optional(h.Host), EveryMs: h.Every.Milliseconds(), Failures: h.Failures, HeardAt: instant(h.HeardAt),
	})
}
