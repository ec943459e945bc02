package api

import (
	"net/http"

	"flowwatch/engine/execution"
)

// Scrape is an address that metrics are read from, and how that goes on since the last start.
type Scrape struct {
	Name            string            `json:"name"`
	URL             string            `json:"url"`
	IntervalSeconds int               `json:"intervalSeconds"`
	State           string            `json:"state" enum:"scrapeState"`
	LastAt          execution.Instant `json:"lastAt"`
	LastSuccessAt   execution.Instant `json:"lastSuccessAt"`
	LastError       *string           `json:"lastError"`
	Samples         int               `json:"samples"` // that the last try gave
	DurationMs      int64             `json:"durationMs"`
}

// ScrapePage lists the addresses; all fit on one page.
type ScrapePage struct {
	Items      []Scrape `json:"items"`
	NextCursor *string  `json:"nextCursor"`
}

func (s *Server) listScrapes(c *call) error {
	page := ScrapePage{Items: []Scrape{}}
	for _, one := range c.tenant.Scrapes() {
		item := Scrape{
			Name: one.Name, URL: one.URL, IntervalSeconds: one.IntervalSeconds, State: "ok", LastAt: one.LastAt, LastSuccessAt: one.LastSuccessAt,
			Samples: one.Samples, DurationMs: one.Duration.Milliseconds(),
		}
		switch {
		case one.LastError != "":
			item.State, item.LastError = "failed", &one.LastError
		case !one.LastAt.Present():
			item.State = "waiting"
		}
		page.Items = append(page.Items, item)
	}
	return c.JSON(page)
}

// scrapeRoutes are about metrics that are read elsewhere. Which ones is a setting.
func scrapeRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/api/admin/scrapes", summary: "Addresses that metrics are read from, and how that goes on", rights: adjusting,
			handle: (*Server).listScrapes, response: ScrapePage{}},
	}
}
