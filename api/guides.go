package api

import (
	"slices"

	"github.com/gofiber/fiber/v2"

	"flowwatch/api/guide"
)

const guidesPath = "/api/monitoring/guides"

// GuideSummary is one engine that has a guide. Doors are where its events come in, by the names of receivers.
type GuideSummary struct {
	Engine  string   `json:"engine"`
	Title   string   `json:"title"`
	Summary string   `json:"summary"`
	Doors   []string `json:"doors"`
}

// GuidePage lists the guides; all fit on one page.
type GuidePage struct {
	Items      []GuideSummary `json:"items"`
	NextCursor *string        `json:"nextCursor"`
}

// GuideAnswer is a guide with its blocks. URL is what {url} in them stands for.
type GuideAnswer struct {
	GuideSummary
	Language string        `json:"language"`
	URL      string        `json:"url"`
	Blocks   []guide.Block `json:"blocks"`
}

// language is that of a guide: by the query, else by the request's header.
func (c *call) language() (string, error) {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return "", err
	}
	_, language := q.first("lang")
	if language != "" && !slices.Contains(guide.Languages, language) {
		q.wrong("lang", "must be pl or en")
	}
	if language == "" {
		language = guide.Languages[0]
		if prefersEnglish(c.Get(fiber.HeaderAcceptLanguage)) {
			language = "en"
		}
	}
	return language, q.err()
}

func summaryOf(e guide.Engine, g *guide.Guide) GuideSummary {
	return GuideSummary{Engine: e.Name, Title: g.Title, Summary: g.Summary, Doors: append([]string{}, e.Doors...)}
}

func (s *Server) listGuides(c *call) error {
	language, err := c.language()
	if err != nil {
		return err
	}
	page := GuidePage{Items: []GuideSummary{}}
	for _, e := range guide.Engines {
		g := guide.Read(e.Name, language)
		page.Items = append(page.Items, summaryOf(e, &g))
	}
	return c.JSON(page)
}

func (s *Server) getGuide(c *call) error {
	language, err := c.language()
	if err != nil {
		return err
	}
	e, known := guide.Find(c.Params("engine"))
	if !known {
		return errNotFound
	}
	g := guide.Read(e.Name, language)
	return c.JSON(GuideAnswer{GuideSummary: summaryOf(e, &g), Language: language, URL: c.tenant.PublicURL(), Blocks: g.Blocks})
}

// guideRoutes are those of what to set up in engines.
func guideRoutes() []route {
	lang := []parameter{{name: "lang", kind: "string", enum: guide.Languages, about: "default: as Accept-Language says"}}
	return []route{
		{method: "GET", path: guidesPath, summary: "Engines that can report, and what to set up in each", handle: (*Server).listGuides, query: lang, response: GuidePage{}},
		{method: "GET", path: guidesPath + "/{engine}", summary: "What to paste into an engine, what will be seen, and its limits",
			handle: (*Server).getGuide, query: lang, response: GuideAnswer{}},
	}
}
