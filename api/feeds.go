package api

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"flowwatch/engine"
	"flowwatch/engine/audit"
	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
)

const (
	feedPath     = "/feed/{key}"
	objectFeed   = "feed_key" // of the audit
	feedRowsMax  = 10_000     // of a sheet
	feedRows     = 1_000      // unless more are asked for
	feedDaysMax  = engine.DeadlineDaysMax
	calendarDays = 400 // that a calendar looks ahead
	calendarBack = 35  // and back
)

// fed is a handler of what a key in the path opens: the caller is the key's owner, who reads and nothing else.
func fed(handle func(s *Server, c *call, q *query) error) func(s *Server, c *call) error {
	return func(s *Server, c *call) error {
		err := s.openByKey(c, s.reads, "feed", func(key string) (string, error) {
			k, owner, err := s.engine.Access().Feed(key)
			c.principal = owner
			return k.ID, err
		})
		if err != nil {
			return err
		}
		if c.tenant, err = s.tenantOf(c.principal); err != nil {
			return err
		}
		q, err := newQuery(c.Ctx)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderCacheControl, "private, no-cache")
		c.Set("Referrer-Policy", "no-referrer") // the address is a secret
		return handle(s, c, q)
	}
}

// english says which language a feed is asked for. Programs that read feeds say nothing of languages.
func (q *query) english() bool { return q.choice("lang", "pl", "pl", "en") == "en" }

// count reads a whole number from 1 on.
func (q *query) count(name string, otherwise, most int) int {
	value := q.values.Get(name)
	if value == "" {
		return otherwise
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > most {
		q.wrong(name, "must be from 1 to "+strconv.Itoa(most))
		return otherwise
	}
	return n
}

// sendTagged sends a body unless the client has it already.
func (c *call) sendTagged(media string, body []byte) error {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	c.Set(fiber.HeaderETag, tag)
	if matchesTag(c.Get(fiber.HeaderIfNoneMatch), tag) {
		c.Status(fiber.StatusNotModified)
		return nil
	}
	c.Set(fiber.HeaderContentType, media)
	return c.Send(body)
}

// matchesTag reads If-None-Match, which compares weakly.
func matchesTag(header, tag string) bool {
	if strings.TrimSpace(header) == "*" {
		return true
	}
	for one := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(one), "W/") == tag {
			return true
		}
	}
	return false
}

// getAlertFeed is the newest alerts as Atom.
func (s *Server) getAlertFeed(c *call, q *query) error {
	f, _ := alertFilter(q)
	english, limit := q.english(), q.limitOr(alertLimitDefault)
	if err := q.err(); err != nil {
		return err
	}
	records, _, err := c.tenant.Alerts(f, "", limit)
	if err != nil {
		return err
	}
	views := make([]engine.AlertRecord, len(records))
	for i := range records {
		views[i] = c.tenant.AlertView(&records[i])
	}
	body, err := alertFeed(c.principal.ID, c.tenant.PublicURL(), views, english)
	if err != nil {
		return err
	}
	return c.sendTagged(atomMedia, body)
}

// getDeadlineFeed is what is due as iCalendar.
func (s *Server) getDeadlineFeed(c *call, q *query) error {
	today := deadline.DayOf(s.engine.Now())
	days, client := q.count("days", calendarDays, feedDaysMax-calendarBack), q.text("clientRef", nameRunesMax)
	english, alarms := q.english(), q.flag("alarms", true)
	if err := q.err(); err != nil {
		return err
	}
	list, err := c.tenant.Deadlines(c.Context(), today-calendarBack, today+deadline.Day(days), client)
	if err != nil {
		return err
	}
	cal := deadlineCalendar{
		organization: c.principal.OrganizationID, client: client, base: c.tenant.PublicURL(), today: today, english: english,
	}
	for i := range list.Items {
		var reminders []deadline.Day
		if alarms {
			reminders = c.tenant.Reminders(&list.Items[i])
		}
		cal.add(&list.Items[i], reminders)
	}
	return c.sendTagged(calendarMedia, cal.text())
}

// getDeadlineSheet is what is due as CSV, for spreadsheets that read it again.
func (s *Server) getDeadlineSheet(c *call, q *query) error {
	from, to := q.days(deadline.DayOf(s.engine.Now()))
	if days := q.count("days", 0, feedDaysMax); days > 0 {
		to = from + deadline.Day(days)
	}
	client, english, locale := q.text("clientRef", nameRunesMax), q.english(), q.choice("locale", "pl", "pl", "C")
	if err := q.err(); err != nil {
		return err
	}
	list, err := c.tenant.Deadlines(c.Context(), from, to, client)
	if err != nil {
		return err
	}
	sheet := &spreadsheet{name: "deadlines", english: english, columns: strings.Fields(
		"due actBy businessDaysLeft rule name category period confirmed light completed running failed filed forecast")}
	for i := range list.Items {
		d := newDeadlineItem(&list.Items[i], english)
		sheet.rows = append(sheet.rows, []any{
			d.Due, d.ActBy, int64(d.BusinessDaysLeft), d.Rule, d.Name, d.Category, d.Period, d.Confirmed, d.Light,
			d.Runs.Completed, d.Runs.Running, d.Runs.Failed, d.Filed, d.Forecast.State,
		})
	}
	return c.sendTagged(csvMedia, sheet.csv(locale == "pl"))
}

// getRunSheet is executions as CSV, newest first, by the filters of the list.
func (s *Server) getRunSheet(c *call, q *query) error {
	find := executionQuery(q)
	rows, english, locale := q.count("rows", feedRows, feedRowsMax), q.english(), q.choice("locale", "pl", "pl", "C")
	if days := q.count("days", 0, feedDaysMax); days > 0 {
		find.From = execution.At((deadline.DayOf(s.engine.Now()) - deadline.Day(days) + 1).Start())
	}
	if err := q.err(); err != nil {
		return err
	}
	sheet := &spreadsheet{name: "executions", english: english, columns: strings.Fields(
		"executionId workflowId workflowName clientRef status priority queuedAt startedAt completedAt durationSeconds progress attempt stepsDone stepsTotal tags error")}
	for len(sheet.rows) < rows {
		find.Limit = min(engine.PageLimitMax, rows-len(sheet.rows))
		page, err := c.tenant.Executions(c.Context(), find)
		if err != nil {
			return err
		}
		shown := s.executionPage(c.tenant, &page)
		for i := range shown.Items {
			sheet.rows = append(sheet.rows, runRow(&shown.Items[i]))
		}
		if find.Cursor = page.NextCursor; find.Cursor == "" {
			break
		}
	}
	c.tenant.NoteSeldom(engine.EventMetricsExported, c.by(), audit.Object{Type: objectFeed, ID: c.principal.ID}, map[string]any{"format": "csv"})
	return c.sendTagged(csvMedia, sheet.csv(locale == "pl"))
}

func runRow(x *ExecutionSummary) []any {
	var seconds *float64
	if x.Duration != nil && x.CompletedAt.Present() {
		value := float64(*x.Duration) / 1000
		seconds = &value
	}
	text := func(s *string) any {
		if s == nil {
			return nil
		}
		return *s
	}
	return []any{
		x.ExecutionID, x.WorkflowID, x.WorkflowName, text(x.ClientRef), x.Status, x.Priority, x.QueuedAt, x.StartedAt, x.CompletedAt, seconds,
		int64(x.Progress), int64(x.Attempt), int64(x.StepsDone), int64(x.StepsTotal), strings.Join(x.Tags, ", "), text(x.Error),
	}
}

// feedRoutes are what calendars, feed readers and spreadsheets open, by a key in the address.
func feedRoutes() []route {
	lang := parameter{name: "lang", kind: "string", enum: []string{"pl", "en"}, about: "default pl"}
	locale := parameter{name: "locale", kind: "string", enum: []string{"pl", "C"}, about: "default pl: semicolons, decimal commas, times of the office"}
	client := parameter{name: "clientRef", kind: "string", about: "what is due for that client"}
	ahead := parameter{name: "days", kind: "integer", about: "how far ahead"}
	filter := slices.Concat(listParameters(parameter{}, parameter{}, parameter{name: "workflowId", kind: "string"}), []parameter{
		{name: "days", kind: "integer", about: "only of the last so many days, today among them"},
		{name: "rows", kind: "integer", about: "1 to " + strconv.Itoa(feedRowsMax) + ", default " + strconv.Itoa(feedRows)}, locale, lang,
	})
	filter = slices.DeleteFunc(filter, func(p parameter) bool { return p.name == "" || p.name == "counts" })
	alerts := []parameter{
		{name: "status", kind: "string", repeated: true, enum: alertStatuses}, {name: "severity", kind: "string", repeated: true, enum: alertSeverities},
		{name: "workflowId", kind: "string"}, {name: "executionId", kind: "string"}, {name: "alertId", kind: "string", about: "of the rule"},
		{name: "from", kind: "date-time", about: "of the trigger, inclusive"}, {name: "to", kind: "date-time"},
		{name: "limit", kind: "integer", about: "1 to 100, default " + strconv.Itoa(alertLimitDefault)}, lang,
	}
	feed := func(file, summary, media string, handle func(*Server, *call, *query) error, query []parameter) route {
		kind, _, _ := strings.Cut(media, ";")
		return route{method: "GET", path: feedPath + "/" + file, summary: summary, public: true, handle: fed(handle), query: query, media: kind}
	}
	return []route{
		feed("alerts.atom", "The newest alerts for feed readers, as Atom; heeds If-None-Match", atomMedia, (*Server).getAlertFeed, alerts),
		feed("deadlines.ics", "Deadlines for calendars, as iCalendar; heeds If-None-Match", calendarMedia, (*Server).getDeadlineFeed, []parameter{
			ahead, client, {name: "alarms", kind: "boolean", about: "false leaves reminders out"}, lang,
		}),
		feed("deadlines.csv", "Deadlines for spreadsheets that read them again", csvMedia, (*Server).getDeadlineSheet, []parameter{
			{name: "from", kind: "string", about: "day; default today"}, {name: "to", kind: "string", about: "day; default " + strconv.Itoa(deadlineDaysUsual) + " days after from"},
			ahead, client, locale, lang,
		}),
		feed("executions.csv", "Executions for spreadsheets that read them again, newest first", csvMedia, (*Server).getRunSheet, filter),
	}
}
