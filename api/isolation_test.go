package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/feed"
)

// probe is how a route is asked about what is not the caller's.
type probe struct {
	own   bool   // the id is the caller's to choose: the request makes the caller's own thing
	body  string // of a request that would be good; names in braces are filled in
	query string // that the route requires
}

// probes has every route of openapi.json that names a thing, in its path or its query: a route that is not here is one
// whose isolation nobody thought about, and fails the test.
var probes = map[string]probe{
	"PUT /api/ingest/workflows/{workflowId}":                              {own: true},
	"POST /api/ingest/commands/{commandId}/acknowledge":                   {body: `{"outcome":"acknowledged"}`},
	"GET /api/monitoring/executions":                                      {},
	"GET /api/monitoring/executions/active":                               {},
	"GET /api/monitoring/attention":                                       {},
	"GET /api/monitoring/executions/{executionId}":                        {},
	"GET /api/monitoring/executions/{executionId}/steps/{stepId}":         {},
	"POST /api/monitoring/executions/{executionId}/steps/{stepId}/reveal": {body: `{"reason":"kontrola"}`},
	"GET /api/monitoring/executions/{executionId}/timeline":               {},
	"GET /api/monitoring/executions/{executionId}/explain":                {},
	"GET /api/monitoring/search":                                          {query: "q=own"},
	"GET /api/monitoring/stream":                                          {},
	"GET /api/monitoring/metrics":                                         {query: "startTime=2026-01-01T00:00:00Z&endTime=2026-01-02T00:00:00Z"},
	"GET /api/monitoring/workflows":                                       {query: "numbers=true"},
	"GET /api/monitoring/workflows/{workflowId}/metrics":                  {},
	"GET /api/monitoring/workflows/{workflowId}/trend":                    {},
	"GET /api/monitoring/workflows/{workflowId}/bottlenecks":              {},
	"GET /api/monitoring/workflows/{workflowId}/export":                   {},
	"POST /api/monitoring/queue/executions/{executionId}/priority":        {body: `{"priority":"LOW","reason":"x"}`},
	"POST /api/monitoring/queue/executions/{executionId}/boost":           {body: `{"allowed":false,"reason":"x"}`},
	"GET /api/monitoring/deadlines":                                       {},
	"GET /api/monitoring/deadlines/rules/{ruleId}":                        {},
	"PUT /api/monitoring/deadlines/rules/{ruleId}":                        {own: true},
	"POST /api/monitoring/deadlines/rules/{ruleId}/confirm":               {body: `{"source":"x"}`},
	"GET /api/monitoring/deadlines/rules/{ruleId}/clients":                {},
	"PUT /api/monitoring/deadlines/rules/{ruleId}/clients":                {body: `{"clientRef":"{clientRef}","applies":false,"reason":"x"}`},
	"DELETE /api/monitoring/deadlines/rules/{ruleId}/clients":             {},
	"GET /api/monitoring/deadlines/{rule}/{period}/clients":               {},
	"GET /api/monitoring/deadlines/{rule}/{period}/filed":                 {},
	"POST /api/monitoring/deadlines/{rule}/{period}/filed":                {body: `{"clientRef":"{clientRef}"}`},
	"GET /api/monitoring/alerts":                                          {},
	"GET /api/monitoring/alerts/{alertId}":                                {},
	"PATCH /api/monitoring/alerts/{alertId}":                              {body: `{"isActive":false}`},
	"DELETE /api/monitoring/alerts/{alertId}":                             {},
	"POST /api/monitoring/alerts/{alertId}/test":                          {body: `{}`},
	"GET /api/monitoring/alert-history":                                   {},
	"GET /api/monitoring/alert-history/{alertHistoryId}":                  {},
	"POST /api/monitoring/alert-history/{alertHistoryId}/acknowledge":     {body: `{"comment":"x"}`},
	"POST /api/monitoring/alert-history/{alertHistoryId}/resolve":         {body: `{"comment":"x"}`},
	"POST /api/monitoring/alert-history/{alertHistoryId}/escalate":        {body: `{"comment":"x"}`},
	"DELETE /api/monitoring/silences/{silenceId}":                         {},
	"POST /api/monitoring/deliveries/{deliveryId}/resend":                 {body: `{}`},
	"GET /api/admin/erasure/{erasureId}":                                  {},
	"GET /api/monitoring/executions/{executionId}/evidence":               {},
	"GET /api/monitoring/deadlines/{rule}/{period}/evidence":              {},
	"POST /api/monitoring/outages/{outageId}/end":                         {},
	"GET /api/audit":                                                  {},
	"GET /api/audit/export":                                           {own: true}, // by the list's filters; itself adds an entry
	"GET /api/admin/logs":                                             {},
	"GET /ping/{key}":                                                 {own: true}, // who has the key of a script may tell of it
	"POST /ping/{key}":                                                {own: true},
	"GET /ping/{key}/{signal}":                                        {own: true},
	"POST /ping/{key}/{signal}":                                       {own: true},
	"DELETE /api/admin/ping-keys/{pingKeyId}":                         {},
	"DELETE /api/admin/feed-keys/{feedKeyId}":                         {},
	"GET /feed/{key}/alerts.atom":                                     {}, // by a key of the caller's own, about others' things
	"GET /feed/{key}/deadlines.ics":                                   {},
	"GET /feed/{key}/deadlines.csv":                                   {},
	"GET /feed/{key}/executions.csv":                                  {},
	"GET /api/admin/tokens":                                           {},
	"DELETE /api/admin/tokens/{tokenId}":                              {},
	"GET /api/admin/users":                                            {},
	"POST /api/admin/users":                                           {own: true},
	"GET /api/admin/users/{userId}":                                   {},
	"PATCH /api/admin/users/{userId}":                                 {body: `{"name":"Przejęta"}`},
	"DELETE /api/admin/users/{userId}":                                {},
	"GET /api/admin/webhooks/{webhookId}":                             {},
	"PATCH /api/admin/webhooks/{webhookId}":                           {body: `{"isActive":false}`},
	"DELETE /api/admin/webhooks/{webhookId}":                          {},
	"POST /api/admin/webhooks/{webhookId}/test":                       {body: `{}`},
	"POST /api/admin/webhooks/{webhookId}/refused/{refusedId}/resend": {body: `{}`},

	// Expressions name no things, and read series by the caller's handle: TestExpressionsReadOneOrganisation.
	"POST /api/v1/write": {own: true},

	"GET /api/monitoring/dashboards":                        {},
	"GET /api/monitoring/dashboards/{dashboardId}":          {},
	"PATCH /api/monitoring/dashboards/{dashboardId}":        {body: `{"name":"Przejęty"}`},
	"DELETE /api/monitoring/dashboards/{dashboardId}":       {},
	"POST /api/monitoring/dashboards/{dashboardId}/default": {body: `{"scope":"office"}`},
	"GET /api/monitoring/dashboards/{dashboardId}/share":    {},
	"POST /api/monitoring/dashboards/{dashboardId}/share":   {},
	"DELETE /api/monitoring/dashboards/{dashboardId}/share": {},
	"PATCH /api/monitoring/views/{viewId}":                  {body: `{"name":"Przejęty"}`},
	"DELETE /api/monitoring/views/{viewId}":                 {},
}

// plainParameters name no thing: their values are numbers, times, words or the caller's own.
var plainParameters = strings.Fields(`status priority tag from to start end startTime endTime minDurationMs maxDurationMs sort counts
	cursor limit interval format locale outcome compare metricTypes aggregation window type event level reason Idempotency-Key If-Match Last-Event-ID
	severity isActive numbers page token key signal rid instance EIO transport sid procedures input batch query time timeout lookback_delta step match[] label metric rows days lang alarms door engine lang`) // who has the token of a link may see what it leads to

// ids are values of parameters by their names.
type ids map[string]string

func (i ids) fill(text string, escape func(string) string) string {
	for name, id := range i {
		text = strings.ReplaceAll(text, "{"+name+"}", escape(id))
	}
	return text
}

// trial asks for things of others, and for things that there are not.
type trial struct {
	a                *appliance
	send             func(method, path string, body []byte) answer
	foreign, unknown ids
	real             ids // what else a path needs, which is the caller's
}

func documentOf(a *appliance) document {
	return decoded[document](a.t, a.send("GET", "/openapi.json", testSecret, nil))
}

// operations calls fn for each route of openapi.json, in order.
func (d *document) operations(fn func(method, path string, o *operation)) {
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			o := d.Paths[path][method]
			fn(strings.ToUpper(method), path, &o)
		}
	}
}

// run asks each route about each thing that it can name.
func (tr *trial) run(d *document) (asked int) {
	t := tr.a.t
	d.operations(func(method, path string, o *operation) {
		var inPath, inQuery []string
		for _, p := range o.Parameters {
			_, names := tr.foreign[p.Name]
			_, mine := tr.real[p.Name]
			switch {
			case !names && !mine:
				require.Contains(t, plainParameters, p.Name, "%s %s: does %s name somebody's thing?", method, path, p.Name)
			case p.In == "path" && names:
				inPath = append(inPath, p.Name)
			case names:
				inQuery = append(inQuery, p.Name)
			}
		}
		pr, known := probes[method+" "+path]
		if len(inPath)+len(inQuery) > 0 {
			require.True(t, known, "%s %s names something and has no probe", method, path)
		}
		if pr.own {
			return
		}
		if len(inPath) > 0 {
			tr.compare(method, path, pr, "", true)
			asked++
		}
		for _, name := range inQuery {
			if len(inPath) == 0 || method == http.MethodDelete {
				tr.compare(method, path, pr, name, false)
				asked++
			}
		}
	})
	return asked
}

// compare asks about a foreign and about an unknown thing, without and with a body.
func (tr *trial) compare(method, path string, pr probe, name string, absent bool) {
	t := tr.a.t
	bodies := [][]byte{nil}
	if pr.body != "" {
		bodies = append(bodies, nil)
	}
	for i := range bodies {
		var got [2]answer
		for k, of := range []ids{tr.foreign, tr.unknown} {
			at := tr.real.fill(of.fill(path, url.PathEscape), url.PathEscape)
			query := pr.query
			if name != "" {
				query += "&" + name + "=" + url.QueryEscape(of[name])
			}
			var body []byte
			if i > 0 {
				body = []byte(of.fill(pr.body, func(s string) string { return s }))
			}
			got[k] = tr.send(method, at+"?"+strings.TrimPrefix(query, "&"), body)
			if absent {
				require.Equal(t, http.StatusNotFound, got[k].status, "%s %s: %s", method, at, got[k].body)
			}
		}
		what := method + " " + path + " by " + name
		require.Equal(t, got[1].status, got[0].status, "%s: %s", what, got[0].body)
		require.Equal(t, tr.neutral(got[1].body), tr.neutral(got[0].body), what)
		for k := range got {
			for _, varies := range []string{"Date", "Content-Length", "Content-Disposition", "ETag"} { // a tag is of the body, which is compared
				got[k].header.Del(varies)
			}
		}
		require.Equal(t, got[1].header, got[0].header, what)
	}
}

var asOf = regexp.MustCompile(`"(asOf|serverTime)":"[^"]*"`)

// neutral is a text without the ids that were asked for.
func (tr *trial) neutral(body []byte) string {
	text := strings.ReplaceAll(string(body), "\r\n ", "") // lines of a calendar are folded by their length
	for _, of := range []ids{tr.foreign, tr.unknown} {
		for _, id := range of {
			if len(id) > 3 {
				text = strings.ReplaceAll(text, id, "ID")
			}
		}
	}
	return asOf.ReplaceAllString(text, "")
}

// secretLimits are limits whose names have a word that stands for others' things here.
var secretLimits = regexp.MustCompile(`"\w*[sS]ecret\w*":\d+`)

// lists requires that no answer about the caller's own things has a word of others'.
func (tr *trial) lists(d *document, foreign string) (read int) {
	d.operations(func(method, path string, _ *operation) {
		at := tr.real.fill(path, url.PathEscape)
		if method != http.MethodGet || strings.Contains(at, "{") || path == "/api/monitoring/stream" || strings.HasSuffix(path, "/ws") || path == "/monitoring" || path == "/openapi.json" {
			return
		}
		got := tr.send(method, at+"?"+probes[method+" "+path].query, nil)
		if got.status == http.StatusOK {
			read++
		}
		require.NotRegexp(tr.a.t, foreign, secretLimits.ReplaceAllString(string(got.body), ""), at)
	})
	return read
}

// socket asks every event of the protocol about every thing that it can name.
func (tr *trial) socket(connect func() *follower, names ...string) (asked int) {
	const each = messagesBurst/2 - 2 // questions of two messages that one socket may ask at once
	t, f := tr.a.t, (*follower)(nil)
	requestID := regexp.MustCompile(`"id":\d+`)
	var filters []string
	for _, field := range reflect.VisibleFields(reflect.TypeOf(interest{}.Filters)) {
		filters = append(filters, field.Tag.Get("json"))
	}
	require.ElementsMatch(t, []string{"workflowId", "executionId", "status"}, filters, "a filter that nobody thought about")
	general := func(name string) (all []func(id string) any) {
		for topic := feed.Topic(0); topic.String() != "unknown"; topic++ {
			for _, more := range [][]any{{}, {"snapshot", true}, {"since", map[string]any{"epoch": "x", "seq": 1}}} {
				all = append(all, func(id string) any { return subscription(topic.String(), append([]any{name, id}, more...)...) })
			}
		}
		return all
	}
	named := func(name string) func(id string) any { return func(id string) any { return ids{name: id} } }
	for _, name := range names {
		events := map[string][]func(id string) any{
			"auth": nil, "ping": nil, "get:queue:status": nil, "subscribe": general(name), "unsubscribe": general(name),
			"subscribe:workflow": nil, "unsubscribe:workflow": nil, "subscribe:execution": nil, "unsubscribe:execution": nil, "get:execution:status": nil,
		}
		if name == "workflowId" {
			events["subscribe:workflow"], events["unsubscribe:workflow"] = []func(string) any{named(name)}, []func(string) any{named(name)}
		} else {
			for _, event := range []string{"subscribe:execution", "unsubscribe:execution", "get:execution:status"} {
				events[event] = []func(string) any{named(name)}
			}
		}
		require.ElementsMatch(t, slices.Collect(maps.Keys(commands)), slices.Collect(maps.Keys(events)), "an event that nobody thought about")
		for event, makes := range events {
			for _, data := range makes {
				if asked%each == 0 {
					f = connect()
				}
				foreign, unknown := f.ask(event, data(tr.foreign[name])), f.ask(event, data(tr.unknown[name]))
				require.Equal(t, requestID.ReplaceAllString(tr.neutral([]byte(unknown.text)), ""), requestID.ReplaceAllString(tr.neutral([]byte(foreign.text)), ""), event)
				if !strings.HasPrefix(event, "unsubscribe") {
					require.Equal(t, "error", foreign.Event, foreign.text)
					require.Equal(t, "not_found", foreign.Error.Code)
				}
				asked++
			}
		}
	}
	return asked
}

// SEC2, RLS1, RLS3, RLS5, B-19, B-20: another organisation's things are asked for by every route of openapi.json and every event of the
// protocol, and are answered byte for byte as things that there are not; nothing of them changes, and no list has a word of them.
func TestAnotherOrganisationsThingsDoNotExist(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	admin := []access.Role{access.OrgAdmin, access.WorkflowAdmin, access.Integration, access.Accountant, access.Revealer}
	ours, theirs := a.token("ours", admin...), a.token("theirs", admin...)
	a.post(theirs, batch(`"type":"step.started","executionId":"secret","workflowId":"their-workflow","stepId":"secret","clientRef":"their-client"`))
	a.post(ours, batch(event("execution.queued", "own", `,"clientRef":"K-1"`)))
	require.Equal(t, http.StatusCreated, a.send("PUT", rulesPath+"/secret", theirs, []byte(ownRule)).status)
	require.Equal(t, http.StatusCreated, a.send("PUT", rulesPath+"/secret/clients", theirs, []byte(strings.Replace(quarterly, "K-0147", "their-client", 1))).status)
	require.Equal(t, http.StatusCreated, a.send("PUT", rulesPath+"/vat-jpk-v7m/clients", theirs, []byte(strings.Replace(quarterly, "K-0147", "their-client", 1))).status)
	their := a.raised(theirs, "secret-failed", `"clientRef":"their-client","workflowName":"their-name"`, "their-workflow")
	o, err := a.engine.Access().EnsureOrganization("theirs")
	require.NoError(t, err)
	asked := a.send("POST", "/api/monitoring/queue/executions/secret/priority", theirs, []byte(`{"priority":"HIGH"}`))
	tr := &trial{
		a:    a,
		send: func(method, path string, body []byte) answer { return a.send(method, path, ours, body) },
		foreign: ids{
			"alertId": their.rule, "alertHistoryId": their.record, "silenceId": their.silence, "deliveryId": their.delivery,
			"executionId": "secret", "stepId": "secret", "workflowId": "their-workflow", "tokenId": a.engine.Access().Tokens(o.ID)[0].ID, "userId": a.user("theirs", "ola", access.Viewer).ID,
			"commandId": decoded[PriorityReceipt](t, asked).ID, "ruleId": "secret", "rule": "secret", "clientRef": "their-client", "q": "secret", "organizationId": o.ID, "actor": "secret", "object": "execution:secret",
			"erasureId":   decoded[Erasure](t, a.send("POST", erasurePath, theirs, []byte(`{"executionIds":["gone"],"reason":"art. 17"}`))).ID,
			"outageId":    decoded[Outage](t, a.send("POST", outagesPath, theirs, []byte(`{"cause":"their-gateway","reason":"secret"}`))).ID,
			"dashboardId": decoded[Dashboard](t, a.send("POST", dashboardsPath, theirs, []byte(`{"name":"their-dashboard"}`))).ID,
			"viewId":      decoded[View](t, a.send("POST", viewsPath, theirs, []byte(`{"name":"their-view","page":"executions","shared":true}`))).ID,
			"feedKeyId":   decoded[NewFeedKey](t, a.send("POST", feedKeysPath, theirs, []byte(`{"name":"their-calendar"}`))).ID,
			"pingKeyId":   decoded[NewPingKey](t, a.send("POST", pingKeysPath, theirs, []byte(`{"name":"their-script","workflowId":"their-workflow"}`))).ID,
			"webhookId":   decoded[Webhook](t, a.send("POST", webhooksPath, theirs, []byte(`{"name":"their-hook","url":"https://their-receiver.example/x","events":["*"]}`))).ID,
		},
		unknown: ids{},
		real:    ids{"period": "2026-11", "refusedId": "1", "key": decoded[NewFeedKey](t, a.send("POST", feedKeysPath, ours, []byte(`{"name":"calendar"}`))).Key},
	}
	for name := range tr.foreign {
		tr.unknown[name] = "unknown"
	}
	d := documentOf(a)
	state := func() (all []string) {
		for _, path := range []string{commandsPath, usersPath, dashboardsPath, viewsPath, pingKeysPath, feedKeysPath, rulesPath + "/secret", rulesPath + "/secret/clients", alertsPath, silencesPath, alertHistoryPath} {
			text := a.send("GET", path, theirs, nil).body
			all = append(all, regexp.MustCompile(`"deliveries":\[[^]]*\]`).ReplaceAllString(string(text), "")) // how far they are changes by itself
		}
		return all
	}
	before := state()
	require.Greater(t, tr.run(&d), 30)
	require.Equal(t, before, state(), "nothing of theirs has changed")
	require.Contains(t, before[0], "secret")
	require.Greater(t, tr.socket(func() *follower { return a.follow(ours) }, "executionId", "workflowId"), 60)

	tr.real = ids{"workflowId": "w", "executionId": "own", "ruleId": "vat-jpk-v7m", "rule": "vat-jpk-v7m", "period": "2026-11", "key": tr.real["key"]}
	require.Greater(t, tr.lists(&d, "secret|their-|"+strings.Join([]string{their.rule, their.record, their.silence, tr.foreign["tokenId"], tr.foreign["userId"], o.ID}, "|")), 20)
	require.Contains(t, string(a.send("GET", "/api/monitoring/executions", theirs, nil).body), "secret")
}

// SEC2, B-81, J7.2: the same holds for who is limited to some clients, and the executions of the others.
func TestOtherClientsThingsDoNotExist(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	everything := []access.Role{access.OrgAdmin, access.WorkflowAdmin, access.Integration, access.Accountant, access.Revealer}
	whole := a.token("", everything...)
	a.post(whole, batch(
		`"type":"step.started","executionId":"foreign","workflowId":"w","stepId":"secret","clientRef":"their-client"`,
		`"type":"execution.queued","executionId":"foreign-queued","workflowId":"w","clientRef":"their-client"`,
		`"type":"execution.queued","executionId":"nobodys","workflowId":"w"`,
		`"type":"execution.queued","executionId":"own","workflowId":"w","clientRef":"K-1"`))
	for _, path := range []string{"/vat-jpk-v7m/clients", "/zus-20/clients"} {
		got := a.send("PUT", rulesPath+path, whole, []byte(strings.Replace(quarterly, "K-0147", "their-client", 1)))
		if path == "/vat-jpk-v7m/clients" {
			require.Equal(t, http.StatusCreated, got.status, "%s", got.body)
		}
	}
	their := a.raised(whole, "foreign-failed", `"clientRef":"their-client"`, "w")
	require.Equal(t, http.StatusOK, a.send("POST", "/api/monitoring/deadlines/vat-jpk-v7m/2026-11/filed", whole, []byte(`{"clientRef":"their-client"}`)).status)
	asked := a.send("POST", "/api/monitoring/queue/executions/foreign-queued/priority", whole, []byte(`{"priority":"HIGH"}`))
	u := a.user("default", "zofia", everything...)
	got := a.send("PATCH", usersPath+"/"+u.ID, whole, []byte(`{"clients":["K-1","K-3"]}`))
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	cookie := cookieOf(t, a.login("zofia", testPassword))
	tr := &trial{
		a: a,
		send: func(method, path string, body []byte) answer {
			return a.send(method, path, "", body, "Cookie", cookie, "Origin", a.url)
		},
		foreign: ids{"viewId": a.sharedView(whole, "client=K-1&client=their-client"), "alertHistoryId": their.record, "deliveryId": their.delivery, "executionId": "foreign", "stepId": "secret", "commandId": decoded[PriorityReceipt](t, asked).ID, "clientRef": "their-client", "q": "foreign", "actor": "foreign", "object": "execution:foreign"},
		unknown: ids{"viewId": "unknown", "alertHistoryId": "unknown", "deliveryId": "unknown", "executionId": "unknown", "stepId": "unknown", "commandId": "unknown", "clientRef": "unknown", "q": "unknown", "actor": "unknown", "object": "execution:unknown"},
		real:    ids{"workflowId": "w", "ruleId": "vat-jpk-v7m", "rule": "vat-jpk-v7m", "period": "2026-11", "alertId": "a", "silenceId": "s", "tokenId": "t", "userId": u.ID, "organizationId": u.OrganizationID, "erasureId": "e", "outageId": "o", "dashboardId": "d", "pingKeyId": "p", "webhookId": "h", "refusedId": "1", "feedKeyId": "f", "key": a.feedKey(u.ID).Key},
	}
	d := documentOf(a)
	require.Greater(t, tr.run(&d), 10)
	for _, pr := range []string{"PUT " + rulesPath + "/vat-jpk-v7m/clients", "POST /api/monitoring/deadlines/vat-jpk-v7m/2026-11/filed"} {
		method, path, _ := strings.Cut(pr, " ")
		for _, client := range []string{"their-client", "unknown"} {
			requireProblem(t, tr.send(method, path, []byte(`{"clientRef":"`+client+`","applies":false,"reason":"x"}`)), 404, "not_found")
		}
	}
	for _, target := range []string{`"clientRef":"their-client"`, `"clientRef":"unknown"`, `"executionIds":["foreign"]`, `"executionIds":["unknown"]`, `"executionIds":["own","nobodys"]`} {
		requireProblem(t, tr.send("POST", erasurePath, []byte(`{`+target+`,"reason":"art. 17"}`)), 404, "not_found")
	}
	for _, id := range []string{"foreign-queued", "nobodys"} {
		tr.foreign["executionId"] = id
		tr.run(&d)
	}
	connect := func() *follower {
		f := a.connect("Cookie", cookie, "Origin", a.url)
		f.must("auth", map[string]any{})
		return f
	}
	require.Greater(t, tr.socket(connect, "executionId"), 30)
	tr.real["executionId"] = "own"
	for _, name := range []string{"tokenId", "erasureId", "outageId", "dashboardId", "pingKeyId", "webhookId", "feedKeyId"} {
		delete(tr.real, name)
	}
	tr.real["alertId"] = their.rule
	require.Greater(t, tr.lists(&d, their.record+"|foreign|nobodys|their-client|secret"), 20)

	page := decoded[ExecutionPage](t, tr.send("GET", "/api/monitoring/executions", nil))
	require.Len(t, page.Items, 1)
	require.Equal(t, map[string]int64{"pending": 1, "running": 0, "waiting": 0, "completed": 0, "failed": 0, "cancelled": 0}, page.CountsByStatus)
	require.Contains(t, string(a.send("GET", commandsPath, whole, nil).body), "foreign-queued", "it was not answered")
	require.Equal(t, []string{"K-1", "K-3"}, decoded[Me](t, tr.send("GET", "/api/auth/me", nil)).Clients)
	var raw map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(tr.send("GET", "/api/monitoring/queue", nil).body, &raw))
	require.JSONEq(t, "3", string(raw["pendingCount"]), "numbers are the organisation's")
	got = tr.send("POST", erasurePath, []byte(`{"clientRef":"K-1","reason":"art. 17"}`))
	require.EqualValues(t, 1, decoded[Erasure](t, got).Erased.Executions, "%s", got.body)
	require.Equal(t, http.StatusOK, a.send("GET", "/api/monitoring/executions/foreign", whole, nil).status)
}

// sharedView is the id of a view of the whole office whose query is that.
func (a *appliance) sharedView(token, query string) string {
	a.t.Helper()
	got := a.send("POST", viewsPath, token, []byte(`{"name":"secret","page":"executions","query":"`+query+`","shared":true}`))
	require.Equal(a.t, http.StatusCreated, got.status, "%s", got.body)
	return decoded[View](a.t, got).ID
}

// raisedAlert names what came of an alert.
type raisedAlert struct{ rule, record, silence, delivery string }

// raised lets a rule of the token's organisation fire about an execution of a workflow that is known, while its messages are kept back.
func (a *appliance) raised(token, executionID, more, workflow string) (r raisedAlert) {
	a.t.Helper()
	made := func(path, body string) []byte {
		got := a.send("POST", path, token, []byte(body))
		require.Equal(a.t, http.StatusCreated, got.status, "%s", got.body)
		return got.body
	}
	named := func(body []byte) (v struct{ ID string }) {
		require.NoError(a.t, json.Unmarshal(body, &v))
		return v
	}
	r.rule = named(made(alertsPath, `{"workflowId":"`+workflow+`","alertType":"execution_failed","alertName":"Failed at last",`+
		`"notificationChannels":[{"type":"email","config":{"to":["nobody@example.pl"]}}]}`)).ID
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	r.silence = named(made(silencesPath, `{"alertId":"`+r.rule+`","reason":"a pause","endsAt":"`+until+`"}`)).ID
	a.post(token, batch(`"type":"execution.failed","executionId":"`+executionID+`","workflowId":"`+workflow+`","error":"secret reason",`+more))
	record := get[AlertPage](a, alertHistoryPath+"?executionId="+executionID, token).Items[0]
	r.record, r.delivery = record.ID, record.Deliveries[0].ID
	return r
}

// RLS5, D-09: what the machine uses is everybody's to see, what engines and queues of another organisation say is not, and nobody's name
// is beside a number: not in series, live values, health, nor in the appliance's own metrics.
func TestSharedResourcesNameNobody(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ours, theirs := a.token("ours", access.Integration, access.Viewer), a.token("theirs", access.Integration, access.Viewer)
	a.post(theirs, batch(`"type":"step.started","executionId":"secret","workflowId":"their-workflow","stepId":"s"`))
	sample := `[{"metric":"cpu.usage_percent","value":93,"tags":{"host":"their-host"}},{"metric":"their.gauge","value":1},{"metric":"queue.depth","value":7654321}]`
	require.Equal(t, http.StatusOK, a.send("POST", "/api/ingest/samples", theirs, []byte(sample)).status)
	o, err := a.engine.Access().EnsureOrganization("theirs")
	require.NoError(t, err)
	foreign := "theirs|their-|their[.]|secret|7654321|" + o.ID
	shared := func(token string) (self int, text string) {
		got := a.send("GET", "/api/monitoring/system/metrics", token, nil)
		for _, series := range decoded[SeriesAnswer](t, got).Series {
			if series.Labels["source"] == "self" {
				self++
			}
		}
		return self, string(got.body)
	}
	require.Eventually(t, func() bool {
		self, _ := shared(ours)
		return self > 0
	}, 2*answerLimit, 50*time.Millisecond, "the machine's own resources are everybody's")
	_, text := shared(ours)
	require.NotRegexp(t, foreign, text)
	self, text := shared(theirs)
	require.Positive(t, self)
	require.Contains(t, text, "7654321")
	for _, path := range []string{
		"/api/monitoring/system/health", "/api/monitoring/system/consumers", "/api/monitoring/queue/history", "/api/monitoring/meta", "/metrics",
		"/api/monitoring/metrics?startTime=2020-01-01T00:00:00Z&endTime=2100-01-01T00:00:00Z",
	} {
		got := a.send("GET", path, ours, nil)
		require.Equal(t, http.StatusOK, got.status, "%s: %s", path, got.body)
		require.NotRegexp(t, foreign, secretLimits.ReplaceAllString(string(got.body), ""), path)
	}
	f := a.follow(ours)
	f.must("subscribe", subscription("metrics_stream", "snapshot", true))
	snapshot := f.take("snapshot").text
	require.Contains(t, snapshot, `"source":"self"`)
	require.NotRegexp(t, foreign, snapshot)
}
