package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

const viewsOfTest = 50 // that a user may have

// views are the saved views of a page, "" all, that the person sees.
func (p *person) views(page string) []View {
	p.a.t.Helper()
	got := p.send("GET", viewsPath+"?page="+page, "")
	require.Equal(p.a.t, http.StatusOK, got.status, "%s", got.body)
	return decoded[ViewPage](p.a.t, got).Items
}

// save saves a view of the executions.
func (p *person) save(name, query, more string) View {
	p.a.t.Helper()
	got := p.send("POST", viewsPath, fmt.Sprintf(`{"page":"executions","name":%q,"query":%q%s}`, name, query, more))
	require.Equal(p.a.t, http.StatusCreated, got.status, "%s", got.body)
	return decoded[View](p.a.t, got)
}

// Made, listed by page, changed field by field, deleted; all of it there after a restart.
func TestViewsAreKept(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ola := a.person("ola", access.Viewer)
	got := ola.send("POST", viewsPath, `{"name":" Zaległe ","page":"executions","query":"status=failed&q=VAT%207","id":"mine","owner":"x"}`)
	require.Equal(t, http.StatusCreated, got.status, "%s", got.body)
	require.Equal(t, `"1"`, got.header.Get("ETag"))
	made := decoded[View](t, got)
	require.Equal(t, viewsPath+"/"+made.ID, got.header.Get("Location"))
	require.NotEqual(t, "mine", made.ID)
	require.Equal(t, View{
		ID: made.ID, Owner: ola.id, Page: "executions", Name: "Zaległe", Query: "status=failed&q=VAT%207", Version: 1, CreatedAt: made.CreatedAt, UpdatedAt: made.CreatedAt,
	}, made)
	require.Empty(t, ola.views("alerts"))

	one := viewsPath + "/" + made.ID
	got = ola.send("PATCH", one, `{"query":""}`, "If-Match", `"1"`)
	require.Equal(t, `"2"`, got.header.Get("ETag"))
	changed := decoded[View](t, got)
	require.Empty(t, changed.Query)
	require.Equal(t, "Zaległe", changed.Name)
	require.Greater(t, changed.UpdatedAt, made.UpdatedAt)
	second := ola.save("Drugi", "", "")
	a.restart()
	require.Equal(t, []View{changed, second}, ola.views("executions"))
	require.Equal(t, http.StatusNoContent, ola.send("DELETE", one, "").status)
	requireProblem(t, ola.send("DELETE", one, ""), 404, "not_found")
	require.Equal(t, []View{second}, ola.views(""))

	requireProblem(t, ola.send("GET", viewsPath+"?page=settings", ""), 422, "invalid_field")
	token := a.token("", access.Viewer)
	require.Equal(t, http.StatusCreated, a.send("POST", viewsPath, token, []byte(`{"name":"Programu","page":"queue"}`)).status, "a program has its own")
	require.Len(t, decoded[ViewPage](t, a.send("GET", viewsPath, token, nil)).Items, 1)
	requireProblem(t, a.send("POST", viewsPath, a.token("", access.Integration), []byte(`{"name":"x","page":"queue"}`)), 403, "forbidden")
}

// What engine/view refuses is 422 with the place, and a user has at most fifty. A change for another version than the present is 412. Nothing is stored.
func TestViewsThatAreRefused(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ola := a.person("ola", access.Viewer)
	made := ola.save("Widok", "", "")
	one := viewsPath + "/" + made.ID
	for body, location := range map[string]string{
		`{"name":""}`:           "body.name",
		`{"name":7}`:            "body.name",
		`{"page":"settings"}`:   "body.page",
		`{"query":"?q=x"}`:      "body.query",
		`{"query":"q=\u0000"}`:  "body.query",
		`{"query":"q=%zz"}`:     "body.query",
		`{"shared":"everyone"}`: "body.shared",
		`{"query":"` + strings.Repeat("x", 2001) + `"}`: "body.query",
	} {
		p := requireProblem(t, ola.send("PATCH", one, body, "If-Match", `"99"`), 422, "invalid_field")
		require.Equal(t, location, p.Errors[0].Location, body)
	}
	requireProblem(t, ola.send("POST", viewsPath, `{"name":"Bez strony"}`), 422, "invalid_field")
	for _, stale := range []answer{
		ola.send("PATCH", one, `{"name":"Za późno"}`, "If-Match", `"2"`), ola.send("PATCH", one, `{"name":"Za późno","version":2}`),
		ola.send("DELETE", one, ``, "If-Match", `"2"`),
	} {
		requireProblem(t, stale, 412, "stale")
		require.Equal(t, `"1"`, stale.header.Get("ETag"))
	}
	require.Equal(t, []View{made}, ola.views(""))
	for range viewsOfTest - 1 {
		ola.save("Kolejny", "", "")
	}
	requireProblem(t, ola.send("POST", viewsPath, `{"name":"Za dużo","page":"queue"}`), 409, "too_many")
}

// A view is its owner's; a shared one is the whole office's, made and changed by who administrates it or its workflows.
func TestSharedViewsAreTheOffices(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ola, ewa, chief := a.person("ola", access.Accountant), a.person("ewa", access.WorkflowAdmin), a.person("chief", access.OrgAdmin)
	private := ola.save("Moje", "client=K-1", "")
	requireProblem(t, ola.send("POST", viewsPath, `{"name":"Nasze","page":"queue","shared":true}`), 403, "shared_view")
	requireProblem(t, ola.send("PATCH", viewsPath+"/"+private.ID, `{"shared":true}`), 403, "shared_view")
	for _, other := range []*person{ewa, chief} {
		require.Empty(t, other.views(""), "nobody sees another's")
		requireProblem(t, other.send("PATCH", viewsPath+"/"+private.ID, `{"name":"x"}`), 404, "not_found")
		requireProblem(t, other.send("DELETE", viewsPath+"/"+private.ID, ""), 404, "not_found")
	}
	shared := ewa.save("Dla biura", "status=failed", `,"shared":true`)
	require.Equal(t, []View{private, shared}, ola.views(""), "own ones first")
	requireProblem(t, ola.send("PATCH", viewsPath+"/"+shared.ID, `{"name":"Przejęty"}`), 403, "shared_view")
	requireProblem(t, ola.send("DELETE", viewsPath+"/"+shared.ID, ""), 403, "shared_view")
	require.Equal(t, "Nasze", decoded[View](t, chief.send("PATCH", viewsPath+"/"+shared.ID, `{"name":"Nasze"}`)).Name)
	require.Contains(t, string(a.entries(testSecret, audit.ViewUpdated)[0].Details), ewa.id, "whose it was")
	require.NotContains(t, string(a.entries(testSecret, audit.ViewUpdated)[0].Details), "Nasze", "a name may name a client")
	require.Equal(t, http.StatusOK, ewa.send("PATCH", viewsPath+"/"+shared.ID, `{"shared":false}`).status)
	require.Len(t, ola.views(""), 1)
	require.Empty(t, chief.views(""))
	require.Equal(t, http.StatusOK, ewa.send("PATCH", viewsPath+"/"+shared.ID, `{"shared":true}`).status)

	a.limit(ola.id, `["K-1"]`)
	for query, seen := range map[string]bool{
		"status=failed": true, "client=K-1": true, "client=K-1&client=": true, "client=K-2": false, "client=K-1&client=K-2": false, "q=Nowak": false,
		"client=" + url.QueryEscape("Żółw"): false,
	} {
		require.Equal(t, http.StatusOK, ewa.send("PATCH", viewsPath+"/"+shared.ID, fmt.Sprintf(`{"query":%q}`, query)).status)
		require.Equal(t, seen, len(ola.views("")) == 2, query)
	}
	require.Equal(t, http.StatusNoContent, chief.send("DELETE", usersPath+"/"+ewa.id, "").status)
	require.Empty(t, chief.views(""), "who leaves leaves no view")
	require.Len(t, a.entries(testSecret, audit.ViewDeleted), 1)
}

// Art. 17: what names an erased client or execution in a saved view goes with it, whoever saved it; others stay.
func TestErasureRemovesViewsThatNameWhomItIsAbout(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ola, ewa := a.person("ola", access.Viewer), a.person("ewa", access.OrgAdmin)
	a.post(testSecret, batch(event("execution.completed", "run-17", `,"clientRef":"K-0147"`), event("execution.completed", "run-18", `,"clientRef":"K-2"`)))
	kept := []View{ola.save("Inny klient", "client=K-01470", ""), ola.save("Wszystko", "status=failed", "")}
	ola.save("Zaległe", "client=K-0147", "")
	ola.save("Klient K-0147", "", "")
	ola.save("Wykonanie", "q=run-17", "")
	ewa.save("Szukane", "q=k%2D0147", `,"shared":true`)
	got := ewa.send("POST", erasurePath, `{"clientRef":"K-0147","reason":"art. 17"}`)
	require.EqualValues(t, 4, decoded[Erasure](t, got).Erased.Views, "%s", got.body)
	require.Equal(t, kept, ola.views(""))

	ola.save("Wykonanie", "q=run-18", "")
	got = ewa.send("POST", erasurePath, `{"executionIds":["run-18"],"reason":"art. 17"}`)
	require.EqualValues(t, 1, decoded[Erasure](t, got).Erased.Views, "%s", got.body)
	require.Equal(t, kept, ola.views(""))
}
