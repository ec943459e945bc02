package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
	"flowwatch/engine/dashboard"
)

const oneWidget = `{"id":"a","type":"queue_status","title":"Kolejka","position":{"x":0,"y":0,"w":3,"h":2}}`

// person sends requests as one signed-in user.
type person struct {
	a      *appliance
	id     string
	cookie string
}

func (a *appliance) person(login string, roles ...access.Role) *person {
	a.t.Helper()
	u := a.user("default", login, roles...)
	return &person{a, u.ID, cookieOf(a.t, a.login(login, testPassword))}
}

func (p *person) send(method, path, body string, headers ...string) answer {
	p.a.t.Helper()
	var sent []byte
	if body != "" {
		sent = []byte(body)
	}
	return p.a.send(method, path, "", sent, append([]string{"Cookie", p.cookie, "Origin", p.a.url}, headers...)...)
}

func (p *person) dashboards() []Dashboard {
	p.a.t.Helper()
	got := p.send("GET", dashboardsPath, "")
	require.Equal(p.a.t, http.StatusOK, got.status, "%s", got.body)
	return decoded[DashboardPage](p.a.t, got).Items
}

// make makes a dashboard with one widget.
func (p *person) make(name, more string) Dashboard {
	p.a.t.Helper()
	got := p.send("POST", dashboardsPath, fmt.Sprintf(`{"name":%q,"widgets":[%s]%s}`, name, oneWidget, more))
	require.Equal(p.a.t, http.StatusCreated, got.status, "%s", got.body)
	return decoded[Dashboard](p.a.t, got)
}

// defaults are the names of the person's default dashboards.
func (p *person) defaults() (names []string) {
	for _, d := range p.dashboards() {
		if d.IsDefault {
			names = append(names, d.Name)
		}
	}
	return names
}

// DS1–DS3, P12–P14, AC8.2a–d, DB5, B-60: made, listed, changed field by field, deleted; all of it there after a restart.
func TestDashboardsAreKept(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ola := a.person("ola", access.Viewer)
	got := ola.send("POST", dashboardsPath, `{"name":" Mój pulpit ","widgets":[`+oneWidget+`],"id":"mine","userId":"x","organizationId":"y"}`)
	require.Equal(t, http.StatusCreated, got.status, "%s", got.body)
	require.Equal(t, `"1"`, got.header.Get("ETag"))
	made := decoded[Dashboard](t, got)
	require.Equal(t, dashboardsPath+"/"+made.ID, got.header.Get("Location"))
	require.NotEqual(t, "mine", made.ID)
	require.Equal(t, ola.id, *made.UserID)
	require.Equal(t, "Mój pulpit", made.Name)
	require.Equal(t, dashboard.Layout{Columns: 12, RowHeight: 100}, made.Layout, "Z7.2, Z7.3: defaults")
	require.False(t, made.IsDefault)
	require.JSONEq(t, `{}`, string(made.Widgets[0].Config))

	one := dashboardsPath + "/" + made.ID
	changed := decoded[Dashboard](t, ola.send("PATCH", one, `{"layout":{"columns":6}}`))
	require.Equal(t, dashboard.Layout{Columns: 6, RowHeight: 100}, changed.Layout, "layout is merged")
	require.Equal(t, made.Widgets, changed.Widgets)
	require.Equal(t, made.Name, changed.Name)
	require.EqualValues(t, 2, changed.Version)
	require.Greater(t, changed.UpdatedAt, made.UpdatedAt)
	require.Equal(t, made.CreatedAt, changed.CreatedAt)
	got = ola.send("PATCH", one, `{"widgets":[{"id":"b","type":"timeline","title":"<b>x</b>","config":{"executionId":"e"},"position":{"x":1,"y":0,"w":2,"h":1}}]}`)
	changed = decoded[Dashboard](t, got)
	require.Len(t, changed.Widgets, 1, "widgets are replaced as a whole")
	require.Equal(t, "<b>x</b>", changed.Widgets[0].Title)
	requireProblem(t, ola.send("PATCH", one, `{"layout":{"columns":2}}`), 422, "invalid_field")
	second := ola.make("Drugi", "")
	all := ola.dashboards()
	require.Len(t, all, 3, "the office's too")
	require.Equal(t, []string{made.ID, second.ID}, []string{all[0].ID, all[1].ID})

	a.restart()
	require.Equal(t, all, ola.dashboards())
	require.Equal(t, http.StatusNoContent, ola.send("DELETE", one, "").status)
	requireProblem(t, ola.send("GET", one, ""), 404, "not_found")
	requireProblem(t, ola.send("DELETE", one, ""), 404, "not_found")
	require.Len(t, ola.dashboards(), 2)
}

// Z6, Z7, B-60, B-61: what engine/dashboard refuses is 422 with the place; so are numbers that are not whole, and what is missing. Nothing is stored.
func TestDashboardsThatAreRefused(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ola := a.person("ola", access.Viewer)
	made := ola.make("Pulpit", "")
	widget := func(from, to string) string { return `{"widgets":[` + strings.Replace(oneWidget, from, to, 1) + `]}` }
	for body, location := range map[string]string{
		`{"name":"ab"}`:                                     "body.name",
		`{"name":7}`:                                        "body.name",
		`{"layout":{"columns":13}}`:                         "body.layout.columns",
		`{"layout":{"columns":0}}`:                          "body.layout.columns",
		`{"layout":{"columns":1.5}}`:                        "body.layout.columns",
		`{"layout":{"rowHeight":49}}`:                       "body.layout.rowHeight",
		`{"layout":{"rowHeight":99.5}}`:                     "body.layout.rowHeight",
		`{"widgets":{}}`:                                    "body.widgets",
		`{"widgets":[` + oneWidget + `,` + oneWidget + `]}`: "body.widgets[1].id",
		widget(`queue_status`, `clock`):                     "body.widgets[0].type",
		widget(`"x":0`, `"x":-1`):                           "body.widgets[0].position.x",
		widget(`"w":3`, `"w":0`):                            "body.widgets[0].position.w",
		widget(`"w":3`, `"w":13`):                           "body.widgets[0].position.w",
		widget(`"y":0,`, ``):                                "body.widgets[0].position",
		widget(`"title"`, `"config":[],"title"`):            "body.widgets[0].config",
		`{"isDefault":"yes"}`:                               "body.isDefault",
	} {
		p := requireProblem(t, ola.send("PATCH", dashboardsPath+"/"+made.ID, body, "If-Match", `"99"`), 422, "invalid_field")
		require.Equal(t, location, p.Errors[0].Location, body)
		if !strings.Contains(body, `"name"`) {
			body = `{"name":"Pulpit",` + body[1:]
		}
		requireProblem(t, ola.send("POST", dashboardsPath, body), 422, "invalid_field")
	}
	p := requireProblem(t, ola.send("PATCH", dashboardsPath+"/"+made.ID, widget(`"x":0`, `"x":0.5`)), 422, "invalid_field")
	require.Contains(t, p.Errors[0].Location, "x")
	requireProblem(t, ola.send("POST", dashboardsPath, `{"widgets":[]}`), 422, "invalid_field")
	requireProblem(t, ola.send("POST", dashboardsPath, `{`), 400, "malformed_json")
	require.Len(t, ola.dashboards(), 2)
	require.EqualValues(t, 1, ola.dashboards()[0].Version)
	for range dashboardsOfTest - 1 {
		ola.make("Kolejny", "")
	}
	requireProblem(t, ola.send("POST", dashboardsPath, `{"name":"Za dużo"}`), 409, "too_many")
}

const dashboardsOfTest = 50 // that a user may have

// B-60: a change for another version than the present is 412, tells the present one, and changes nothing; one without any version is accepted.
func TestStaleDashboardsAreNotChanged(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ola := a.person("ola", access.Viewer)
	made := ola.make("Pulpit", "")
	one := dashboardsPath + "/" + made.ID
	require.Equal(t, http.StatusOK, ola.send("PATCH", one, `{"name":"Druga wersja"}`, "If-Match", `"1"`).status)
	for _, stale := range []answer{
		ola.send("PATCH", one, `{"name":"Za późno"}`, "If-Match", `"1"`), ola.send("PATCH", one, `{"name":"Za późno","version":1}`),
		ola.send("DELETE", one, ``, "If-Match", `"1"`),
	} {
		p := requireProblem(t, stale, 412, "stale")
		require.Equal(t, `"2"`, stale.header.Get("ETag"))
		require.Contains(t, p.Errors[0].Message, "2")
	}
	got := ola.send("GET", one, "")
	require.Equal(t, "Druga wersja", decoded[Dashboard](t, got).Name)
	require.Equal(t, `"2"`, got.header.Get("ETag"))
	require.Equal(t, http.StatusOK, ola.send("PATCH", one, `{"name":"Trzecia","version":2}`).status)
	require.Equal(t, http.StatusOK, ola.send("PATCH", one, `{"name":"Czwarta"}`).status)
	first := ola.send("POST", dashboardsPath, `{"name":"Raz"}`, "Idempotency-Key", "k")
	require.Equal(t, first.body, ola.send("POST", dashboardsPath, `{"name":"Raz"}`, "Idempotency-Key", "k").body)
	require.Len(t, ola.dashboards(), 3)
	requireProblem(t, ola.send("POST", dashboardsPath, `{"name":"Inny"}`, "Idempotency-Key", "k"), 409, "idempotency_conflict")
}

// RLS4, SEC6, B-20: somebody else's dashboard is not there, also for another organisation's administrator; for one's own it is, and that is noted.
func TestDashboardsAreTheirOwners(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ola, ewa, chief := a.person("ola", access.Viewer), a.person("ewa", access.WorkflowAdmin), a.person("chief", access.OrgAdmin)
	auditor := a.person("audytor", access.Auditor)
	made := ola.make("Pulpit Oli", "")
	one := dashboardsPath + "/" + made.ID
	stranger := a.token("theirs", access.OrgAdmin)
	for _, path := range []string{one, dashboardsPath + "/unknown"} {
		for _, r := range [][3]string{{"GET", "", ""}, {"PATCH", "", `{"name":"Przejęty"}`}, {"DELETE", "", ""}, {"POST", "/default", ""},
			{"POST", "/share", ""}, {"GET", "/share", ""}, {"DELETE", "/share", ""}} {
			requireProblem(t, ewa.send(r[0], path+r[1], r[2]), 404, "not_found")
			requireProblem(t, a.send(r[0], path+r[1], stranger, []byte(r[2])), 404, "not_found")
		}
	}
	require.Empty(t, decoded[DashboardPage](t, ewa.send("GET", dashboardsPath+"?userId="+ola.id, "")).Items)
	require.NotContains(t, string(ewa.send("GET", dashboardsPath, "").body), made.ID)
	require.Empty(t, a.entries(testSecret, audit.DashboardViewed))

	require.Equal(t, made, decoded[Dashboard](t, chief.send("GET", one, "")))
	require.Len(t, decoded[DashboardPage](t, chief.send("GET", dashboardsPath+"?userId="+ola.id, "")).Items, 1)
	viewed := a.entries(testSecret, audit.DashboardViewed)
	require.Len(t, viewed, 1)
	require.Equal(t, chief.id, viewed[0].Actor.ID)
	require.Contains(t, string(viewed[0].Details), ola.id)
	require.Equal(t, http.StatusOK, chief.send("PATCH", one, `{"name":"Poprawiony"}`).status)
	require.Equal(t, "Poprawiony", ola.dashboards()[0].Name)
	require.Contains(t, string(a.entries(testSecret, audit.DashboardUpdated)[0].Details), ola.id)
	require.Equal(t, http.StatusNoContent, chief.send("DELETE", one, "").status)
	require.Len(t, ola.dashboards(), 1)

	require.Equal(t, "Kontrola", auditor.make("Kontrola", "").Name, "an auditor has own ones (2.7)")
	token := a.token("", access.Viewer)
	require.Equal(t, http.StatusCreated, a.send("POST", dashboardsPath, token, []byte(`{"name":"Programu"}`)).status)
	requireProblem(t, a.send("POST", dashboardsPath, a.token("", access.Integration), []byte(`{"name":"Programu"}`)), 403, "forbidden")
}

// AC8.2c, Z7.5, DB5.7, PL2, B-60: exactly one dashboard is a user's default. Who has none begins with the office's, and that with the product's.
func TestThereIsOneDefault(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ola, ewa, chief := a.person("ola", access.Viewer), a.person("ewa", access.Auditor), a.person("chief", access.OrgAdmin)
	first := ola.dashboards()
	require.Len(t, first, 1)
	require.True(t, first[0].IsDefault && first[0].IsOffice && first[0].IsOfficeDefault)
	require.Nil(t, first[0].UserID)
	require.True(t, slices.ContainsFunc(first[0].Widgets, func(w dashboard.Widget) bool { return w.Type == dashboard.TaxDeadlines }))
	require.NotEqual(t, first[0].ID, ewa.dashboards()[0].ID, "an id of their own")
	requireProblem(t, ewa.send("GET", dashboardsPath+"/"+first[0].ID, ""), 404, "not_found")

	one := ola.make("Pierwszy", `,"isDefault":true`)
	require.True(t, one.IsDefault)
	require.Equal(t, []string{"Pierwszy"}, ola.defaults())
	two := ola.make("Drugi", `,"isDefault":true`)
	require.Equal(t, []string{"Drugi"}, ola.defaults())
	back := decoded[Dashboard](t, ola.send("POST", dashboardsPath+"/"+one.ID+"/default", ""))
	require.True(t, back.IsDefault)
	require.Equal(t, []string{"Pierwszy"}, ola.defaults())
	require.Equal(t, http.StatusOK, ola.send("PATCH", dashboardsPath+"/"+two.ID, `{"isDefault":true}`).status)
	require.Equal(t, []string{"Drugi"}, ola.defaults())
	require.Equal(t, http.StatusOK, ola.send("PATCH", dashboardsPath+"/"+two.ID, `{"isDefault":false}`).status)
	require.Equal(t, []string{"Pulpit biura"}, ola.defaults())
	require.Equal(t, http.StatusOK, ola.send("POST", dashboardsPath+"/"+two.ID+"/default", `{"scope":"user"}`).status)
	require.Equal(t, []string{"Pulpit biura"}, ewa.defaults(), "others have theirs")
	a.restart()
	require.Equal(t, []string{"Drugi"}, ola.defaults())
	require.Equal(t, http.StatusOK, ola.send("POST", dashboardsPath+"/"+first[0].ID+"/default", "").status)
	require.Equal(t, []string{"Pulpit biura"}, ola.defaults())
	require.Equal(t, http.StatusOK, ola.send("POST", dashboardsPath+"/"+two.ID+"/default", "").status)
	require.Equal(t, http.StatusNoContent, ola.send("DELETE", dashboardsPath+"/"+two.ID, "").status)
	require.Equal(t, []string{"Pulpit biura"}, ola.defaults())

	office := chief.make("Dla wszystkich", "")
	requireProblem(t, ola.send("POST", dashboardsPath+"/"+one.ID+"/default", `{"scope":"office"}`), 403, "forbidden")
	requireProblem(t, chief.send("POST", dashboardsPath+"/"+office.ID+"/default", `{"scope":"all"}`), 422, "invalid_field")
	set := decoded[Dashboard](t, chief.send("POST", dashboardsPath+"/"+office.ID+"/default", `{"scope":"office"}`))
	require.True(t, set.IsOfficeDefault && set.IsDefault && !set.IsOffice)
	require.Equal(t, []string{"Dla wszystkich"}, ewa.defaults())
	require.Equal(t, []string{"Dla wszystkich"}, ola.defaults())
	require.Equal(t, []string{"Dla wszystkich"}, chief.defaults())
	require.Len(t, chief.dashboards(), 1, "not twice")
	require.Equal(t, http.StatusOK, chief.send("POST", dashboardsPath+"/"+one.ID+"/default", `{"scope":"office"}`).status)
	require.Equal(t, []string{"Pierwszy"}, ewa.defaults())
	requireProblem(t, ola.send("PATCH", dashboardsPath+"/"+one.ID, `{"name":"Przejęty"}`), 403, "office_dashboard")
	require.Equal(t, http.StatusNoContent, chief.send("DELETE", dashboardsPath+"/"+one.ID, "").status)
	require.Equal(t, []string{"Pulpit biura"}, ewa.defaults())
}

// PL2: to change the office's dashboard makes the caller an own one, under the same id, and nobody else's changes.
func TestTheOfficesDashboardBecomesOnesOwn(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ola, ewa := a.person("ola", access.Viewer), a.person("ewa", access.Viewer)
	office := ola.dashboards()[0]
	one := dashboardsPath + "/" + office.ID
	requireProblem(t, ola.send("DELETE", one, ""), 409, "office_dashboard_stays")
	requireProblem(t, ola.send("PATCH", one, `{"name":"Mój"}`, "If-Match", `"7"`), 412, "stale")
	requireProblem(t, ola.send("PATCH", one, `{"name":"M"}`), 422, "invalid_field")
	require.Equal(t, office, ola.dashboards()[0])
	got := ola.send("PATCH", one, `{"name":"Mój"}`, "If-Match", fmt.Sprintf(`"%d"`, office.Version))
	own := decoded[Dashboard](t, got)
	require.Equal(t, http.StatusOK, got.status)
	require.Equal(t, office.ID, own.ID)
	require.Equal(t, ola.id, *own.UserID)
	require.False(t, own.IsOffice || own.IsOfficeDefault)
	require.Equal(t, office.Widgets, own.Widgets)
	require.Equal(t, office.Version+1, own.Version)
	require.Len(t, a.entries(testSecret, audit.DashboardCreated), 1)
	require.Contains(t, string(a.entries(testSecret, audit.DashboardUpdated)[0].Details), `"old":"Pulpit biura","new":"Mój"`)
	require.Equal(t, []Dashboard{own}, ola.dashboards())
	require.Equal(t, []string{"Mój"}, ola.defaults(), "it is what she began with")
	ola.make("Drugi", "")
	require.Equal(t, []string{"Mój"}, ola.defaults())
	require.Equal(t, "Pulpit biura", ewa.dashboards()[0].Name)
	require.Equal(t, http.StatusNoContent, ola.send("DELETE", one, "").status)
	require.Equal(t, office, ola.dashboards()[1], "the office's again")
	require.Equal(t, []string{"Pulpit biura"}, ola.defaults())
}
