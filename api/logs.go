package api

import (
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"flowwatch/api/logbook"
	"flowwatch/engine/access"
	"flowwatch/engine/execution"
)

// LogRecord is one record of the appliance's own log, masked. IDs grow from 1 since the start.
type LogRecord struct {
	ID         string            `json:"id"`
	At         execution.Instant `json:"at"`
	Level      string            `json:"level" enum:"logLevel"`
	Message    string            `json:"message"`
	Attributes map[string]string `json:"attributes"`
}

// LogPage lists records, newest first.
type LogPage struct {
	Items      []LogRecord `json:"items"`
	NextCursor *string     `json:"nextCursor"`
}

// logLevels are the names of levels, from the least.
var logLevels = []string{"debug", "info", "warn", "error"}

// logRoutes are those about the appliance's own log.
func logRoutes(limit, cursor parameter) []route {
	return []route{
		{method: "GET", path: "/api/admin/logs", summary: "The latest records of the appliance's own log, newest first", rights: []access.Right{access.ReadLogs},
			handle: (*Server).listLogs, response: LogPage{}, query: []parameter{
				{name: "level", kind: "string", enum: logLevels, about: "this and worse; default debug"},
				{name: "q", kind: "string", about: "part of the message or of key=value, in any case"}, cursor, limit,
			}},
	}
}

func (s *Server) listLogs(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	want := logbook.Query{Level: q.level("level"), Text: q.text("q", nameRunesMax), Limit: q.limit()}
	if text := q.cursor(); text != "" {
		if want.Before, err = strconv.ParseUint(text, 10, 64); err != nil || want.Before == 0 {
			q.wrong("cursor", "not a cursor of this list")
		}
	}
	if err := q.err(); err != nil {
		return err
	}
	page := LogPage{Items: []LogRecord{}}
	if s.options.Logs == nil {
		return c.JSON(page)
	}
	found, more := s.options.Logs.Find(want)
	for i := range found {
		page.Items = append(page.Items, newLogRecord(&found[i]))
	}
	if more {
		next := page.Items[len(page.Items)-1].ID
		page.NextCursor = &next
	}
	return c.JSON(page)
}

// level reads the name of a level; all from debug on without one.
func (q *query) level(name string) (l slog.Level) {
	value := q.values.Get(name)
	if value == "" {
		return slog.LevelDebug
	}
	if !slices.Contains(logLevels, value) || l.UnmarshalText([]byte(value)) != nil {
		q.wrong(name, "must be one of "+strings.Join(logLevels, ", "))
	}
	return l
}

func newLogRecord(r *logbook.Record) LogRecord {
	out := LogRecord{
		ID: strconv.FormatUint(r.ID, 10), At: instant(r.At), Level: strings.ToLower(r.Level.String()), Message: r.Message, Attributes: map[string]string{},
	}
	for _, a := range r.Attributes {
		out.Attributes[a.Key] = a.Value
	}
	return out
}
