package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

// vector is one thing that must not be in clear, and what carries it.
type vector struct{ secret, text, json string }

// vectors are those of 5.13 and a key of the organisation's own.
func vectors() []vector {
	return []vector{
		{pesel, "numer " + pesel, `{"opis":"numer ` + pesel + `"}`},
		{iban, "konto " + iban, `{"opis":"konto ` + iban + `"}`},
		{"anna.nowak@biuro.example", "do anna.nowak@biuro.example", `{"do":["anna.nowak@biuro.example"]}`},
		{"601 102 203", "tel. 601 102 203", `{"opis":"tel. 601 102 203"}`},
		{"4111111111111111", "karta 4111111111111111", `{"opis":"karta 4111111111111111"}`},
		{"98123.47", "wynagrodzenie: 98123.47", `{"wynagrodzenie":98123.47}`},
		{"Zielinska-7731", "Nr sprawy: Zielinska-7731", `{"nrSprawy":"Zielinska-7731"}`},
	}
}

const ownKeys = `{"masking":{"keys":["Nr sprawy"]}}`

// marker is a word that is like no other, so that it is stored as it is also where texts are compressed.
func marker(of ...any) string {
	sum := sha256.Sum256(fmt.Append(nil, of...))
	return hex.EncodeToString(sum[:6])
}

// places are the parts of events that carry a vector, each with a marker.
var places = []string{"input", "output", "message", "stack", "code", "metadata", "last"}

// carry sends an execution that carries the vector in every place, in requests of their own.
func (a *appliance) carry(id string, v vector) {
	a.t.Helper()
	object := func(place string) string {
		return strings.TrimSuffix(v.json, "}") + `,"m":"` + marker(id, place) + `"}`
	}
	text := func(place string) string { return v.text + "; " + marker(id, place) }
	send := func(kind, more string) { a.post(testSecret, batch(event(kind, id, more))) }
	send("execution.started", `,"metadata":`+object("metadata"))
	send("step.started", `,"stepId":"s","stepName":"S","input":`+object("input"))
	send("step.failed", fmt.Sprintf(`,"stepId":"s","output":%s,"error":{"code":%q,"message":%q,"stack":"Error: x\n  at %s\n"}`,
		object("output"), text("code"), text("message"), text("stack")))
	send("execution.failed", fmt.Sprintf(`,"error":{"message":%q}`, text("last")))
}

// doors are what an execution is read by, and the places that each one shows to somebody who may read stacks and step data.
func doors(id string) map[string][]string {
	one := "/api/monitoring/executions/" + id
	return map[string][]string{
		"/api/monitoring/executions?limit=100":           {"last"},
		"/api/monitoring/executions?q=" + id:             {"last"},
		"/api/monitoring/search?q=" + id:                 {"last"},
		"/api/monitoring/executions/active":              {},
		"/api/monitoring/attention?limit=100":            {"last"},
		one:                                              {"last", "metadata", "message"},
		one + "/steps/s":                                 {"input", "output", "message", "stack", "code"},
		one + "/timeline":                                {},
		one + "/explain":                                 {"message"},
		one + "/evidence":                                {},
		"/api/monitoring/workflows":                      {},
		"/api/monitoring/workflows/w/bottlenecks":        {},
		"/api/monitoring/workflows/w/export?format=csv":  {},
		"/api/monitoring/workflows/w/export?format=json": {},
		"/api/audit":                                     {},
		"/api/audit/export":                              {},
		"/api/admin/logs":                                {},
		"/api/monitoring/queue/next":                     {},
		"/api/monitoring/metrics?metricTypes=execution.failed&startTime=2026-11-01T00:00:00Z&endTime=2026-11-30T00:00:00Z": {},
	}
}

func (a *appliance) everyRole() string {
	return a.token("", access.Viewer, access.Accountant, access.WorkflowAdmin, access.OrgAdmin, access.Auditor, access.ApplianceAdmin)
}

// requireHidden reads every door and requires that it shows the markers and not the secret.
func (a *appliance) requireHidden(id, token, secret string) {
	a.t.Helper()
	for path, shown := range doors(id) {
		got := a.send("GET", path, token, nil)
		require.Equal(a.t, http.StatusOK, got.status, "%s: %s", path, got.body)
		body := string(got.body)
		if strings.HasSuffix(path, "/evidence") {
			files, _ := unpacked(a.t, got)
			require.Contains(a.t, files["execution.json"], marker(id, "metadata"))
			for _, file := range files {
				body += file
			}
		}
		require.NotContains(a.t, body, secret, path)
		for _, place := range shown {
			require.Contains(a.t, body, marker(id, place), "%s: %s", path, place)
		}
	}
}

// stored is every byte of the appliance's directory, after it was stopped and opened again.
func (a *appliance) stored() []byte {
	a.t.Helper()
	a.stop()
	defer a.start()
	var all bytes.Buffer
	require.NoError(a.t, filepath.WalkDir(filepath.Dir(a.path), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			var data []byte
			data, err = os.ReadFile(path)
			all.Write(data)
		}
		return err
	}))
	return all.Bytes()
}

// holds says whether the bytes hold what; a message of megabytes would help nobody.
func holds(stored []byte, what string) bool { return bytes.Contains(stored, []byte(what)) }

// 5.13 Mask, AC2.1e, B-68, B-69: nothing personal goes out or to the disk in clear, by whatever door and in whatever place; what only looks like it stays.
func TestPersonalDataAreInClearNowhere(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	_, changed := a.settings(t, testSecret, ownKeys)
	require.Equal(t, http.StatusOK, changed.status, "%s", changed.body)
	reader := a.everyRole()
	control := vector{plain12, "numer " + plain12, `{"opis":"numer ` + plain12 + `"}`}
	all := append(vectors(), control)
	f, s := a.follow(reader), a.sse("/api/monitoring/stream", reader)
	f.must("subscribe", subscription("execution_updates"))
	f.must("subscribe", subscription("step_updates"))
	for i, v := range all {
		id := fmt.Sprint("vector-", i)
		a.carry(id, v)
		f.await("the end of "+id, func(got *frame) bool { return strings.Contains(got.text, marker(id, "last")) })
		for !strings.Contains(s.next().data, marker(id, "last")) {
			continue
		}
		f.must("get:execution:status", map[string]string{"executionId": id})
	}
	late := a.follow(reader) // hears by snapshots
	late.must("subscribe", subscription("execution_updates", "snapshot", true))
	late.must("subscribe", subscription("step_updates", "snapshot", true, "executionId", "vector-0"))
	again := a.sse("/api/monitoring/stream", reader, "Last-Event-ID", a.engine.Epoch()+":1") // hears what it missed
	again.take("execution:update")
	late.await("the step", func(got *frame) bool { return strings.Contains(got.text, marker("vector-0", "message")) })
	var live strings.Builder
	for _, got := range append(f.seen, late.seen...) {
		live.WriteString(got.text)
	}
	for _, got := range append(s.seen, again.seen...) {
		live.WriteString(got.data)
	}
	for i, v := range vectors() {
		a.requireHidden(fmt.Sprint("vector-", i), reader, v.secret)
		require.NotContains(t, live.String(), v.secret)
	}
	require.Contains(t, live.String(), plain12)
	shown := string(a.send("GET", "/api/monitoring/executions/vector-7/steps/s", reader, nil).body)
	require.Equal(t, 5+3, strings.Count(shown, plain12), "the five places of a step, and the error again in its attempt: %s", shown)

	stored := a.stored()
	for i, v := range all {
		require.Equal(t, v == control, holds(stored, v.secret), v.text)
		for _, place := range places {
			require.True(t, holds(stored, marker(fmt.Sprint("vector-", i), place)), "the search finds what is there: %s %s", v.text, place)
		}
	}
}

// A key that comes later hides what is stored already, wherever it is shown; what comes after it is not stored in clear at all.
func TestAKeyThatComesLaterHidesWhatIsStored(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	own := vectors()[6]
	other := vector{"Wolski-8812", "Nr sprawy: Wolski-8812", `{"nrSprawy":"Wolski-8812"}`}
	a.carry("before", own)
	reader := a.everyRole()
	require.Contains(t, string(a.send("GET", "/api/monitoring/executions/before/steps/s", reader, nil).body), own.secret)
	a.settings(t, testSecret, ownKeys)
	a.requireHidden("before", reader, own.secret)
	a.carry("after", other)
	a.requireHidden("after", reader, other.secret)
	f := a.follow(reader)
	f.must("subscribe", subscription("step_updates", "snapshot", true, "executionId", "before"))
	require.NotContains(t, f.await("the step", func(got *frame) bool { return strings.Contains(got.text, marker("before", "message")) }).text, own.secret)
	stored := a.stored()
	require.True(t, holds(stored, own.secret), "what was stored before stays as it is until it is too old")
	require.False(t, holds(stored, other.secret))
	a.requireHidden("before", reader, own.secret)
}

// §9b Capture: full keeps step data as they came, and nothing else; who may reveals them.
func TestFullCaptureKeepsStepDataInClearAndErrorsMasked(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.settings(t, testSecret, `{"masking":{"keys":["Nr sprawy"]},"capture":{"stepData":"full","reason":"szukamy przyczyny"}}`)
	reader, revealer := a.everyRole(), a.token("", access.WorkflowAdmin, access.Revealer)
	data := vectors()
	for i, v := range data {
		id := fmt.Sprint("full-", i)
		a.post(testSecret, batch(event("step.failed", id, `,"stepId":"s","stepName":"S","input":`+v.json)))
		step := "/api/monitoring/executions/" + id + "/steps/s"
		require.NotContains(t, string(a.send("GET", step, reader, nil).body), v.secret)
		got := a.send("POST", step+"/reveal", revealer, []byte(`{"reason":"reklamacja"}`))
		require.Equal(t, http.StatusOK, got.status, "%s", got.body)
		require.Contains(t, string(got.body), v.secret)
	}
	kept := vector{"92071314764", "PESEL 92071314764", ""}
	a.post(testSecret, batch(event("step.failed", "error", fmt.Sprintf(`,"stepId":"s","metadata":{"x":%q},"error":{"message":%q,"stack":%q}`, kept.text, kept.text, kept.text))))
	stored := a.stored()
	for _, v := range data {
		require.True(t, holds(stored, v.secret), v.text)
	}
	require.False(t, holds(stored, kept.secret))
}

// Ids are kept as sent: what a foreign engine called an execution is found by it, and hidden where it looks like personal data.
func TestAForeignIDIsFoundByWhatItIs(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(event("execution.started", "e", `,"metadata":{"externalId":"5260250274","x":"5260250274"}`)))
	require.Len(t, get[ExecutionPage](a, "/api/monitoring/executions?q=5260250274", testSecret).Items, 1)
	require.NotContains(t, string(a.send("GET", "/api/monitoring/executions/e", testSecret, nil).body), "5260250274")
}
