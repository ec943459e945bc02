package api

import (
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
	"flowwatch/engine/deadline"
)

// feedKey makes addresses that show what a user sees; "" is the bootstrap token itself.
func (a *appliance) feedKey(userID string) NewFeedKey {
	a.t.Helper()
	got := a.send("POST", feedKeysPath, testSecret, []byte(`{"name":"Kalendarz","userId":"`+userID+`"}`))
	require.Equal(a.t, http.StatusCreated, got.status, "%s", got.body)
	return decoded[NewFeedKey](a.t, got)
}

// feed reads an address without any other proof.
func (a *appliance) feed(address string, headers ...string) answer {
	a.t.Helper()
	got := a.send("GET", strings.TrimPrefix(address, a.url), "", nil, headers...)
	require.Equal(a.t, http.StatusOK, got.status, "%s: %s", address, got.body)
	require.Equal(a.t, "no-referrer", got.header.Get("Referrer-Policy"))
	return got
}

// readAtom is a feed as any reader of RFC 4287 sees it.
type readAtom struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Author  struct {
		Name string `xml:"name"`
	} `xml:"author"`
	Entries []struct {
		ID        string `xml:"id"`
		Title     string `xml:"title"`
		Published string `xml:"published"`
		Updated   string `xml:"updated"`
		Summary   string `xml:"summary"`
		Link      struct {
			Href string `xml:"href,attr"`
		} `xml:"link"`
		Categories []struct {
			Term  string `xml:"term,attr"`
			Label string `xml:"label,attr"`
		} `xml:"category"`
	} `xml:"entry"`
}

func atomOf(t *testing.T, got answer) (f readAtom) {
	t.Helper()
	require.Equal(t, atomMedia, got.header.Get("Content-Type"))
	require.NoError(t, xml.Unmarshal(got.body, &f), "%s", got.body)
	_, err := time.Parse(time.RFC3339, f.Updated)
	require.NoError(t, err)
	require.NotEmpty(t, f.Author.Name, "RFC 4287 4.1.1")
	return f
}

// Alerts for a feed reader: ids stay, what changes is newer than before, and a reader that has it all is told so.
func TestAlertsAreAnAtomFeed(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	k := a.feedKey("")
	empty := atomOf(t, a.feed(k.URLs.Alerts))
	require.Empty(t, empty.Entries)
	a.run("before", "execution.completed")
	a.rule(`{"alertType":"execution_failed","alertName":"Nieudane","severity":"critical",` + inAppChannel + `}`)
	a.run("bad", "execution.failed", `,"error":"<b>&amp; PESEL 44051401359"`)
	record := a.alerts("")[0]

	got := a.feed(k.URLs.Alerts)
	f := atomOf(t, got)
	require.Equal(t, empty.ID, f.ID)
	require.Equal(t, "Flowwatch – alerty", f.Title)
	require.Len(t, f.Entries, 1)
	e := f.Entries[0]
	require.Equal(t, "urn:uuid:"+record.ID, e.ID)
	require.Equal(t, record.Message, e.Title)
	require.Equal(t, a.url+"/alerts/"+record.ID, e.Link.Href)
	require.Equal(t, "critical Krytyczny active aktywny", fmt.Sprint(e.Categories[0].Term, " ", e.Categories[0].Label, " ", e.Categories[1].Term, " ", e.Categories[1].Label))
	require.Contains(t, e.Summary, "Wykonanie: bad")
	require.NotContains(t, string(got.body), "44051401359")

	tag := got.header.Get("ETag")
	for _, has := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
		same := a.send("GET", strings.TrimPrefix(k.URLs.Alerts, a.url), "", nil, "If-None-Match", has)
		require.Equal(t, http.StatusNotModified, same.status)
		require.Empty(t, same.body)
		require.Equal(t, tag, same.header.Get("ETag"))
	}
	require.Equal(t, http.StatusOK, a.send("POST", alertHistoryPath+"/"+record.ID+"/acknowledge", testSecret, nil).status)
	changed := atomOf(t, a.feed(k.URLs.Alerts+"?lang=en", "If-None-Match", tag))
	require.Equal(t, "Flowwatch – alerts", changed.Title)
	require.Equal(t, e.ID, changed.Entries[0].ID)
	require.Equal(t, e.Published, changed.Entries[0].Published)
	require.GreaterOrEqual(t, changed.Entries[0].Updated, e.Updated)
	require.Equal(t, "acknowledged", changed.Entries[0].Categories[1].Label)
	require.Empty(t, atomOf(t, a.feed(k.URLs.Alerts+"?status=active")).Entries)
	require.Len(t, atomOf(t, a.feed(k.URLs.Alerts+"?severity=critical")).Entries, 1)
	requireProblem(t, a.send("GET", "/feed/"+k.Key+"/alerts.atom?limit=0&lang=de", "", nil), http.StatusUnprocessableEntity, "invalid_field")
}

func calendarOf(t *testing.T, got answer) (all map[string]*ics.VEvent, text string) {
	t.Helper()
	require.Equal(t, calendarMedia, got.header.Get("Content-Type"))
	text = string(got.body)
	require.Equal(t, strings.Count(text, "\n"), strings.Count(text, "\r\n"), "RFC 5545 3.1")
	for line := range strings.SplitSeq(text, "\r\n") {
		require.LessOrEqual(t, len(line), 75, line)
	}
	cal, err := ics.ParseCalendar(strings.NewReader(text))
	require.NoError(t, err)
	all = map[string]*ics.VEvent{}
	for _, e := range cal.Events() {
		require.Nil(t, all[e.Id()], "%s twice", e.Id())
		all[e.Id()] = e
	}
	return all, text
}

// Deadlines for a calendar: whole days, the days of the API, reminders on working days, and the same UIDs whatever changes.
func TestDeadlinesAreACalendar(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	k := a.feedKey("")
	today := deadline.DayOf(time.Now())
	list := deadlinesOf(a, fmt.Sprintf("from=%s&to=%s", today-calendarBack, today+calendarDays), testSecret)
	got := a.feed(k.URLs.Calendar)
	events, text := calendarOf(t, got)
	require.Len(t, events, len(list))
	o, err := a.engine.Access().EnsureOrganization("default")
	require.NoError(t, err)
	for _, item := range list {
		e := events[item.Rule+"."+item.Period+"@"+o.ID+".flowwatch"]
		require.NotNil(t, e, item.Rule)
		require.Equal(t, strings.ReplaceAll(item.Due.String(), "-", ""), e.GetProperty(ics.ComponentPropertyDtStart).Value)
		require.Equal(t, []string{"DATE"}, e.GetProperty(ics.ComponentPropertyDtStart).ICalParameters["VALUE"])
		require.Equal(t, strings.ReplaceAll((item.Due+1).String(), "-", ""), e.GetProperty(ics.ComponentPropertyDtEnd).Value)
		require.Contains(t, e.GetProperty(ics.ComponentPropertySummary).Value, strings.Join(strings.Fields(item.Name), " "))
		require.Equal(t, "TENTATIVE", e.GetProperty(ics.ComponentPropertyStatus).Value, "nobody confirmed it")
		require.Equal(t, "0", e.GetProperty(ics.ComponentPropertySequence).Value)
		require.Equal(t, item.ActBy >= today, len(e.Alarms()) > 0, "what is over rings no more")
		for _, alarm := range e.Alarms() {
			require.Regexp(t, `^(PT9H|-PT15H|-P\d+DT15H)$`, alarm.GetProperty(ics.ComponentPropertyTrigger).Value)
		}
	}
	require.Contains(t, text, "METHOD:PUBLISH\r\n")
	require.Contains(t, strings.ReplaceAll(text, "\r\n ", ""), "Reguła nie została potwierdzona przez biuro.")
	require.Equal(t, http.StatusNotModified, a.send("GET", strings.TrimPrefix(k.URLs.Calendar, a.url), "", nil, "If-None-Match", got.header.Get("ETag")).status)

	confirmed := a.send("POST", rulesPath+"/vat-jpk-v7m/confirm", testSecret, []byte(`{"source":"ustawa o VAT"}`))
	require.Equal(t, http.StatusOK, confirmed.status, "%s", confirmed.body)
	later, text := calendarOf(t, a.feed(k.URLs.Calendar+"?lang=en&alarms=false"))
	require.Len(t, later, len(events))
	require.NotContains(t, text, "VALARM")
	require.Contains(t, strings.ReplaceAll(text, "\r\n ", ""), "The office has not confirmed this rule.")
	changed := 0
	for id, e := range later {
		require.NotNil(t, events[id], "UIDs stay")
		if strings.HasPrefix(id, "vat-jpk-v7m.") {
			changed++
			require.Equal(t, "CONFIRMED", e.GetProperty(ics.ComponentPropertyStatus).Value)
			require.Equal(t, "1", e.GetProperty(ics.ComponentPropertySequence).Value)
		}
	}
	require.Positive(t, changed)

	quarter := a.send("PUT", rulesPath+"/vat-jpk-v7m/clients", testSecret, []byte(quarterly))
	require.Equal(t, http.StatusCreated, quarter.status, "%s", quarter.body)
	client, text := calendarOf(t, a.feed(k.URLs.Calendar+"?clientRef=K-0147&days=120"))
	require.Contains(t, strings.ReplaceAll(text, "\r\n ", ""), " – K-0147")
	for id := range client {
		require.Nil(t, events[id], "another calendar has other UIDs")
	}
}

func csvOf(t *testing.T, got answer, polish bool) (rows []map[string]string) {
	t.Helper()
	require.Equal(t, csvMedia, got.header.Get("Content-Type"))
	text, marked := strings.CutPrefix(string(got.body), "\ufeff")
	require.Equal(t, polish, marked)
	r := csv.NewReader(strings.NewReader(text))
	if polish {
		r.Comma = ';'
		require.Contains(t, text, "\r\n")
	}
	lines, err := r.ReadAll()
	require.NoError(t, err)
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// What a spreadsheet reads again and again: in the form of its country, with times of the office, and no text that it would obey.
func TestSheetsAreForSpreadsheets(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	k := a.feedKey("")
	a.post(testSecret, `[{"type":"execution.started","executionId":"r-1","workflowId":"w","workflowName":"=HYPERLINK(1)","clientRef":"K-1","tags":["vat","pilne"],"timestamp":"2026-07-24T08:00:00.25Z"},
		{"type":"execution.failed","executionId":"r-1","workflowId":"w","error":"brak; podpisu","timestamp":"2026-07-24T08:00:01.75Z"},
		{"type":"execution.queued","executionId":"r-2","workflowId":"v","timestamp":"2026-01-05T08:00:00Z"}]`)
	rows := csvOf(t, a.feed(k.URLs.RunsSheet), true)
	require.Len(t, rows, 2)
	require.Equal(t, map[string]string{
		"executionId": "r-1", "workflowId": "w", "workflowName": "'=HYPERLINK(1)", "clientRef": "K-1", "status": "failed", "priority": "NORMAL",
		"queuedAt": "", "startedAt": "2026-07-24 10:00:00", "completedAt": "2026-07-24 10:00:01", "durationSeconds": "1,5", "progress": "0",
		"attempt": "1", "stepsDone": "0", "stepsTotal": "0", "tags": "vat, pilne", "error": "brak; podpisu",
	}, rows[0])
	require.Equal(t, "2026-01-05 09:00:00", rows[1]["queuedAt"])
	plain := csvOf(t, a.feed(k.URLs.RunsSheet+"?locale=C&status=failed"), false)
	require.Len(t, plain, 1)
	require.Equal(t, "1.5", plain[0]["durationSeconds"])
	require.Equal(t, "2026-07-24T08:00:00.250Z", plain[0]["startedAt"])
	require.Len(t, csvOf(t, a.feed(k.URLs.RunsSheet+"?rows=1"), true), 1)
	require.Empty(t, csvOf(t, a.feed(k.URLs.RunsSheet+"?days=1"), true))
	require.Len(t, a.entries(testSecret, audit.MetricsExported), 1, "noted, but not each time")

	var many []string
	for n := range 230 {
		many = append(many, `"type":"execution.completed","executionId":"m-`+fmt.Sprint(n)+`","workflowId":"m"`)
	}
	a.post(testSecret, batch(many...))
	require.Len(t, csvOf(t, a.feed(k.URLs.RunsSheet+"?workflowId=m"), true), 230)

	due := csvOf(t, a.feed(k.URLs.DeadlinesSheet+"?from=2027-01-01&to=2027-01-31"), true)
	require.Len(t, due, len(deadlinesOf(a, "from=2027-01-01&to=2027-01-31", testSecret)))
	require.Equal(t, "nie", due[0]["confirmed"])
	require.Equal(t, "no", csvOf(t, a.feed(k.URLs.DeadlinesSheet+"?from=2027-01-01&lang=en&days=30"), true)[0]["confirmed"])
	for _, query := range []string{"rows=0", "rows=10001", "days=0", "locale=de"} {
		requireProblem(t, a.send("GET", "/feed/"+k.Key+"/executions.csv?"+query, "", nil), http.StatusUnprocessableEntity, "invalid_field")
	}
}

// A key shows what its owner sees now and grants nothing else; it is as unknown once revoked, once its owner is barred for good, or removed.
func TestAFeedKeyIsItsOwnersViewAndEndsWithThem(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(`"type":"execution.started","executionId":"r-1","workflowId":"w","clientRef":"K-1"`, `"type":"execution.started","executionId":"r-2","workflowId":"w","clientRef":"K-2"`))
	ids := func(k NewFeedKey) (all string) {
		for _, row := range csvOf(t, a.feed(k.URLs.RunsSheet), true) {
			all += row["executionId"]
		}
		return all
	}
	u := a.user("default", "zofia", access.Accountant)
	k := a.feedKey(u.ID)
	require.Equal(t, u.ID, k.UserID)
	require.Equal(t, a.url+"/feed/"+k.Key+"/deadlines.ics", k.URLs.Calendar)
	require.Len(t, ids(k), len("r-1r-2"))
	change := func(body string) {
		got := a.send("PATCH", usersPath+"/"+u.ID, testSecret, []byte(body))
		require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	}
	change(`{"clients":["K-2"]}`)
	require.Equal(t, "r-2", ids(k), "at once")
	a.restart()
	k.URLs.RunsSheet = a.url + "/feed/" + k.Key + "/executions.csv"
	require.Equal(t, "r-2", ids(k))
	list := a.send("GET", feedKeysPath, testSecret, nil)
	require.Contains(t, string(list.body), k.ID)
	require.NotContains(t, string(list.body), k.Key)
	require.Equal(t, http.StatusUnauthorized, a.send("GET", "/api/monitoring/executions", k.Key, nil).status, "it is no token")
	require.Equal(t, http.StatusNotFound, a.send("GET", "/ping/"+k.Key, "", nil).status, "nor a key of a script")

	unknown := a.send("GET", "/feed/unknown/executions.csv", "", nil)
	requireGone := func(key string) {
		t.Helper()
		got := a.send("GET", "/feed/"+key+"/executions.csv", "", nil)
		require.Equal(t, http.StatusNotFound, got.status)
		require.Equal(t, unknown.body, got.body)
	}
	change(`{"roles":["integration"]}`)
	requireGone(k.Key)
	change(`{"roles":["viewer"]}`)
	require.Equal(t, "r-2", ids(k), "who may read again reads again")
	change(`{"isActive":false}`)
	requireGone(k.Key)
	change(`{"isActive":true}`)
	requireGone(k.Key)
	revoked := a.entries(testSecret, audit.FeedKeyRevoked)
	require.Len(t, revoked, 1)
	require.Contains(t, string(revoked[0].Details), u.ID)

	second, third := a.feedKey(u.ID), a.feedKey("")
	require.Equal(t, http.StatusNoContent, a.send("DELETE", usersPath+"/"+u.ID, testSecret, nil).status)
	requireGone(second.Key)
	require.Equal(t, http.StatusNoContent, a.send("DELETE", feedKeysPath+"/"+third.ID, testSecret, nil).status)
	requireGone(third.Key)
	requireProblem(t, a.send("DELETE", feedKeysPath+"/"+third.ID, testSecret, nil), http.StatusNotFound, "not_found")
	require.Len(t, a.entries(testSecret, audit.FeedKeyRevoked), 3)
	require.Len(t, a.entries(testSecret, audit.FeedKeyCreated), 3)
	a.restart()
	for _, key := range []string{k.Key, second.Key, third.Key} {
		requireGone(key)
	}

	admin := a.token("", access.OrgAdmin)
	token := decoded[NewFeedKey](t, a.send("POST", feedKeysPath, admin, []byte(`{"name":"token"}`)))
	a.feed(a.url + "/feed/" + token.Key + "/executions.csv")
	require.Equal(t, http.StatusNoContent, a.send("DELETE", "/api/admin/tokens/"+token.UserID, testSecret, nil).status)
	requireGone(token.Key)
}

func TestFeedKeysAreMadeForReaders(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	reader, engine, foreign := a.user("default", "ola", access.Viewer), a.user("default", "ela", access.Integration), a.user("theirs", "iga", access.Viewer)
	for body, location := range map[string]string{
		`{"name":""}`: "body.name", `{"name":"x","userId":"` + engine.ID + `"}`: "body.userId", `{"name":"x","userId":"` + foreign.ID + `"}`: "body.userId",
		`{"name":"x","userId":"unknown"}`: "body.userId",
	} {
		p := requireProblem(t, a.send("POST", feedKeysPath, testSecret, []byte(body)), http.StatusUnprocessableEntity, "invalid_field")
		require.Equal(t, location, p.Errors[0].Location, body)
	}
	requireProblem(t, a.send("POST", feedKeysPath, a.token("", access.WorkflowAdmin), []byte(`{"name":"x","userId":"`+reader.ID+`"}`)), http.StatusForbidden, "forbidden")
	require.Equal(t, http.StatusMethodNotAllowed, a.send("POST", "/feed/"+a.feedKey(reader.ID).Key+"/alerts.atom", testSecret, nil).status)
}

// Who guesses keys is slowed down by address, who reads too often by the key.
func TestFeedsAreLimited(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.RateLimit = true })
	at := "/feed/" + a.feedKey("").Key + "/alerts.atom"
	for range guessesPerMinute {
		require.Equal(t, http.StatusNotFound, a.send("GET", "/feed/guess/alerts.atom", "", nil).status)
	}
	requireProblem(t, a.send("GET", "/feed/guess/deadlines.ics", "", nil), http.StatusTooManyRequests, "rate_limited")
	limited := 0
	for range 2 * feedsBurst {
		if a.send("GET", at, "", nil).status == http.StatusTooManyRequests {
			limited++
		}
	}
	require.Positive(t, limited)
}
