package api

import (
	"strings"

	"flowwatch/engine"
)

// SearchAnswer is what was found of each kind, the best first; of executions the newest.
type SearchAnswer struct {
	Executions []ExecutionSummary    `json:"executions"`
	Workflows  []engine.WorkflowName `json:"workflows"`
	Clients    []string              `json:"clients"` // clientRefs
}

func (s *Server) getSearch(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	text, limit := strings.TrimSpace(q.text("q", nameRunesMax)), q.limit()
	if text == "" {
		q.wrong("q", "is required")
	}
	if err := q.err(); err != nil {
		return err
	}
	found, err := c.tenant.Search(c.Context(), text, limit)
	if err != nil {
		return err
	}
	return c.JSON(SearchAnswer{
		Executions: s.executionPage(c.tenant, &engine.Page{Items: found.Executions}).Items, Workflows: orEmpty(found.Workflows), Clients: orEmpty(found.Clients),
	})
}

// searchRoutes are about everything at once.
func searchRoutes(limit parameter) []route {
	limit.about = "of each kind: " + limit.about
	return []route{
		{method: "GET", path: "/api/monitoring/search", summary: "Executions, workflows and clients by what people know of them", rights: reading,
			handle: (*Server).getSearch, query: []parameter{{name: "q", kind: "string", about: "required; case and diacritics don't matter"}, limit},
			response: SearchAnswer{}},
	}
}
