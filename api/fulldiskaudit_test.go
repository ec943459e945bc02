package api

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

const filingsOfTestMax = 5_000

// notedChange is something that the audit holds one entry of, each time it is done.
type notedChange struct {
	event string
	do    func(n int) answer // the n-th time, from 1
	state func() string      // what it changes, as it is read; nil: nothing is looked at
	done  int                // how often it was tried
}

// AUD1, AUD8, B-19: a change whose entry cannot be written doesn't happen, nothing is given out that could not be noted, and who asked is told that
// the disk is full. With room again all goes on, and the chain holds an entry of what was done, and none of what was not.
func TestWhatCannotBeNotedDoesNotHappen(t *testing.T) {
	t.Parallel()
	if !ownProcess(t, 4*time.Minute) {
		return
	}
	a := newAppliance(t)
	changes := a.notedChanges()
	size := a.fileSize()
	limitFiles(t, size+4<<20)
	a.fill()
	filings := 0
	for i := range changes {
		filings = a.fillWithFilings(filings)
		a.requireRefusedWhole(&changes[i])
	}
	require.True(t, get[audit.Verdict](a, auditPath+"/verify", testSecret).OK, "a full disk is no reason not to verify")

	limitFiles(t, size+256<<20)
	for i := range changes {
		require.Eventually(t, func() bool { return a.happens(&changes[i], 5000) }, answerLimit, 10*time.Millisecond, changes[i].event)
	}
	before := states(changes)
	require.True(t, get[audit.Verdict](a, auditPath+"/verify", testSecret).OK)
	a.restart()
	require.True(t, get[audit.Verdict](a, auditPath+"/verify", testSecret).OK)
	require.Equal(t, before, states(changes))
}

func states(changes []notedChange) (all []string) {
	for _, c := range changes {
		if c.state != nil {
			all = append(all, c.state())
		}
	}
	return all
}

// fillWithFilings uses up what is too small for an event, from the n-th filing on, and returns which is the next.
func (a *appliance) fillWithFilings(n int) int {
	a.t.Helper()
	for ; n < filingsOfTestMax; n++ {
		body := fmt.Appendf(nil, `{"clientRef":"F-%d","upo":%q}`, n, strings.Repeat("x", upoRunesMax))
		if got := a.send("POST", "/api/monitoring/deadlines/zus-20/2026-10/filed", testSecret, body); got.status != http.StatusOK {
			requireProblem(a.t, got, http.StatusServiceUnavailable, "storage_full")
			return n + 1
		}
	}
	require.Fail(a.t, "the disk was never full")
	return n
}

// requireRefusedWhole does a change again and again until the last pages of the disk are used up.
func (a *appliance) requireRefusedWhole(c *notedChange) {
	a.t.Helper()
	for range 100 {
		c.done++
		if !a.happens(c, c.done) {
			return
		}
	}
	require.Fail(a.t, "the disk was never full", c.event)
}

// happens does a change, and requires that it happened and has one more entry, or neither.
func (a *appliance) happens(c *notedChange, n int) bool {
	a.t.Helper()
	state := func() string {
		if c.state == nil {
			return ""
		}
		return c.state()
	}
	before, noted := state(), a.noted(c.event)
	got := c.do(n)
	if got.status < 300 {
		require.Equal(a.t, noted+1, a.noted(c.event), c.event)
		require.Equal(a.t, c.state == nil, before == state(), "%s has changed something", c.event)
		return true
	}
	requireProblem(a.t, got, http.StatusServiceUnavailable, "storage_full")
	require.Regexp(a.t, `^[1-9]\d*$`, got.header.Get("Retry-After"), c.event)
	require.Empty(a.t, got.header.Get("Set-Cookie"), c.event)
	require.NotContains(a.t, string(got.body), pesel, c.event)
	require.Equal(a.t, noted, a.noted(c.event), c.event)
	require.Equal(a.t, before, state(), c.event)
	return false
}

// noted counts the entries of an event.
func (a *appliance) noted(event string) (n int) {
	a.t.Helper()
	tenant, err := a.engine.Tenant(a.engine.Access().Organizations()[0].ID)
	require.NoError(a.t, err)
	for cursor := []byte(nil); ; {
		items, next, err := tenant.Audit(audit.Filter{Event: event}, cursor, 100)
		require.NoError(a.t, err)
		n += len(items)
		if cursor = next; next == nil {
			return n
		}
	}
}

// notedChanges prepares what they need.
func (a *appliance) notedChanges() []notedChange {
	a.t.Helper()
	a.settings(a.t, testSecret, `{"capture":{"stepData":"full","reason":"szukamy przyczyny"}}`)
	a.post(testSecret, fmt.Sprintf(`[{"type":"execution.queued","executionId":"q","workflowId":"w"},
		{"type":"step.completed","executionId":"x","workflowId":"w","stepId":"s","input":{"x":%q}}]`, pesel))
	user := a.user("default", "anna", access.OrgAdmin)
	const leavers = 8
	cookies := make([]string, leavers)
	for i := range cookies {
		cookies[i] = cookieOf(a.t, a.login("anna", testPassword))
	}
	revealer := a.token("default", access.WorkflowAdmin, access.Revealer)
	used := regexp.MustCompile(`"lastUsedAt":"[^"]*"`) // asking is a use
	read := func(path string) func() string {
		return func() string { return used.ReplaceAllString(string(a.send("GET", path, testSecret, nil).body), "") }
	}
	do := func(method, path, body string) func(int) answer {
		return func(n int) answer {
			return a.send(method, path, testSecret, []byte(strings.ReplaceAll(body, "{n}", fmt.Sprint(n))))
		}
	}
	board := decoded[Dashboard](a.t, a.send("POST", dashboardsPath, testSecret, []byte(`{"name":"Pulpit"}`))).ID
	saved := decoded[View](a.t, a.send("POST", viewsPath, testSecret, []byte(`{"name":"Widok","page":"queue"}`))).ID
	filed, queue := "/api/monitoring/deadlines/vat-ue/2026-11/filed", "/api/monitoring/queue/executions/q"
	return []notedChange{
		{audit.TokenCreated, do("POST", "/api/admin/tokens", `{"name":"n{n}","roles":["viewer"]}`), read("/api/admin/tokens"), 0},
		{audit.PingKeyCreated, do("POST", pingKeysPath, `{"name":"n{n}","workflowId":"w"}`), read(pingKeysPath), 0},
		{audit.FeedKeyCreated, do("POST", feedKeysPath, `{"name":"n{n}","userId":"`+user.ID+`"}`), read(feedKeysPath), 0},
		{audit.UserCreated, do("POST", usersPath, `{"login":"u{n}","password":"correct horse","roles":["viewer"]}`), read(usersPath), 0},
		{audit.UserUpdated, do("PATCH", usersPath+"/"+user.ID, `{"name":"n{n}"}`), read(usersPath + "/" + user.ID), 0},
		{audit.Login, func(int) answer { return a.login("anna", testPassword) }, nil, 0},
		{audit.Logout, func(n int) answer {
			return a.send("POST", "/api/auth/logout", "", nil, "Cookie", cookies[min(n-1, leavers-1)], "Origin", a.url)
		}, func() (open string) {
			for _, cookie := range cookies {
				open += fmt.Sprint(a.send("GET", "/api/auth/me", "", nil, "Cookie", cookie).status)
			}
			return open
		}, 0},
		{audit.SettingsChanged, do("PATCH", settingsPath, `{"thresholds":{"queueWarnDepth":1{n}}}`), read(settingsPath), 0},
		{audit.Prioritised, do("POST", queue+"/priority", `{"priority":"HIGH","reason":"r{n}"}`), read("/api/monitoring/executions/q"), 0},
		{audit.RuleChanged, func(n int) answer {
			return a.send("PUT", rulesPath+"/mine"+fmt.Sprint(n), testSecret, []byte(ownRule))
		}, read(rulesPath), 0},
		{audit.RuleConfirmed, do("POST", rulesPath+"/vat-ue/confirm", `{"source":"gov.pl/{n}"}`), read(rulesPath + "/vat-ue"), 0},
		{audit.ClientRuleChanged, do("PUT", rulesPath+"/vat-ue/clients", `{"clientRef":"K-{n}","applies":false,"reason":"umowa"}`), read(rulesPath + "/vat-ue/clients?limit=100"), 0},
		{audit.Filed, do("POST", filed, `{"clientRef":"K-{n}"}`), read(filed + "?limit=100"), 0},
		{audit.DashboardCreated, do("POST", dashboardsPath, `{"name":"Pulpit {n}"}`), read(dashboardsPath), 0},
		{audit.DashboardUpdated, do("PATCH", dashboardsPath+"/"+board, `{"name":"Pulpit {n}"}`), read(dashboardsPath + "/" + board), 0},
		{audit.ViewCreated, do("POST", viewsPath, `{"name":"Widok {n}","page":"queue"}`), read(viewsPath), 0},
		{audit.ViewUpdated, do("PATCH", viewsPath+"/"+saved, `{"name":"Widok {n}"}`), read(viewsPath), 0},
		{audit.DashboardShared, do("POST", dashboardsPath+"/"+board+"/share", ``), read(dashboardsPath + "/" + board + "/share"), 0},
		{audit.MetricsExported, do("GET", "/api/monitoring/workflows/w/export", ``), nil, 0},
		{audit.StepDataRevealed, func(n int) answer {
			return a.send("POST", "/api/monitoring/executions/x/steps/s/reveal", revealer, fmt.Appendf(nil, `{"reason":"powód %d"}`, n))
		}, nil, 0},
		{audit.Exported, do("GET", auditPath+"/export", ``), nil, 0},
		{audit.ErasureDone, do("POST", erasurePath, `{"clientRef":"E-{n}","reason":"art. 17"}`), read(erasurePath), 0},
	}
}
