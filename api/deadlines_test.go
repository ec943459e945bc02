package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/deadline"
)

// ownRule is a rule that no file ships: the office's own target for its closings.
const ownRule = `{"category":"WEWN","name":{"pl":"Zamknięcie miesiąca"},"period":"month","due":{"type":"dayOfMonthAfterPeriod","months":1,"day":18},` +
	`"shift":"previousBusinessDay","match":{"workflowNames":["month-end-closing*"]}}`

func deadlinesOf(a *appliance, query, token string) map[string]DeadlineItem {
	a.t.Helper()
	out := map[string]DeadlineItem{}
	for _, item := range get[DeadlinePage](a, "/api/monitoring/deadlines?"+query, token).Items {
		out[item.Rule+" "+item.Period] = item
	}
	return out
}

// Part 4.4, api.md 9: the computed table over HTTP, of the rules that are switched on.
func TestDeadlinesOfARangeAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	data, err := os.ReadFile("../engine/deadline/testdata/due-2026-12-to-2027-12.json")
	require.NoError(t, err)
	var table []struct{ Rule, Period, Nominal, Due string }
	require.NoError(t, json.Unmarshal(data, &table))
	on := map[string]bool{}
	for _, r := range get[DeadlineRulePage](a, rulesPath, testSecret).Items {
		on[r.ID] = r.Enabled
	}
	got := deadlinesOf(a, "from=2026-12-01&to=2027-12-31", testSecret)
	want := 0
	for _, v := range table {
		item, there := got[v.Rule+" "+v.Period]
		require.Equal(t, on[v.Rule], there, v.Rule)
		if !there {
			continue
		}
		want++
		require.Equal(t, []string{v.Nominal, v.Due}, []string{item.Nominal.String(), item.Due.String()})
		require.Equal(t, v.Nominal != v.Due, item.Shifted)
		require.False(t, item.Confirmed, "5.14: nothing is certain that nobody confirmed")
	}
	require.Len(t, got, want)

	raw := a.send("GET", "/api/monitoring/deadlines?from=2027-01-31&to=2027-01-31", testSecret, nil)
	require.JSONEq(t, `{"rule":"vat-oss","category":"VAT","name":"VIU-DO – deklaracja i zapłata VAT OSS (procedura unijna)","period":"2026-Q4",
		"nominal":"2027-01-31","due":"2027-01-31","actBy":"2027-01-29","shifted":false,"offReason":"sunday","confirmed":false,"filed":0,"clientRules":0,
		"runs":{"completed":0,"running":0,"failed":0}}`, withoutNow(t, raw.body))
	english := a.send("GET", "/api/monitoring/deadlines?from=2027-01-31&to=2027-01-31", testSecret, nil, "Accept-Language", "en")
	require.Equal(t, "VIU-DO – VAT OSS return and payment (Union scheme)", decoded[DeadlinePage](t, english).Items[0].Name)
	days := []deadline.Day{}
	for _, item := range get[DeadlinePage](a, "/api/monitoring/deadlines?from=2026-12-01&to=2026-12-31", testSecret).Items {
		days = append(days, item.Due)
	}
	require.IsNonDecreasing(t, days)
}

// withoutNow is the only item of an answer, without what depends on today.
func withoutNow(t *testing.T, body []byte) string {
	t.Helper()
	var page struct {
		Items      []map[string]any
		NextCursor *string
	}
	require.NoError(t, json.Unmarshal(body, &page))
	require.Len(t, page.Items, 1)
	require.Nil(t, page.NextCursor)
	require.Contains(t, page.Items[0], "businessDaysLeft")
	delete(page.Items[0], "businessDaysLeft")
	delete(page.Items[0], "light")
	delete(page.Items[0], "forecast")
	out, err := json.Marshal(page.Items[0])
	require.NoError(t, err)
	return string(out)
}

// Both ends count, under all their names, and times stand for their day in Warsaw.
func TestRangesOfDaysAreReadByAllTheirNames(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	want := deadlinesOf(a, "from=2026-12-28&to=2026-12-28", testSecret)
	require.Contains(t, want, "vat-jpk-v7m 2026-11")
	for _, query := range []string{
		"start=2026-12-28&end=2026-12-28", "startTime=2026-12-27T23:00:00Z&endTime=2026-12-28T22:59:59Z", "from=2026-12-28T00:00:00%2B01:00&to=2026-12-28",
	} {
		require.Equal(t, want, deadlinesOf(a, query, testSecret), query)
	}
	require.Empty(t, deadlinesOf(a, "from=2026-12-26&to=2026-12-27", testSecret))
	usual := deadlinesOf(a, "", testSecret)
	require.NotEmpty(t, usual)
	today := deadline.DayOf(time.Now())
	for _, item := range usual {
		require.True(t, item.Due >= today-1 && item.Due <= today+deadlineDaysUsual+1, "%v", item)
	}
	require.NotEmpty(t, deadlinesOf(a, "to=2020-01-31", testSecret))
	require.NotEmpty(t, deadlinesOf(a, "from=2040-01-01", testSecret))
	for query, field := range map[string]string{
		"from=2026-12-31&to=2026-12-01": "to", "from=2026-13-01": "from", "to=yesterday": "to", "from=2026-02-30": "from", "from=2020-01-01&to=2030-01-01": "to",
		"from=1800-01-01": "from", "startTime=2026-12-01T00:00:00": "startTime", "to=2500-01-01T00:00:00Z": "to", "from=20261201": "from",
	} {
		p := requireProblem(t, a.send("GET", "/api/monitoring/deadlines?"+query, testSecret, nil), 422, "invalid_field")
		require.Equal(t, "query."+field, p.Errors[0].Location, query)
	}
}

// 2.7: everybody of the office reads, who is accountable marks, and only the
// organisation's administrator stands for rules. The role comes before the body.
func TestRolesDecideWhoMayConfirmAndFile(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for role, may := range map[access.Role]string{
		access.Viewer: "read", access.Accountant: "read file", access.WorkflowAdmin: "read", access.OrgAdmin: "read file rule", access.Auditor: "read",
		access.Integration: "", access.ApplianceAdmin: "",
	} {
		token := a.token("", role)
		for _, c := range []struct{ right, method, path, body string }{
			{"read", "GET", "/api/monitoring/deadlines", ""}, {"read", "GET", rulesPath, ""}, {"read", "GET", rulesPath + "/zus-5", ""},
			{"read", "GET", "/api/monitoring/deadlines/zus-5/2026-11/filed", ""},
			{"file", "POST", "/api/monitoring/deadlines/zus-5/2026-11/filed", `{"clientRef":"k"}`},
			{"rule", "POST", rulesPath + "/zus-5/confirm", `{}`}, {"rule", "PUT", rulesPath + "/own", ownRule},
		} {
			got := a.send(c.method, c.path, token, []byte(c.body))
			if strings.Contains(may, c.right) {
				require.Less(t, got.status, 300, "%s %s: %s", role, c.path, got.body)
				continue
			}
			requireProblem(t, got, 403, "forbidden")
			if c.method != http.MethodGet {
				requireProblem(t, a.send(c.method, c.path, token, []byte("{")), 403, "forbidden")
			}
		}
	}
}

// Part 4: a rule is a template until a named person confirms it, and again once it changes.
func TestRulesAreTemplatesUntilTheOfficeConfirmsThem(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin, other := a.token("", access.OrgAdmin), a.token("other", access.OrgAdmin)
	path := rulesPath + "/vat-jpk-v7m"
	rule := func(token string) DeadlineRuleStatus { return get[DeadlineRuleStatus](a, path, token) }
	require.Equal(t, engine.RuleTemplate, rule(admin).State)
	require.Nil(t, rule(admin).Confirm)

	got := a.send("POST", path+"/confirm", admin, []byte(`{"source":"Dz.U. 2026 poz. 1263","validUntil":"2199-12-31"}`))
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	confirmed := decoded[engine.DeadlineRule](t, got)
	require.Equal(t, engine.RuleConfirmed, confirmed.State)
	require.Equal(t, "test", confirmed.Confirm.By.Name)
	require.NotEmpty(t, confirmed.Confirm.By.ID)
	require.WithinDuration(t, time.Now(), confirmed.Confirm.At.Time(), time.Minute)
	require.Equal(t, "Dz.U. 2026 poz. 1263", confirmed.Confirm.Source)
	require.Equal(t, `"`+confirmed.ETag()+`"`, got.header.Get("ETag"))
	a.restart()
	require.Equal(t, confirmed, rule(admin).DeadlineRule, "durable when it was answered")
	require.True(t, deadlinesOf(a, "from=2026-12-01&to=2026-12-31", admin)["vat-jpk-v7m 2026-11"].Confirmed)
	require.False(t, deadlinesOf(a, "from=2026-12-01&to=2026-12-31", admin)["vat-ue 2026-11"].Confirmed)
	require.Equal(t, engine.RuleTemplate, rule(other).State, "another organisation's confirmation is never seen")
	require.EqualValues(t, 1, rule(other).Version)
	require.Empty(t, rule(other).History)
	require.False(t, deadlinesOf(a, "from=2026-12-01&to=2026-12-31", other)["vat-jpk-v7m 2026-11"].Confirmed)

	// What was answered may be sent back: switching it off keeps the confirmation, another day loses it.
	change := func(old, new string) DeadlineRuleStatus {
		body := a.send("GET", path, admin, nil).body
		require.Contains(t, string(body), old)
		put := a.send("PUT", path, admin, []byte(strings.Replace(string(body), old, new, 1)))
		require.Equal(t, http.StatusOK, put.status, "%s", put.body)
		return rule(admin)
	}
	off := change(`"enabled":true`, `"enabled":false`)
	require.True(t, off.Confirmed)
	require.Equal(t, "shipped", off.Origin)
	require.NotContains(t, deadlinesOf(a, "from=2026-12-01&to=2026-12-31", admin), "vat-jpk-v7m 2026-11")
	require.True(t, change(`"enabled":false`, `"enabled":true`).Confirmed)
	moved := change(`"day":25`, `"day":24`)
	require.False(t, moved.Confirmed)
	require.Nil(t, moved.Confirm)
	require.Equal(t, "office", moved.Origin)
	require.Equal(t, "2026-12-28", deadlinesOf(a, "from=2026-12-01&to=2026-12-31", admin)["vat-jpk-v7m 2026-11"].Due.String(), "the 24th is off too")
	require.Equal(t, "2027-01-25", deadlinesOf(a, "from=2027-01-01&to=2027-01-31", other)["vat-jpk-v7m 2026-12"].Due.String())
	require.Equal(t, "2027-01-25", deadlinesOf(a, "from=2027-01-01&to=2027-01-31", admin)["vat-jpk-v7m 2026-12"].Due.String(), "24.01.2027 is a Sunday")
	require.Equal(t, []string{"changed", "changed", "changed", "confirmed"}, changesOf(moved.History))
	require.Equal(t, 25, moved.History[3].Rule.Due.Day, "former texts are kept")
	require.EqualValues(t, 5, moved.Version)
	same := a.send("PUT", path, admin, a.send("GET", path, admin, nil).body)
	require.Equal(t, http.StatusOK, same.status)
	require.EqualValues(t, 5, rule(admin).Version, "what is there already changes nothing")
}

func changesOf(history []engine.RuleVersion) (words []string) {
	for _, v := range history {
		words = append(words, v.Change)
	}
	return words
}

// api.md 1: a change based on an old state is refused with 412.
func TestStaleChangesOfRulesAreRefused(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	path := rulesPath + "/zus-20"
	etag := a.send("GET", path, testSecret, nil).header.Get("ETag")
	require.Regexp(t, `^"1-[0-9a-f]{8}"$`, etag)
	body := string(a.send("GET", path, testSecret, nil).body)
	changed := strings.Replace(body, `"note":"`, `"note":"Sprawdzone. `, 1)
	require.NotEqual(t, body, changed)
	for _, stale := range []string{`"0"`, `"1-00000000"`, `W/` + etag, "1"} {
		requireProblem(t, a.send("PUT", path, testSecret, []byte(changed), "If-Match", stale), 412, "stale")
		requireProblem(t, a.send("POST", path+"/confirm", testSecret, nil, "If-Match", stale), 412, "stale")
	}
	requireProblem(t, a.send("POST", path+"/confirm", testSecret, []byte(`{"version":2}`)), 412, "stale")
	got := a.send("PUT", path, testSecret, []byte(changed), "If-Match", `"x", `+etag)
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	requireProblem(t, a.send("PUT", path, testSecret, []byte(changed), "If-Match", etag), 412, "stale")
	requireProblem(t, a.send("PUT", path, testSecret, []byte(changed)), 412, "stale") // the body's version
	require.Equal(t, http.StatusOK, a.send("POST", path+"/confirm", testSecret, []byte(`{"version":2}`), "If-Match", got.header.Get("ETag")).status)
	requireProblem(t, a.send("PUT", rulesPath+"/new", testSecret, []byte(ownRule), "If-Match", "*"), 412, "stale")
	require.Equal(t, http.StatusOK, a.send("POST", path+"/confirm", testSecret, nil, "If-Match", "*").status)
}

// Part 4.5: whatever is wrong with a rule is named, and nothing of it is kept.
func TestBadRulesAreRefusedWhole(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	edit := func(old, new string) string { return strings.Replace(ownRule, old, new, 1) }
	for body, field := range map[string]string{
		edit(`"shift"`, `"shfit"`): "body.shfit", edit(`"day":18`, `"day":32`): "body.due.day", edit(`"day":18`, `"day":"18"`): "body.due.day",
		edit(`"month"`, `"weekly"`): "body.period", edit("previousBusinessDay", "later"): "body.shift", edit("Zamknięcie miesiąca", ""): "body.name.pl",
		edit(`"category"`, `"id":"other","category"`): "body.id", edit(`"category"`, `"reason":"\u0000","category"`): "body.reason",
		edit(`"category"`, `"validFrom":"2027-02-30","category"`): "body", `{}`: "body.category", `[]`: "body", `5`: "body",
		edit(`"category"`, `"note":"`+strings.Repeat("ż", 2001)+`","category"`): "body.note",
	} {
		p := requireProblem(t, a.send("PUT", rulesPath+"/own", testSecret, []byte(body)), 422, "invalid_field")
		require.Equal(t, field, p.Errors[0].Location, body)
	}
	requireProblem(t, a.send("PUT", rulesPath+"/own", testSecret, []byte("{")), 400, "malformed_json")
	requireProblem(t, a.send("PUT", rulesPath+"/a%2Fb", testSecret, []byte(ownRule)), 404, "not_found")
	requireProblem(t, a.send("GET", rulesPath+"/own", testSecret, nil), 404, "not_found")
	requireProblem(t, a.send("POST", rulesPath+"/own/confirm", testSecret, []byte("{")), 404, "not_found")
	for body, field := range map[string]string{
		`{"validUntil":"2020-01-01"}`: "body.validUntil", `{"source":"\u0001"}`: "body.source", `{"valid":"2199-01-01"}`: "body.valid", `{"validUntil":5}`: "body.validUntil",
	} {
		p := requireProblem(t, a.send("POST", rulesPath+"/zus-5/confirm", testSecret, []byte(body)), 422, "invalid_field")
		require.Equal(t, field, p.Errors[0].Location, body)
	}
	require.Equal(t, engine.RuleTemplate, get[DeadlineRuleStatus](a, rulesPath+"/zus-5", testSecret).State)
}

// Part 4.7: an office adds targets of its own, which are theirs alone.
func TestOfficesMakeRulesOfTheirOwn(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin, other := a.token("", access.OrgAdmin), a.token("other", access.OrgAdmin)
	got := a.send("PUT", rulesPath+"/zamkniecie", admin, []byte(ownRule))
	require.Equal(t, http.StatusCreated, got.status, "%s", got.body)
	require.Equal(t, rulesPath+"/zamkniecie", got.header.Get("Location"))
	a.restart()
	item := deadlinesOf(a, "from=2026-12-01&to=2026-12-31", admin)["zamkniecie 2026-11"]
	require.Equal(t, "2026-12-18", item.Due.String())
	require.Equal(t, "Zamknięcie miesiąca", item.Name)
	rules := get[DeadlineRulePage](a, rulesPath, admin).Items
	require.Equal(t, "zamkniecie", rules[len(rules)-1].ID)
	require.Len(t, get[DeadlineRulePage](a, rulesPath, other).Items, len(rules)-1)
	requireProblem(t, a.send("GET", rulesPath+"/zamkniecie", other, nil), 404, "not_found")
}

// 4.6, 5.14: a filing is somebody's mark with a proof, and it is evidence.
func TestFilingsAreEvidence(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	accountant, other := a.token("", access.Accountant), a.token("other", access.Accountant)
	path := "/api/monitoring/deadlines/vat-jpk-v7m/2026-11/filed"
	file := func(body string) engine.Filing {
		got := a.send("POST", path, accountant, []byte(body))
		require.Equal(t, http.StatusOK, got.status, "%s", got.body)
		return decoded[engine.Filing](t, got)
	}
	first := file(`{"clientRef":"K-0147"}`)
	require.Nil(t, first.UPO)
	require.Equal(t, "test", first.FiledBy.Name)
	require.Equal(t, first, file(`{"clientRef":"K-0147","upo":null}`), "repeating answers the first data")
	proven := file(`{"clientRef":"K-0147","upo":" UPO-1 "}`)
	require.Equal(t, "UPO-1", *proven.UPO)
	require.Len(t, proven.Former, 1)
	require.Equal(t, proven, file(`{"clientRef":"K-0147"}`), "a mark without proof takes none away")
	corrected := file(`{"clientRef":"K-0147","upo":"UPO-2"}`)
	require.Equal(t, "UPO-1", *corrected.Former[1].UPO, "what was there before is kept")
	file(`{"clientRef":"K-0001","upo":"UPO-3"}`)
	a.restart()
	page := get[FilingPage](a, path+"?limit=1", accountant)
	require.Equal(t, "K-0001", page.Items[0].ClientRef)
	next := get[FilingPage](a, path+"?limit=1&cursor="+*page.NextCursor, accountant)
	require.Equal(t, []engine.Filing{corrected}, next.Items)
	require.Nil(t, next.NextCursor)
	require.EqualValues(t, 2, deadlinesOf(a, "from=2026-12-28&to=2026-12-28", accountant)["vat-jpk-v7m 2026-11"].Filed)
	require.Zero(t, deadlinesOf(a, "from=2026-12-28&to=2026-12-28", other)["vat-jpk-v7m 2026-11"].Filed)
	require.Empty(t, get[FilingPage](a, path, other).Items)

	for _, unknown := range []string{"vat-jpk-v7m/2026-Q4", "vat-jpk-v7m/2026-13", "vat-jpk-v7m/once", "no-such/2026-11", "pcc-3/event", "vat-jpk-v7k-ewidencja/2026-12"} {
		requireProblem(t, a.send("POST", "/api/monitoring/deadlines/"+unknown+"/filed", accountant, []byte(`{"clientRef":"k"}`)), 404, "not_found")
		requireProblem(t, a.send("GET", "/api/monitoring/deadlines/"+unknown+"/filed", accountant, nil), 404, "not_found")
	}
	for body, field := range map[string]string{
		`{}`: "body.clientRef", `{"clientRef":""}`: "body.clientRef", `{"clientRef":5}`: "body.clientRef", `{"clientRef":"a\u0000"}`: "body.clientRef",
		`{"clientRef":"k","upo":"` + strings.Repeat("x", 256) + `"}`: "body.upo",
	} {
		p := requireProblem(t, a.send("POST", path, accountant, []byte(body)), 422, "invalid_field")
		require.Equal(t, field, p.Errors[0].Location, body)
	}
	requireProblem(t, a.send("GET", path+"?limit=0", accountant, nil), 422, "invalid_field")
	requireProblem(t, a.send("GET", path+"?cursor=%21", accountant, nil), 422, "invalid_field")
}

// Part 4.7: runs are counted for the deadline that is next when they run.
func TestRunsServeTheDeadlineThatIsNext(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	today := deadline.DayOf(time.Now())
	var next DeadlineItem
	for _, item := range get[DeadlinePage](a, "/api/monitoring/deadlines", testSecret).Items {
		if item.Rule == "vat-jpk-v7m" {
			next = item
			break
		}
	}
	require.GreaterOrEqual(t, next.Due, today)
	of := func(kind, id, more string) string {
		return fmt.Sprintf(`"type":%q,"executionId":%q,"workflowId":"jpk_v7m-monthly"%s`, kind, id, more)
	}
	a.post(testSecret, batch(of("execution.completed", "a", ""), of("execution.failed", "b", ""), of("execution.started", "c", ""), of("execution.queued", "d", ""),
		of("execution.cancelled", "e", "")))
	a.post(testSecret, batch(`"type":"execution.completed","executionId":"f","workflowId":"other","tags":["VAT"]`, `"type":"execution.completed","executionId":"g","workflowId":"other"`))
	got := deadlinesOf(a, "", testSecret)[next.Rule+" "+next.Period]
	require.Equal(t, engine.ServingRuns{Completed: 2, Running: 2, Failed: 1}, got.Runs)
	require.Equal(t, "tooLittleData", got.Forecast.Reason, "two runs tell nothing")
}
