package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
)

const quarterly = `{"clientRef":"K-0147","applies":false,"reason":"rozlicza VAT kwartalnie","docRef":"VAT-R 2026/11"}`

// Part 4.5: what holds for one client, with its ground and all its versions; other clients and other offices keep the rule.
func TestClientsHaveWhatHoldsForThem(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin, reader := a.token("", access.OrgAdmin), a.token("", access.Viewer)
	other := a.token("other", access.OrgAdmin)
	path := rulesPath + "/vat-jpk-v7m/clients"
	require.Empty(t, get[ClientRulePage](a, path, reader).Items)
	got := a.send("PUT", path, admin, []byte(quarterly))
	require.Equal(t, http.StatusCreated, got.status, "%s", got.body)
	require.Equal(t, `"1"`, got.header.Get("ETag"))
	made := decoded[engine.ClientRule](t, got)
	require.Equal(t, "test", made.By.Name)
	require.True(t, made.At.Present())
	december := "from=2026-12-28&to=2026-12-28"
	require.NotContains(t, deadlinesOf(a, december+"&clientRef=K-0147", reader), "vat-jpk-v7m 2026-11")
	require.Contains(t, deadlinesOf(a, december+"&clientRef=K-0148", reader), "vat-jpk-v7m 2026-11")
	require.EqualValues(t, 1, deadlinesOf(a, december, reader)["vat-jpk-v7m 2026-11"].ClientRules)
	require.Contains(t, deadlinesOf(a, december+"&clientRef=K-0147", other), "vat-jpk-v7m 2026-11")
	require.Empty(t, get[ClientRulePage](a, path, other).Items, "another office's clients are never seen")
	requireProblem(t, a.send("DELETE", path+"?clientRef=K-0147", other, nil), 404, "not_found")

	// What was answered may be sent back; another text is another version, and a stale one is refused.
	same := a.send("PUT", path, admin, got.body)
	require.Equal(t, http.StatusOK, same.status, "%s", same.body)
	require.Equal(t, string(got.body), string(same.body))
	moved := `{"clientRef":"K-0147","exceptions":[{"period":"2026-11","due":{"type":"date","date":"2027-01-11"},"basis":"decyzja"}],"reason":"odroczenie","version":1}`
	requireProblem(t, a.send("PUT", path, admin, []byte(moved), "If-Match", `"2"`), 412, "stale")
	requireProblem(t, a.send("PUT", path, admin, []byte(strings.Replace(moved, `"version":1`, `"version":7`, 1))), 412, "stale")
	require.Equal(t, `"2"`, a.send("PUT", path, admin, []byte(moved), "If-Match", `"1"`).header.Get("ETag"))
	require.Equal(t, "2027-01-11", deadlinesOf(a, "from=2027-01-11&to=2027-01-11&clientRef=K-0147", reader)["vat-jpk-v7m 2026-11"].Due.String())
	a.restart()
	requireProblem(t, a.send("DELETE", path+"?clientRef=K-0147", admin, nil, "If-Match", `"1"`), 412, "stale")
	require.Equal(t, http.StatusNoContent, a.send("DELETE", path+"?clientRef=K-0147&reason=koniec", admin, nil, "If-Match", `"2"`).status)
	requireProblem(t, a.send("DELETE", path+"?clientRef=K-0147", admin, nil), 404, "not_found")
	require.Empty(t, get[ClientRulePage](a, path, reader).Items)
	history := get[ClientRulePage](a, path+"?clientRef="+url.QueryEscape("K-0147"), reader).Items
	require.Len(t, history, 3)
	require.Equal(t, []any{true, "koniec", "odroczenie", false}, []any{history[0].Removed, history[0].Reason, history[1].Reason, history[2].Applies})

	fiscal := a.send("PUT", rulesPath+"/cit-8/clients", admin, []byte(`{"clientRef":"Kowalski i S-ka","fiscalYearEnd":3,"reason":"umowa spółki"}`))
	require.Equal(t, http.StatusCreated, fiscal.status, "%s", fiscal.body)
	require.Equal(t, "2027-06-30", deadlinesOf(a, "from=2027-06-01&to=2027-06-30&clientRef=Kowalski+i+S-ka", reader)["cit-8 2027"].Due.String())
}

// 2.7, api.md 9: the role comes first, then the rule, then the body, every mistake of which is named.
func TestWhatHoldsForClientsIsChecked(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	path := rulesPath + "/vat-jpk-v7m/clients"
	for _, role := range access.Roles() {
		token := a.token("", role)
		if role == access.OrgAdmin {
			continue
		}
		requireProblem(t, a.send("PUT", path, token, []byte("{")), 403, "forbidden")
		requireProblem(t, a.send("DELETE", path+"?clientRef=K", token, nil), 403, "forbidden")
	}
	admin := a.token("", access.OrgAdmin)
	for _, unknown := range []string{"/unknown/clients", "/a%2Fb/clients"} {
		requireProblem(t, a.send("PUT", rulesPath+unknown, admin, []byte("{")), 404, "not_found")
		requireProblem(t, a.send("GET", rulesPath+unknown, admin, nil), 404, "not_found")
		requireProblem(t, a.send("DELETE", rulesPath+unknown+"?clientRef=K", admin, nil), 404, "not_found")
	}
	requireProblem(t, a.send("PUT", path, admin, []byte("{")), 400, "malformed_json")
	edit := func(old, new string) string { return strings.Replace(quarterly, old, new, 1) }
	for body, field := range map[string]string{
		`{}`: "body.clientRef", edit("K-0147", ""): "body.clientRef", edit("rozlicza VAT kwartalnie", " "): "body.reason",
		edit(`"applies":false`, `"applies":true`): "body.applies", edit(`"applies":false`, `"aplies":false`): "body.aplies",
		edit(`"applies":false`, `"fiscalYearEnd":3`): "body.fiscalYearEnd", edit("VAT-R 2026/11", strings.Repeat("x", 256)): "body.docRef",
		edit(`"applies":false`, `"due":{"type":"dayOfMonthAfterPeriod","months":1,"day":32}`):                      "body.due.day",
		edit(`"applies":false`, `"exceptions":[{"period":"Q4","due":{"type":"daysAfterPeriodEnd"}}]`):              "body.exceptions[0].period",
		edit(`"applies":false`, `"exceptions":[{"period":"2026-02","due":{"type":"date","date":"2026-02-30"}}]`):   "body",
		edit(`"applies":false`, `"exceptions":[{"period":"2026-02","due":{"type":"hoursAfterEvent","hours":1}}]`):  "body.exceptions[0].due.type",
		edit(`"applies":false`, `"applies":false,"exceptions":[{"period":"2026-02","due":{"type":"endOfMonth"}}]`): "body.applies",
		edit(`"reason":"rozlicza VAT kwartalnie"`, `"reason":"`+strings.Repeat("ż", 2001)+`"`):                     "body.reason",
		edit(`"applies":false`, `"applies":"no"`):                                                                  "body.applies",
	} {
		p := requireProblem(t, a.send("PUT", path, admin, []byte(body)), 422, "invalid_field")
		require.Equal(t, field, p.Errors[0].Location, body)
	}
	requireProblem(t, a.send("DELETE", path, admin, nil), 422, "invalid_field")
	requireProblem(t, a.send("GET", path+"?limit=0", admin, nil), 422, "invalid_field")
	requireProblem(t, a.send("GET", path+"?cursor=%21", admin, nil), 422, "invalid_field")
	require.Empty(t, get[ClientRulePage](a, path, admin).Items, "nothing is stored on an error")
}

// Part 4.6: done, in progress, failed, not started, per client; only a mark makes it filed.
func TestAnObligationIsToldPerClient(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	accountant, other := a.token("", access.Accountant), a.token("other", access.Accountant)
	run := func(id, client, day, end string) {
		at := day + "T10:00:00Z"
		events := `{"type":"execution.started","executionId":"` + id + `","workflowId":"jpk-generation","clientRef":"` + client + `","timestamp":"` + at + `"}`
		if end != "" {
			events += `,{"type":"execution.` + end + `","executionId":"` + id + `","workflowId":"jpk-generation","timestamp":"` + day + `T10:05:00Z"}`
		}
		a.post(testSecret, "["+events+"]")
	}
	for _, client := range []string{"K-1", "K-2", "K-3", "K-4", "K-5"} {
		run("before-"+client, client, "2026-10-06", "completed")
	}
	run("a", "K-1", "2026-11-03", "completed")
	run("b", "K-2", "2026-11-03", "failed")
	run("c", "K-3", "2026-11-03", "failed")
	run("d", "K-3", "2026-11-04", "")
	run("e", "K-6", "2026-11-05", "failed")
	run("f", "K-6", "2026-11-06", "completed")
	path := "/api/monitoring/deadlines/vat-jpk-v7m/2026-10"
	require.Equal(t, http.StatusOK, a.send("POST", path+"/filed", accountant, []byte(`{"clientRef":"K-4","upo":"UPO-1"}`)).status)
	require.Equal(t, http.StatusCreated, a.send("PUT", rulesPath+"/vat-jpk-v7m/clients", a.token("", access.OrgAdmin),
		[]byte(`{"clientRef":"K-5","applies":false,"reason":"kwartalnie"}`)).status)
	states := map[string]string{}
	page := get[DeadlineClientPage](a, path+"/clients", accountant)
	for _, one := range page.Items {
		states[one.ClientRef] = one.State
	}
	require.False(t, page.Capped)
	require.Equal(t, map[string]string{
		"K-1": engine.ClientCompleted, "K-2": engine.ClientFailed, "K-3": engine.ClientRunning, "K-4": engine.ClientFiled, "K-6": engine.ClientCompleted,
	}, states)
	require.Equal(t, engine.ServingRuns{Running: 1, Failed: 1}, page.Items[2].Runs)
	require.Equal(t, "UPO-1", *page.Items[3].Filing.UPO)
	next := get[DeadlineClientPage](a, "/api/monitoring/deadlines/vat-jpk-v7m/2026-11/clients", accountant)
	require.Len(t, next.Items, 4, "those of the period before: K-5 is not concerned, K-4 had no run")
	require.Equal(t, engine.ClientNotStarted, next.Items[0].State)
	require.Empty(t, get[DeadlineClientPage](a, path+"/clients", other).Items)
	requireProblem(t, a.send("GET", "/api/monitoring/deadlines/vat-jpk-v7m/2026-Q3/clients", accountant, nil), 404, "not_found")
	_, cookie := a.limitedUser("zofia", `["K-2"]`, access.Viewer)
	limited := decoded[DeadlineClientPage](t, a.send("GET", path+"/clients", "", nil, "Cookie", cookie)).Items
	require.Len(t, limited, 1, "only the own clients")
	require.Equal(t, "K-2", limited[0].ClientRef)
}
