package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

const (
	deadlineDaysUsual = 90 // of a range with one end
	upoRunesMax       = 255
	reasonRunesMax    = 2000
	rulesPath         = "/api/monitoring/deadlines/rules"
)

// DeadlineItem is an obligation for one period. Days are YYYY-MM-DD, and
// businessDaysLeft counts the working days to actBy, 0 on the day itself.
type DeadlineItem struct {
	Rule             string             `json:"rule"`
	Category         string             `json:"category"`
	Name             string             `json:"name"`
	Period           string             `json:"period"`
	Nominal          deadline.Day       `json:"nominal"`
	Due              deadline.Day       `json:"due"`
	ActBy            deadline.Day       `json:"actBy"`
	BusinessDaysLeft int                `json:"businessDaysLeft"`
	Shifted          bool               `json:"shifted"`
	OffReason        *string            `json:"offReason"` // why nominal is a day off: holiday, sunday or saturday
	Confirmed        bool               `json:"confirmed"`
	Light            string             `json:"light"`
	Runs             engine.ServingRuns `json:"runs"`
	Filed            int64              `json:"filed"`
	ClientRules      int64              `json:"clientRules"` // clients for whom something else holds
	Forecast         DeadlineForecast   `json:"forecast"`
}

// DeadlineForecast says whether the open runs end in time, why, and from what
// that was computed. A time is null where nothing tells. expectedAt is when the
// last open run ends if each takes p50Ms, after the queue as it is now; latestAt
// is the same with p95Ms; readyAt as if each ran alone and took the average.
type DeadlineForecast struct {
	State                 string            `json:"state" enum:"forecastState"`
	Reason                string            `json:"reason" enum:"forecastReason"`
	EndsAt                execution.Instant `json:"endsAt"` // until when it can be met
	ExpectedAt            execution.Instant `json:"expectedAt"`
	LatestAt              execution.Instant `json:"latestAt"`
	ReadyAt               execution.Instant `json:"readyAt"`
	OpenRuns              int64             `json:"openRuns"`
	QueuedRuns            int64             `json:"queuedRuns"`
	RunningRuns           int64             `json:"runningRuns"`
	LongerThanUsualRuns   int64             `json:"longerThanUsualRuns"`
	FailedRuns            int64             `json:"failedRuns"` // that no later run tried again
	SampleSize            int64             `json:"sampleSize"` // completed runs
	AverageDurationMs     *float64          `json:"averageDurationMs"`
	P50Ms                 *float64          `json:"p50Ms"`
	P95Ms                 *float64          `json:"p95Ms"`
	QueueClearanceSeconds *int64            `json:"queueClearanceSeconds"` // of the whole queue; null: nothing ended lately
}

// DeadlinePage lists what is due; all of a range is on one page.
type DeadlinePage struct {
	Items      []DeadlineItem `json:"items"`
	NextCursor *string        `json:"nextCursor"`
	RunsCapped bool           `json:"runsCapped"` // only the newest runs were counted
}

// DeadlineRulePage lists rules; all fit on one page.
type DeadlineRulePage struct {
	Items      []engine.DeadlineRule `json:"items"`
	NextCursor *string               `json:"nextCursor"`
}

// DeadlineRuleStatus is a rule with its changes, newest first.
type DeadlineRuleStatus struct {
	engine.DeadlineRule
	History []engine.RuleVersion `json:"history"`
}

// DeadlineRuleInput changes a rule or makes one. What a rule is answered with
// may be sent back: its state is not the sender's to say and is not heeded.
type DeadlineRuleInput struct {
	deadline.Rule
	Version     *int64          `json:"version,omitempty"` // of the rule that the sender saw
	Reason      string          `json:"reason,omitempty"`
	State       json.RawMessage `json:"state,omitempty"`
	Confirmed   json.RawMessage `json:"confirmed,omitempty"`
	Confirm     json.RawMessage `json:"confirm,omitempty"`
	Origin      json.RawMessage `json:"origin,omitempty"`
	NewTemplate json.RawMessage `json:"newTemplate,omitempty"`
	History     json.RawMessage `json:"history,omitempty"`
}

// ConfirmationInput says what a confirmation rests on, and how long it holds.
type ConfirmationInput struct {
	Version    *int64        `json:"version,omitempty"`
	Source     string        `json:"source,omitempty"`
	ValidUntil *deadline.Day `json:"validUntil,omitempty"`
}

// FilingInput marks a client's obligation as met. UPO is the office's proof of receipt.
type FilingInput struct {
	ClientRef string  `json:"clientRef"`
	UPO       *string `json:"upo,omitempty"`
}

// FilingPage lists the clients whose obligation is marked as met.
type FilingPage struct {
	Items      []engine.Filing `json:"items"`
	NextCursor *string         `json:"nextCursor"`
}

// DeadlineClientPage tells how each client's obligation stands; all fit on one page.
type DeadlineClientPage struct {
	Items      []engine.DeadlineClient `json:"items"`
	NextCursor *string                 `json:"nextCursor"`
	Capped     bool                    `json:"capped"` // there are more clients, or only the newest runs were counted
}

func (s *Server) listDeadlineClients(c *call) error {
	rule, period, err := c.ofDeadline()
	if err != nil {
		return err
	}
	items, capped, err := c.tenant.DeadlineClients(c.Context(), rule, period)
	if err != nil {
		return err
	}
	return c.JSON(DeadlineClientPage{Items: items, Capped: capped})
}

func (s *Server) listDeadlines(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	from, to := q.days(deadline.DayOf(s.engine.Now()))
	client := q.text("clientRef", nameRunesMax)
	if err := q.err(); err != nil {
		return err
	}
	list, err := c.tenant.Deadlines(c.Context(), from, to, client)
	if err != nil {
		return err
	}
	english := prefersEnglish(c.Get(fiber.HeaderAcceptLanguage))
	page := DeadlinePage{Items: make([]DeadlineItem, len(list.Items)), RunsCapped: list.RunsCapped}
	for i := range list.Items {
		page.Items[i] = newDeadlineItem(&list.Items[i], english)
	}
	return c.JSON(page)
}

func newDeadlineItem(d *engine.Deadline, english bool) DeadlineItem {
	item := DeadlineItem{
		Rule: d.Rule.ID, Category: d.Rule.Category, Name: d.Rule.Name.PL, Period: d.Period, Nominal: d.Nominal, Due: d.Due, ActBy: d.ActBy,
		BusinessDaysLeft: d.BusinessDaysLeft, Shifted: d.Due != d.Nominal, OffReason: optional(d.OffReason),
		Confirmed: d.Rule.Confirmed, Light: d.Light, Runs: d.Runs, Filed: d.Filed, ClientRules: d.ClientRules,
		Forecast: newDeadlineForecast(&d.Forecast),
	}
	if english && d.Rule.Name.EN != "" {
		item.Name = d.Rule.Name.EN
	}
	return item
}

func newDeadlineForecast(f *deadline.Forecast) DeadlineForecast {
	out := DeadlineForecast{
		State: f.State, Reason: f.Reason, EndsAt: instant(f.EndsAt), ExpectedAt: instant(f.ExpectedAt), LatestAt: instant(f.LatestAt),
		ReadyAt: instant(f.ReadyAt), OpenRuns: f.Queued + f.Running, QueuedRuns: f.Queued, RunningRuns: f.Running,
		LongerThanUsualRuns: f.LongerThanUsual, FailedRuns: f.Failed, SampleSize: f.Samples,
	}
	if f.Samples > 0 {
		out.AverageDurationMs, out.P50Ms, out.P95Ms = knownRounded(f.AverageMs), knownRounded(f.P50), knownRounded(f.P95)
	}
	if f.Clearance != nil {
		seconds := int64(f.Clearance.Seconds())
		out.QueueClearanceSeconds = &seconds
	}
	return out
}

// days reads a range of days under all names of its ends. A time stands for
// its day in Warsaw. An open range begins today, and is deadlineDaysUsual days long.
func (q *query) days(today deadline.Day) (from, to deadline.Day) {
	from, hasFrom := q.day("from", "start", "startTime")
	to, hasTo := q.day("to", "end", "endTime")
	switch {
	case !hasFrom && !hasTo:
		from, to = today, today+deadlineDaysUsual
	case !hasTo:
		to = from + deadlineDaysUsual
	case !hasFrom:
		from = min(today, to-deadlineDaysUsual)
		if to >= today {
			from = today
		}
	}
	switch {
	case len(q.fields) > 0:
	case to < from:
		q.wrong("to", "must not be before from")
	case to-from > engine.DeadlineDaysMax:
		q.wrong("to", "at most three years after from")
	}
	return from, to
}

func (q *query) day(names ...string) (deadline.Day, bool) {
	name, value := q.first(names...)
	if value == "" {
		return 0, false
	}
	if d, err := deadline.ParseDay(value); err == nil {
		return d, true
	}
	at, err := time.Parse(time.RFC3339Nano, strings.Replace(value, " ", "+", 1))
	if err != nil || at.Year() < 1901 || at.Year() > 2198 {
		q.wrong(name, "must be a day such as 2026-11-25, or a time in RFC 3339 with offset")
		return 0, false
	}
	return deadline.DayOf(at), true
}

func (s *Server) listDeadlineRules(c *call) error {
	return c.JSON(DeadlineRulePage{Items: c.tenant.DeadlineRules(c.Context())})
}

func (s *Server) getDeadlineRule(c *call) error {
	id, err := c.id("ruleId")
	if err != nil {
		return err
	}
	r, history, err := c.tenant.DeadlineRule(c.Context(), id)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, quoted(r))
	return c.JSON(DeadlineRuleStatus{DeadlineRule: *r, History: history})
}

// knownDeadlineRule is the id in the path, of a rule that there is.
func (c *call) knownDeadlineRule() (string, error) {
	id, err := c.id("ruleId")
	if err != nil {
		return "", err
	}
	_, _, err = c.tenant.DeadlineRule(c.Context(), id)
	return id, err
}

// putDeadlineRule changes a rule, or makes one of the office's own.
func (s *Server) putDeadlineRule(c *call) error {
	id, err := c.id("ruleId")
	if err != nil {
		return err
	}
	var text json.RawMessage
	if err := s.read(c, &text); err != nil {
		return err
	}
	in := DeadlineRuleInput{Rule: deadline.NewRule()}
	if err := deadline.Decode(text, &in, "body."); err != nil {
		return err
	}
	if in.ID == "" {
		in.ID = id
	}
	fields := in.Check("body.")
	if in.ID != id {
		fields = append(fields, fault.Field{Location: "body.id", Message: "must be the id in the path"})
	}
	if !ingest.ValidName(in.Reason, reasonRunesMax) {
		fields = append(fields, fault.Field{Location: "body.reason", Message: "at most 2000 characters without control characters"})
	}
	if len(fields) > 0 {
		return errInvalid.With(fields[:min(len(fields), fieldsShownMax)]...)
	}
	r, made, err := c.tenant.PutDeadlineRule(c.Context(), c.by(), in.Rule, in.Reason, c.precondition(in.Version))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, quoted(r))
	if made {
		c.Location(rulesPath + "/" + r.ID)
		c.Status(http.StatusCreated)
	}
	return c.JSON(r)
}

// confirmDeadlineRule notes that the caller stands for a rule. Its body may be missing.
func (s *Server) confirmDeadlineRule(c *call) error {
	id, err := c.knownDeadlineRule()
	if err != nil {
		return err
	}
	var in ConfirmationInput
	if len(c.Request().Body()) > 0 {
		var text json.RawMessage
		if err := s.read(c, &text); err != nil {
			return err
		}
		if err := deadline.Decode(text, &in, "body."); err != nil {
			return err
		}
	}
	switch {
	case !ingest.ValidName(in.Source, reasonRunesMax):
		return errInvalid.With(fault.Field{Location: "body.source", Message: "at most 2000 characters without control characters"})
	case in.ValidUntil != nil && *in.ValidUntil < deadline.DayOf(s.engine.Now()):
		return errInvalid.With(fault.Field{Location: "body.validUntil", Message: "must not be in the past"})
	}
	given := engine.Confirmation{Source: in.Source, ValidUntil: in.ValidUntil}
	r, err := c.tenant.ConfirmDeadlineRule(c.Context(), c.by(), id, given, c.precondition(in.Version))
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderETag, quoted(r))
	return c.JSON(r)
}

// ofDeadline reads rule and period from the path; what does not exist is unknown.
func (c *call) ofDeadline() (rule, period string, err error) {
	if rule, err = c.id("rule"); err != nil {
		return "", "", err
	}
	if period, err = c.id("period"); err != nil {
		return "", "", err
	}
	return rule, period, c.tenant.HasDeadline(rule, period)
}

// postFiling marks a client's obligation as met. Repeating it changes nothing.
func (s *Server) postFiling(c *call) error {
	rule, period, err := c.ofDeadline()
	if err != nil {
		return err
	}
	var in FilingInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	upo := ""
	if in.UPO != nil {
		upo = strings.TrimSpace(*in.UPO)
	}
	var fields []fault.Field
	if in.ClientRef == "" || !ingest.ValidName(in.ClientRef, nameRunesMax) {
		fields = append(fields, fault.Field{Location: "body.clientRef", Message: "1 to 255 characters without control characters"})
	}
	if !ingest.ValidName(upo, upoRunesMax) {
		fields = append(fields, fault.Field{Location: "body.upo", Message: "at most 255 characters without control characters"})
	}
	if len(fields) > 0 {
		return errInvalid.With(fields...)
	}
	f, err := c.tenant.FileDeadline(c.Context(), c.by(), rule, period, in.ClientRef, upo)
	if err != nil {
		return err
	}
	return c.JSON(f)
}

func (s *Server) listFilings(c *call) error {
	rule, period, err := c.ofDeadline()
	if err != nil {
		return err
	}
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	limit, cursor := q.limit(), q.cursor()
	if err := q.err(); err != nil {
		return err
	}
	page, err := c.tenant.Filings(c.Context(), rule, period, cursor, limit)
	if err != nil {
		return err
	}
	return c.JSON(FilingPage{Items: page.Items, NextCursor: optional(page.NextCursor)})
}

// quoted is a rule's entity tag as headers have it.
func quoted(r *engine.DeadlineRule) string { return `"` + r.ETag() + `"` }

// precondition is what If-Match, or the version in a body, ask of a rule
// before it is changed. Without both any rule will do.
func (c *call) precondition(version *int64) engine.Precondition {
	matches := c.ifMatch()
	return func(current *engine.DeadlineRule) bool {
		if version != nil && (current == nil || current.Version != *version) {
			return false
		}
		return matches(current != nil, func() string { return quoted(current) })
	}
}

// ifMatch judges entity tags, and whether there is anything, by the header If-Match.
func (c *call) ifMatch() func(there bool, tag func() string) bool {
	header := strings.Clone(c.Get(fiber.HeaderIfMatch))
	return func(there bool, current func() string) bool {
		if header == "" || !there {
			return header == ""
		}
		for tag := range strings.SplitSeq(header, ",") {
			if tag = strings.TrimSpace(tag); tag == "*" || tag == current() {
				return true
			}
		}
		return false
	}
}
