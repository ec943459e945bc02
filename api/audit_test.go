package api

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

// entries are the newest entries of an event.
func (a *appliance) entries(token, event string) []audit.Item {
	return get[AuditPage](a, auditPath+"?event="+event+"&limit=100", token).Items
}

// TestEachActionIsNotedOnce does each action over REST and expects its one entry, with who, from where and what about (AUD1–AUD8).
func TestEachActionIsNotedOnce(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	all := a.token("default", access.OrgAdmin, access.WorkflowAdmin, access.Accountant, access.Integration, access.ApplianceAdmin)
	a.post(all, batch(`"type":"step.completed","executionId":"x","workflowId":"w","stepId":"s","input":{"a":1}`,
		`"type":"step.failed","executionId":"x","workflowId":"w","stepId":"f","error":{"message":"m","stack":"at f"}`,
		`"type":"execution.queued","executionId":"q","workflowId":"w"`))
	user := a.user("default", "ola", access.Viewer).ID
	token := decoded[NewToken](t, a.send("POST", "/api/admin/tokens", all, []byte(`{"name":"n","roles":["viewer"]}`))).ID
	board := dashboardsPath + "/" + decoded[Dashboard](t, a.send("POST", dashboardsPath, all, []byte(`{"name":"Pulpit","widgets":[`+oneWidget+`]}`))).ID
	saved := viewsPath + "/" + decoded[View](t, a.send("POST", viewsPath, all, []byte(`{"name":"Widok","page":"queue"}`))).ID
	for _, c := range []struct {
		method, path, body string
		event, object      string
		details            string // part of them
	}{
		{"POST", usersPath, `{"login":"ewa","password":"correct horse","roles":["viewer"]}`, "monitoring.user.created", "user", `"login":"ewa"`},
		{"PATCH", usersPath + "/" + user, `{"name":"Ola Nowa"}`, "monitoring.user.updated", "user", `"new":"Ola Nowa"`},
		{"DELETE", usersPath + "/" + user, ``, "monitoring.user.deleted", "user", `"login":"ola"`},
		{"DELETE", "/api/admin/tokens/" + token, ``, "monitoring.token.revoked", "token", `"name":"n"`},
		{"POST", "/api/monitoring/queue/executions/q/priority", `{"priority":"HIGH","reason":"dziś"}`, "monitoring.queue.prioritised", "execution", `"priority":"HIGH"`},
		{"POST", "/api/monitoring/queue/executions/q/boost", `{"allowed":false,"reason":"nie"}`, "monitoring.queue.boost_forbidden", "execution", `"reason":"nie"`},
		{"POST", "/api/monitoring/queue/executions/q/boost", `{"allowed":true}`, "monitoring.queue.boost_allowed", "execution", `{}`},
		{"PUT", rulesPath + "/mine", ownRule, "monitoring.deadline.rule.changed", "deadline_rule", `"version":2`},
		{"POST", rulesPath + "/vat-ue/confirm", `{"source":"gov.pl"}`, "monitoring.deadline.rule.confirmed", "deadline_rule", `"source":"gov.pl"`},
		{"POST", "/api/monitoring/deadlines/vat-ue/2026-11/filed", `{"clientRef":"K-1"}`, "monitoring.deadline.filed", "client", `"period":"2026-11"`},
		{"PUT", rulesPath + "/vat-ue/clients", `{"clientRef":"K-1","applies":false,"reason":"umowa"}`, "monitoring.deadline.client_rule.changed", "client", `"rule":"vat-ue"`},
		{"GET", "/api/monitoring/workflows/w/export", ``, "monitoring.metrics.exported", "workflow", `"format":"csv"`},
		{"POST", dashboardsPath, `{"name":"Nowy","widgets":[` + oneWidget + `]}`, "monitoring.dashboard.created", "dashboard", `"widgets":[{"id":"a","type":"queue_status"}]`},
		{"PATCH", board, `{"name":"Inny"}`, "monitoring.dashboard.updated", "dashboard", `"name":{"old":"Pulpit","new":"Inny"}`},
		{"PATCH", board, `{"layout":{"columns":6}}`, "monitoring.dashboard.updated", "dashboard", `"layout":{"old":{"columns":12,"rowHeight":100},"new":{"columns":6,"rowHeight":100}}`},
		{"PATCH", board, `{"widgets":[]}`, "monitoring.dashboard.updated", "dashboard", `"widgets":{"removed":["a"]}`},
		{"POST", board + "/default", ``, "monitoring.dashboard.updated", "dashboard", `"isDefault":{"old":false,"new":true}`},
		{"POST", board + "/default", `{"scope":"office"}`, "monitoring.dashboard.updated", "dashboard", `"isOfficeDefault":{"old":false,"new":true}`},
		{"POST", board + "/share", ``, "monitoring.dashboard.shared", "dashboard", `"rotated":false`},
		{"DELETE", board + "/share", ``, "monitoring.dashboard.unshared", "dashboard", `"dashboardId"`},
		{"DELETE", board, ``, "monitoring.dashboard.deleted", "dashboard", `"name":"Inny"`},
		{"POST", viewsPath, `{"name":"Nowy","page":"alerts"}`, "monitoring.view.created", "view", `"page":"alerts","shared":false`},
		{"PATCH", saved, `{"name":"Inny","query":"q=x"}`, "monitoring.view.updated", "view", `"fields":["name","query"]`},
		{"DELETE", saved, ``, "monitoring.view.deleted", "view", `"page":"queue"`},
		{"GET", "/api/monitoring/executions/x/steps/s", ``, "monitoring.stepdata.viewed", "execution", `"step":"s"`},
		{"GET", "/api/monitoring/executions/x/steps/f", ``, "monitoring.error.viewed", "execution", `"step":"f"`},
		{"POST", erasurePath, `{"clientRef":"K-9","reason":"art. 17"}`, "monitoring.erasure.done", "erasure", `"ofClient":true`},
		{"GET", auditPath + "/export", ``, "monitoring.audit.exported", "audit", `"format":"csv"`},
	} {
		before := len(a.entries(all, c.event))
		answer := a.send(c.method, c.path, all, []byte(c.body))
		require.Less(t, answer.status, 300, "%s %s: %s", c.method, c.path, answer.body)
		found := a.entries(all, c.event)
		require.Len(t, found, before+1, c.event)
		require.Equal(t, c.object, found[0].Object.Type, c.event)
		require.Equal(t, audit.Token, found[0].Actor.Type, c.event)
		require.NotEmpty(t, found[0].Actor.Name, c.event)
		require.Equal(t, "127.0.0.1", found[0].IP, c.event)
		require.Contains(t, string(found[0].Details), c.details, c.event)
		require.WithinDuration(t, time.Now(), found[0].At.Time(), time.Minute)
	}
	require.Len(t, a.entries(all, "monitoring.token.created"), 3, "the bootstrap's, this one's, and the one that was revoked")
	require.Len(t, a.entries(all, "monitoring.audit.read"), 1, "the auditor's own reads are noted, seldom (J10.4)")
	require.True(t, get[audit.Verdict](a, auditPath+"/verify", all).OK)
}

func TestRepetitionsAndFailuresAddNoEntry(t *testing.T) { // AUD3, D-06
	t.Parallel()
	a := newAppliance(t)
	all := a.token("default", access.OrgAdmin, access.WorkflowAdmin, access.Accountant, access.Integration)
	a.post(all, batch(`"type":"execution.queued","executionId":"q","workflowId":"w"`,
		`"type":"step.completed","executionId":"x","workflowId":"w","stepId":"s","input":{"a":1}`,
		`"type":"step.failed","executionId":"x","workflowId":"w","stepId":"f","error":"m"`))
	again := func(status int, event, method, path, body string) {
		for range 3 {
			answer := a.send(method, path, all, []byte(body))
			require.Equal(t, status, answer.status, "%s", answer.body)
		}
		want := 1
		if status >= 400 {
			want = 0
		}
		require.Len(t, a.entries(all, event), want, event)
	}
	again(202, "monitoring.queue.prioritised", "POST", "/api/monitoring/queue/executions/q/priority", `{"priority":"HIGH"}`)
	again(200, "monitoring.deadline.filed", "POST", "/api/monitoring/deadlines/vat-ue/2026-11/filed", `{"clientRef":"K-1"}`)
	again(200, "monitoring.stepdata.viewed", "GET", "/api/monitoring/executions/x/steps/s", ``)
	again(200, "monitoring.error.viewed", "GET", "/api/monitoring/executions/x/steps/f", ``)
	again(422, "monitoring.user.created", "POST", usersPath, `{"login":"x","password":"short","roles":["viewer"]}`)
	again(404, "monitoring.user.deleted", "DELETE", usersPath+"/unknown", ``)
	again(404, "monitoring.metrics.exported", "GET", "/api/monitoring/workflows/unknown/export", ``)
}

// B-68: who may see whole errors and stacks leaves a mark, for each step that has one; who sees less, and steps without errors, leave none.
func TestWholeErrorsAreNoted(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin, viewer, auditor := a.token("", access.WorkflowAdmin), a.token("", access.Viewer), a.token("", access.Auditor)
	a.post(testSecret, batch(event("step.failed", "x", `,"stepId":"f","error":{"message":"m","stack":"at f"}`),
		event("step.failed", "x", `,"stepId":"g","error":"m"`), event("step.completed", "x", `,"stepId":"good"`),
		event("step.failed", "x", `,"stepId":"again","attempt":1,"error":{"message":"m","stack":"at f"}`),
		event("step.started", "x", `,"stepId":"again","attempt":2`), event("step.completed", "x", `,"stepId":"again","attempt":2`)))
	for range 2 {
		for _, step := range []string{"f", "g", "good", "again"} {
			for _, token := range []string{viewer, admin} {
				got := a.send("GET", "/api/monitoring/executions/x/steps/"+step, token, nil)
				require.Equal(t, http.StatusOK, got.status)
				require.Equal(t, token == admin && (step == "f" || step == "again"), strings.Contains(string(got.body), "at f"))
			}
		}
	}
	noted := map[string]bool{}
	for _, e := range a.entries(auditor, "monitoring.error.viewed") {
		require.Equal(t, "x", e.Object.ID)
		noted[string(e.Details)] = true
	}
	require.Equal(t, map[string]bool{`{"stack":true,"step":"f"}`: true, `{"stack":false,"step":"g"}`: true, `{"stack":true,"step":"again"}`: true}, noted)
	require.Len(t, a.entries(auditor, "monitoring.error.viewed"), 3)
}

func TestSignInsAreNoted(t *testing.T) { // AUD8
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("default", access.OrgAdmin)
	u := a.user("default", "ola", access.Viewer)
	cookie := cookieOf(t, a.login("ola", testPassword))
	in := a.entries(admin, "monitoring.login")
	require.Len(t, in, 1)
	require.Equal(t, audit.Actor{ID: u.ID, Name: u.Name, Type: audit.User}, in[0].Actor)
	require.Equal(t, http.StatusNoContent, a.send("POST", "/api/auth/logout", "", nil, "Cookie", cookie, "Origin", a.url).status)
	require.Len(t, a.entries(admin, "monitoring.logout"), 1)

	for range 3 {
		require.Equal(t, http.StatusUnauthorized, a.login("ola", "wrong").status)
		require.Equal(t, http.StatusUnauthorized, a.login("nobody", "wrong").status)
	}
	require.NoError(t, a.engine.Access().NoteFailures())
	failed := 0
	for _, e := range a.entries(admin, "monitoring.login.failed") {
		require.Equal(t, u.ID, e.Object.ID)
		failed++
	}
	require.Positive(t, failed)
}

func TestAuditIsForAuditorsOfTheOrganisation(t *testing.T) { // 2.7, J10.1, SEC2
	t.Parallel()
	a := newAppliance(t)
	ours, theirs := a.token("ours", access.Auditor), a.token("theirs", access.OrgAdmin)
	a.send("POST", "/api/admin/tokens", theirs, []byte(`{"name":"their secret plan","roles":["viewer"]}`))
	require.NotContains(t, string(a.send("GET", auditPath+"?limit=100", ours, nil).body), "secret plan")
	require.NotContains(t, string(a.send("GET", auditPath+"/export", ours, nil).body), "secret plan")
	require.Contains(t, string(a.send("GET", auditPath+"?limit=100", theirs, nil).body), "secret plan")
	for _, query := range []string{"cursor=%21", "from=yesterday", "limit=0", "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z"} {
		require.Equal(t, http.StatusUnprocessableEntity, a.send("GET", auditPath+"?"+query, ours, nil).status, query)
	}
}

func TestAuditPagesMeetOnce(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("default", access.OrgAdmin)
	for range 7 {
		a.send("POST", "/api/admin/tokens", admin, []byte(`{"name":"n","roles":["viewer"]}`))
	}
	seen, last := 0, uint64(1<<63)
	for cursor := ""; ; {
		page := get[AuditPage](a, auditPath+"?limit=3&event=monitoring.token.&cursor="+cursor, admin)
		for _, e := range page.Items {
			require.Less(t, e.Seq, last)
			last = e.Seq
			seen++
		}
		if page.NextCursor == nil {
			break
		}
		cursor = *page.NextCursor
	}
	require.Equal(t, 9, seen)
}

func TestAuditFileIsSafeForSpreadsheets(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("default", access.OrgAdmin)
	a.send("POST", usersPath, admin, []byte(`{"login":"evil","name":"=HYPERLINK(1)","password":"correct horse","roles":["viewer","org_admin"]}`))
	require.Equal(t, http.StatusOK, a.login("evil", "correct horse").status)
	body := string(a.send("GET", auditPath+"/export?locale=C", admin, nil).body)
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	require.NoError(t, err)
	require.Equal(t, auditColumns, lines[0])
	names := ""
	for _, line := range lines {
		names += line[5] + "\n"
	}
	require.Contains(t, names, "'=HYPERLINK(1)\n")
	last := lines[len(lines)-1]
	require.Equal(t, "verdict", last[3])
	require.Contains(t, last[10], `"ok":true`)
	require.Len(t, last[12], 64)
	polish := a.send("GET", auditPath+"/export", admin, nil).body
	require.True(t, strings.HasPrefix(string(polish), "\ufeffseq;id;at;"))
}

// TestOnlyCursorsThatWereGivenAreTaken changes a cursor in every way that keeps it well encoded.
func TestOnlyCursorsThatWereGivenAreTaken(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("default", access.OrgAdmin)
	token := decoded[NewToken](t, a.send("POST", "/api/admin/tokens", admin, []byte(`{"name":"n","roles":["viewer"]}`))).ID
	a.send("DELETE", "/api/admin/tokens/"+token, admin, nil)
	status := func(query, cursor string) int {
		return a.send("GET", auditPath+"?limit=1"+query+"&cursor="+cursor, admin, nil).status
	}
	for own, other := range map[string]string{"": "&object=token:" + token, "&object=token:" + token: ""} {
		given := *get[AuditPage](a, auditPath+"?limit=1"+own, admin).NextCursor
		require.Equal(t, http.StatusOK, status(own, given), own)
		require.Equal(t, http.StatusUnprocessableEntity, status(other, given), "a cursor of another list")
		raw, err := base64.RawURLEncoding.DecodeString(given)
		require.NoError(t, err)
		for i := range raw {
			changed := bytes.Clone(raw)
			changed[i] ^= 0x40
			require.Equal(t, http.StatusUnprocessableEntity, status(own, base64.RawURLEncoding.EncodeToString(changed)), "byte %d", i)
			require.Equal(t, http.StatusUnprocessableEntity, status(own, base64.RawURLEncoding.EncodeToString(append(raw[i:i+1:i+1], raw[:i]...))))
		}
	}
}

// TestStepDataIsNotedForEachStepAndSession views two steps in two sessions of one person, each again.
func TestStepDataIsNotedForEachStepAndSession(t *testing.T) { // AUD8
	t.Parallel()
	a := newAppliance(t)
	all := a.token("default", access.OrgAdmin, access.Integration)
	a.post(all, batch(`"type":"step.completed","executionId":"x","workflowId":"w","stepId":"s1","input":{"a":1}`,
		`"type":"step.completed","executionId":"x","workflowId":"w","stepId":"s2","output":{"a":1}`,
		`"type":"step.completed","executionId":"x","workflowId":"w","stepId":"bare"`))
	u := a.user("default", "ola", access.Accountant)
	for range 2 {
		cookie := cookieOf(t, a.login("ola", testPassword))
		for range 2 {
			for _, step := range []string{"s1", "s2", "bare"} {
				require.Equal(t, http.StatusOK, a.send("GET", "/api/monitoring/executions/x/steps/"+step, "", nil, "Cookie", cookie).status)
			}
		}
	}
	require.Equal(t, http.StatusOK, a.send("GET", "/api/monitoring/executions/x/steps/s1", a.token("default", access.Viewer), nil).status)
	found := a.entries(all, audit.StepDataViewed)
	require.Len(t, found, 4, "a role that sees none, and a step without any, add none")
	for _, e := range found {
		require.Equal(t, u.ID, e.Actor.ID)
		require.Equal(t, audit.Object{Type: "execution", ID: "x"}, e.Object)
	}
}

// TestTheFileHoldsTheWholeChain reads more entries than one page of it, in both formats; each holds its own note, and the verdict's head is its
// first entry's hash.
func TestTheFileHoldsTheWholeChain(t *testing.T) { // J10
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("default", access.OrgAdmin)
	o, err := a.engine.Access().EnsureOrganization("default")
	require.NoError(t, err)
	tenant, err := a.engine.Tenant(o.ID)
	require.NoError(t, err)
	var wait sync.WaitGroup
	for i := range auditExportPage + 20 { // in parallel: they share their commits
		wait.Go(func() {
			assert.NoError(t, tenant.Note(audit.MetricsExported, audit.System(), audit.Object{Type: "workflow", ID: fmt.Sprint("w", i)}, nil))
		})
	}
	wait.Wait()
	e := get[AuditExport](a, auditPath+"/export?format=json", admin)
	require.EqualValues(t, len(e.Items), e.Verdict.Checked)
	require.Greater(t, len(e.Items), auditExportPage)
	require.Equal(t, e.Verdict.Head, e.Items[0].Hash)
	require.Equal(t, audit.Exported, e.Items[0].Event)
	for i := range e.Items {
		require.Equal(t, e.Verdict.Last-uint64(i), e.Items[i].Seq)
	}
	lines, err := csv.NewReader(bytes.NewReader(a.send("GET", auditPath+"/export?locale=C", admin, nil).body)).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, len(e.Items)+3, "the columns, this export, and the verdict")
	require.Equal(t, lines[1][12], lines[len(lines)-1][12])
	none := get[AuditExport](a, auditPath+"/export?format=json&actor=nobody", admin)
	require.Empty(t, none.Items)
	require.True(t, none.Verdict.OK)
	require.Eventually(t, func() bool { return a.server.auditExports.Load() == 0 }, answerLimit, time.Millisecond)
}

func TestSubscriptionsAreNotedOncePerTypeAndNotPerReconnect(t *testing.T) { // AUD7, D-06
	t.Parallel()
	a := newAppliance(t)
	for range 3 { // sockets that come again
		a.subscribed("execution_updates")
		a.subscribed("queue_status")
	}
	var found []audit.Item
	require.Eventually(t, func() bool { // an entry follows the answer
		found = a.entries(testSecret, "monitoring.subscription.created")
		return len(found) >= 2
	}, answerLimit, 10*time.Millisecond)
	require.Len(t, found, 2)
	require.Contains(t, string(found[0].Details), `"subscriptionType":"queue_status"`)
	require.Contains(t, string(found[0].Details), `"userId":"`+found[0].Actor.ID+`"`)
}

func TestChangesOfTheOwnAccountAreNoted(t *testing.T) { // AUD8
	t.Parallel()
	a := newAppliance(t)
	admin := a.token("default", access.OrgAdmin)
	u := a.user("default", "ola", access.Viewer)
	cookie := cookieOf(t, a.login("ola", testPassword))
	send := func(path, body string) answer {
		return a.send("POST", path, "", []byte(body), "Cookie", cookie, "Origin", a.url)
	}
	require.Equal(t, http.StatusOK, send("/api/auth/totp", `{"password":"`+testPassword+`"}`).status)
	require.Equal(t, http.StatusUnprocessableEntity, send("/api/auth/totp/disable", `{"password":"wrong"}`).status)
	require.Equal(t, http.StatusNoContent, send("/api/auth/totp/disable", `{"password":"`+testPassword+`"}`).status)
	require.Equal(t, http.StatusOK, send("/api/auth/password", `{"password":"`+testPassword+`","newPassword":"inne dobre haslo"}`).status)
	for _, event := range []string{"totp_enrolled", "totp_disabled", "password_changed"} {
		found := a.entries(admin, "monitoring.user."+event)
		require.Len(t, found, 1, event)
		require.Equal(t, u.ID, found[0].Actor.ID)
		require.Equal(t, audit.Object{Type: "user", ID: u.ID}, found[0].Object)
		require.NotContains(t, string(found[0].Details), "haslo")
	}
}
