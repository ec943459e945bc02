package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/prompb"
	"github.com/stretchr/testify/require"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

// remoteLine is a series with its samples, each so long ago.
type remoteLine struct {
	pairs   []string
	samples map[time.Duration]float64
}

// remoteBody is a body of remote write.
func remoteBody(t testing.TB, now time.Time, lines ...remoteLine) []byte {
	t.Helper()
	var r prompb.WriteRequest
	for _, l := range lines {
		var s prompb.TimeSeries
		for i := 0; i < len(l.pairs); i += 2 {
			s.Labels = append(s.Labels, prompb.Label{Name: l.pairs[i], Value: l.pairs[i+1]})
		}
		for _, ago := range slices.Backward(slices.Sorted(maps.Keys(l.samples))) {
			s.Samples = append(s.Samples, prompb.Sample{Value: l.samples[ago], Timestamp: now.Add(-ago).UnixMilli()})
		}
		r.Timeseries = append(r.Timeseries, s)
	}
	body, err := r.Marshal()
	require.NoError(t, err)
	return snappy.Encode(nil, body)
}

func (a *appliance) remoteWrite(token string, body []byte) answer {
	a.t.Helper()
	return a.send("POST", remoteWritePath, token, body, "Content-Type", "application/x-protobuf", "Content-Encoding", "snappy",
		"X-Prometheus-Remote-Write-Version", "0.1.0")
}

type promAnswer struct {
	Status, ErrorType, Error string
	Data                     struct {
		ResultType string
		Result     json.RawMessage
	}
	Warnings []string
}

type promSample struct {
	Metric map[string]string
	Value  [2]any
	Values [][2]any
}

// instant asks for an expression's value, and requires that there is one: a vector, by the labels.
func (a *appliance) instant(token, expression string, at time.Time) map[string]string {
	a.t.Helper()
	got := a.send("GET", prometheusPath+"/query?query="+url.QueryEscape(expression)+fmt.Sprintf("&time=%.3f", float64(at.UnixMilli())/1000), token, nil)
	require.Equal(a.t, http.StatusOK, got.status, "%s: %s", expression, got.body)
	require.Equal(a.t, "application/json", got.header.Get("Content-Type"))
	answer := decoded[promAnswer](a.t, got)
	require.Equal(a.t, "success", answer.Status)
	require.Equal(a.t, "vector", answer.Data.ResultType, "%s", got.body)
	var samples []promSample
	require.NoError(a.t, json.Unmarshal(answer.Data.Result, &samples))
	values := map[string]string{}
	for _, s := range samples {
		values[fmt.Sprint(s.Metric)], _ = s.Value[1].(string)
	}
	return values
}

// lookup asks for a list of names.
func (a *appliance) lookup(token, path string) (names []string) {
	a.t.Helper()
	return get[struct{ Data []string }](a, prometheusPath+path, token).Data
}

// requirePromError requires an error in Prometheus' envelope.
func requirePromError(t *testing.T, got answer, status int, kind string) promAnswer {
	t.Helper()
	require.Equal(t, status, got.status, "%s", got.body)
	answer := decoded[promAnswer](t, got)
	require.Equal(t, "error", answer.Status)
	require.Equal(t, kind, answer.ErrorType, "%s", got.body)
	require.NotEmpty(t, answer.Error)
	return answer
}

// What came by remote write is read back, whatever the order it came in, once or twice, after a restart, with marks of ends and numbers that are none.
func TestRemoteWriteIsReadBack(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	now := time.Now()
	up := []string{"__name__", "up", "instance", "127.0.0.1:9090", "job", "n8n"}
	first := remoteBody(t, now,
		remoteLine{up, map[time.Duration]float64{10 * time.Second: 1, 70 * time.Second: 0, 40 * time.Second: 1}},
		remoteLine{[]string{"__name__", "temperature"}, map[time.Duration]float64{20 * time.Second: math.Inf(1), 80 * time.Second: math.NaN(), 140 * time.Second: 21.5}},
		remoteLine{[]string{"job", "n8n", "__name__", "gone"}, map[time.Duration]float64{60 * time.Second: 3, 30 * time.Second: math.Float64frombits(value.StaleNaN)}},
	)
	for range 2 {
		got := a.remoteWrite(testSecret, first)
		require.Equal(t, http.StatusNoContent, got.status, "%s", got.body)
	}
	require.Equal(t, http.StatusNoContent, a.remoteWrite(testSecret, remoteBody(t, now, remoteLine{up, map[time.Duration]float64{100 * time.Second: 5, 40 * time.Second: 2}})).status,
		"later values may be older")
	a.restart()
	const upNow = "map[__name__:up instance:127.0.0.1:9090 job:n8n]"
	require.Equal(t, map[string]string{upNow: "1"}, a.instant(testSecret, `up{job="n8n"}`, now))
	require.Equal(t, map[string]string{upNow: "2"}, a.instant(testSecret, `up`, now.Add(-35*time.Second)), "of several values of one time the last counts")
	require.Equal(t, map[string]string{"map[instance:127.0.0.1:9090 job:n8n]": "4"}, a.instant(testSecret, `count_over_time(up[2m])`, now))
	require.Equal(t, map[string]string{"map[__name__:temperature]": "+Inf"}, a.instant(testSecret, `temperature`, now))
	require.Equal(t, map[string]string{"map[__name__:temperature]": "NaN"}, a.instant(testSecret, `temperature`, now.Add(-time.Minute)))
	require.Equal(t, map[string]string{"map[__name__:temperature]": "21.5"}, a.instant(testSecret, `temperature`, now.Add(-2*time.Minute)))
	require.Empty(t, a.instant(testSecret, `gone`, now), "its end was marked")
	require.NotEmpty(t, a.instant(testSecret, `gone`, now.Add(-40*time.Second)))
	require.Equal(t, []string{"__name__", "instance", "job"}, a.lookup(testSecret, "/labels?match[]=up"))
	require.Equal(t, []string{"n8n"}, a.lookup(testSecret, "/label/job/values"))

	// Series of others are no samples of engines, nor of the page about resources.
	require.NotContains(t, string(a.send("GET", "/api/monitoring/system/metrics", testSecret, nil).body), "temperature")
}

// A value takes the place of a number that was none at its time, and the other way round.
func TestMarksAndValuesTakeEachOthersPlace(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	now := time.Now()
	for _, v := range []float64{math.NaN(), 5, math.Inf(-1), 7} {
		require.Equal(t, http.StatusNoContent, a.remoteWrite(testSecret, remoteBody(t, now, remoteLine{[]string{"__name__", "x"}, map[time.Duration]float64{time.Second: v}})).status)
		require.Equal(t, map[string]string{"map[__name__:x]": strings.Replace(fmt.Sprint(v), "-Inf", "-Inf", 1)}, a.instant(testSecret, "x", now))
	}
}

// What can never be taken is told with its reason in a 400, after which a sender goes on; its neighbours are taken.
func TestRemoteWriteTellsWhatItDoesNotTake(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	now := time.Now()
	many := []string{"__name__", "wide"}
	for i := range 31 {
		many = append(many, fmt.Sprintf("l%d", i), "x")
	}
	one := map[time.Duration]float64{time.Second: 1}
	got := a.remoteWrite(testSecret, remoteBody(t, now,
		remoteLine{[]string{"__name__", "good"}, one},
		remoteLine{[]string{"job", "x"}, one}, remoteLine{many, one},
		remoteLine{[]string{"__name__", "a.b"}, one}, remoteLine{[]string{"__name__", "c", "d-e", "1"}, one}, remoteLine{[]string{"__name__", "c", "d", "1", "d", "2"}, one},
		remoteLine{[]string{"__name__", "c", "flowwatch.origin", "x"}, one},
		remoteLine{[]string{"__name__", "long", "l", strings.Repeat("x", 2000)}, one},
		remoteLine{[]string{"__name__", "execution_duration_ms", "workflow", "w"}, one},
		remoteLine{[]string{"__name__", "times"}, map[time.Duration]float64{100 * 24 * time.Hour: 1, -time.Hour: 1, 2 * time.Second: 4}},
		remoteLine{[]string{"__name__", "good", "more", "yes"}, one},
	))
	p := requireProblem(t, got, http.StatusBadRequest, "samples_refused")
	var told []string
	for _, f := range p.Errors {
		code, _, _ := strings.Cut(f.Message, ":")
		told = append(told, code)
	}
	require.Equal(t, []string{"missing_name", "too_many_labels", "invalid_label", "reserved_name", "too_old", "too_far_ahead"}, told)
	require.Equal(t, `series{__name__="times"}`, p.Errors[4].Location)
	require.Contains(t, p.Errors[2].Message, "samples: 5")
	require.Len(t, a.instant(testSecret, `good`, now), 2)
	require.Equal(t, map[string]string{"map[__name__:times]": "4"}, a.instant(testSecret, `times`, now))

	requireProblem(t, a.send("POST", remoteWritePath, testSecret, []byte("x"), "Content-Type", "application/x-protobuf;proto=io.prometheus.write.v2.Request", "Content-Encoding", "snappy"),
		http.StatusUnsupportedMediaType, "unsupported_media_type")
	requireProblem(t, a.send("POST", remoteWritePath, testSecret, []byte("x"), "Content-Type", "application/x-protobuf"), http.StatusBadRequest, "malformed_encoding")
	requireProblem(t, a.remoteWrite(a.token("", access.Auditor), nil), http.StatusForbidden, "forbidden")
}

// B-101: personal data in labels is masked before it is stored.
func TestLabelsFromElsewhereAreMasked(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	now := time.Now()
	pairs := []string{"__name__", "mails", "le", "0.005", "version", "1.2.3", "to", "jan.kowalski@example.com", "url", "http://10.0.0.1:9100/metrics?x=1", "nip", "526-000-12-46"}
	require.Equal(t, http.StatusNoContent, a.remoteWrite(testSecret, remoteBody(t, now, remoteLine{pairs, map[time.Duration]float64{time.Second: 1}})).status)
	for labels := range a.instant(testSecret, "mails", now) {
		require.NotContains(t, labels, "kowalski")
		require.NotContains(t, labels, "526-000")
		require.Contains(t, labels, "le:0.005")
		require.Contains(t, labels, "version:1.2.3")
		require.Contains(t, labels, "10.0.0.1:9100")
	}
}

// api.md 9a: metrics of B-111 have underscores, the workflow's id and its name; one sample an execution or step, also where they ended together.
func TestExpressionsReadWhatExecutionsMeasure(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	var events []string
	base := time.Now().UTC()
	before := func(minutes int) string {
		return base.Add(-time.Duration(minutes) * time.Minute).Format(time.RFC3339Nano)
	}
	began, stepped, ended := before(10), before(6), before(5)
	for i := range 3 {
		id := fmt.Sprintf("e%d", i)
		events = append(events,
			fmt.Sprintf(`"type":"execution.started","executionId":%q,"workflowId":"jpk","workflowName":"Generowanie JPK","timestamp":%q`, id, began),
			fmt.Sprintf(`"type":"step.completed","executionId":%q,"workflowId":"jpk","stepId":"s","durationMs":250,"timestamp":%q`, id, stepped),
			fmt.Sprintf(`"type":"execution.completed","executionId":%q,"workflowId":"jpk","timestamp":%q`, id, ended))
	}
	a.post(testSecret, batch(events...))
	a.measure(testSecret, sample("db.active_connections", 7, `,"tags":{"pool.name":"main"}`))
	now := time.Now()
	const jpk = "map[workflow:jpk workflow_name:Generowanie JPK]"
	require.Equal(t, map[string]string{jpk: "3"}, a.instant(testSecret, `count_over_time(execution_duration_ms{workflow_name=~"Gen.*"}[1h])`, now))
	require.Equal(t, map[string]string{jpk: "300000"}, a.instant(testSecret, `avg_over_time(execution_duration_ms[1h])`, now))
	require.Equal(t, map[string]string{jpk: "3"}, a.instant(testSecret, `sum_over_time(execution_completed{workflow="jpk"}[1h])`, now))
	require.Equal(t, map[string]string{jpk: "3"}, a.instant(testSecret, `count_over_time(step_duration_ms[1h])`, now))
	require.Equal(t, map[string]string{"map[__name__:db_active_connections pool_name:main source:engine]": "7"}, a.instant(testSecret, `db_active_connections{source="engine"}`, now.Add(time.Second)))
	require.NotContains(t, a.lookup(testSecret, "/label/__name__/values"), "run_duration_ms", "what totals are made of counts nothing twice")
	require.Equal(t, []string{"Generowanie JPK"}, a.lookup(testSecret, "/label/workflow_name/values?match[]=execution_completed"))
	meta := get[struct {
		Data map[string][]PrometheusMetric
	}](a, prometheusPath+"/metadata?metric=execution_duration_ms", testSecret)
	require.Len(t, meta.Data, 1)
	require.Equal(t, "gauge", meta.Data["execution_duration_ms"][0].Type)
	require.NotEmpty(t, meta.Data["execution_duration_ms"][0].Help)
}

// Another organisation's series are not there, whatever labels an expression asks for; who sees some clients only reads no series at all.
func TestExpressionsReadOneOrganisation(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ours, theirs := a.token("ours", access.OrgAdmin, access.Integration), a.token("theirs", access.OrgAdmin, access.Integration)
	now := time.Now()
	write := func(token, of string) {
		got := a.remoteWrite(token, remoteBody(t, now, remoteLine{[]string{"__name__", "secret_of_" + of, "organization", of, "tenant", of}, map[time.Duration]float64{time.Second: 1}}))
		require.Equal(t, http.StatusNoContent, got.status, "%s", got.body)
		a.post(token, batch(event("execution.completed", "x", `,"workflowId":"`+of+`-workflow"`)))
	}
	write(ours, "ours")
	write(theirs, "theirs")
	for _, expression := range []string{`{organization="theirs"}`, `{__name__=~".+",tenant=~".*"}`, `secret_of_theirs`, `{__name__=~"secret.*"} or execution_completed{organization!="ours"}`} {
		for labels := range a.instant(ours, expression, now.Add(time.Second)) {
			require.NotContains(t, labels, "theirs", expression)
		}
	}
	require.Len(t, a.instant(ours, `{__name__=~"secret.*"}`, now), 1)
	for _, path := range []string{"/label/__name__/values", "/labels", "/label/workflow/values", "/series?match[]={__name__=~\".%2B\"}", "/metadata"} {
		require.NotContains(t, string(a.send("GET", prometheusPath+path, ours, nil).body), "theirs", path)
	}

	limited := a.session("ours", access.Accountant, "K-1")
	for _, path := range []string{"/query?query=1", "/query_range?query=1&start=0&end=1&step=1", "/series?match[]=x", "/labels", "/label/job/values", "/metadata"} {
		got := a.send("GET", prometheusPath+path, "", nil, "Cookie", limited)
		requirePromError(t, got, http.StatusForbidden, "forbidden")
	}
}

// session is the cookie of somebody who sees some clients only.
func (a *appliance) session(organization string, role access.Role, clients ...string) string {
	a.t.Helper()
	o, err := a.engine.Access().EnsureOrganization(organization)
	require.NoError(a.t, err)
	login, password, roles := "limited@example.com", "correct horse battery", []access.Role{role}
	_, err = a.engine.Access().CreateUser(audit.System(), o.ID, access.UserChange{Login: &login, Password: &password, Roles: &roles, Clients: &clients})
	require.NoError(a.t, err)
	secret, _, err := a.engine.Access().SignIn(access.Credentials{Login: login, Password: password, Address: "127.0.0.1"})
	require.NoError(a.t, err)
	return sessionCookie + "=" + secret
}

// Errors have Prometheus' envelope, kinds and statuses; limits are kept.
func TestExpressionsThatCannotBeAnsweredSayWhy(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for path, want := range map[string]struct {
		status int
		kind   string
	}{
		"/query?query=up{":                                                {http.StatusBadRequest, "bad_data"},
		"/query":                                                          {http.StatusBadRequest, "bad_data"},
		"/query?query=1&time=yesterday":                                   {http.StatusBadRequest, "bad_data"},
		"/query?query=1&timeout=x":                                        {http.StatusBadRequest, "bad_data"},
		"/query?query=%zz":                                                {http.StatusBadRequest, "bad_data"},
		"/query?query=1&time=1e300":                                       {http.StatusBadRequest, "bad_data"},
		"/query_range?query=1&start=0&end=10":                             {http.StatusBadRequest, "bad_data"},
		"/query_range?query=1&start=10&end=0&step=1":                      {http.StatusBadRequest, "bad_data"},
		"/query_range?query=1&start=0&end=10&step=0":                      {http.StatusBadRequest, "bad_data"},
		"/query_range?query=1&start=0&end=10&step=0.0001":                 {http.StatusBadRequest, "bad_data"},
		"/query_range?query=1&start=0&end=11000&step=1":                   {http.StatusBadRequest, "bad_data"},
		"/query_range?query=rate(up)&start=0&end=1&step=1":                {http.StatusBadRequest, "bad_data"},
		"/query?query=count_over_time((vector(1))[100d:10ms])":            {http.StatusUnprocessableEntity, "execution"},
		"/query?query=count_over_time(vector(1)[1d:1s])&timeout=0.000001": {http.StatusServiceUnavailable, "timeout"},
		"/series":                  {http.StatusBadRequest, "bad_data"},
		"/series?match[]={}":       {http.StatusBadRequest, "bad_data"},
		"/labels?match[]=up{":      {http.StatusBadRequest, "bad_data"},
		"/labels?limit=-1":         {http.StatusBadRequest, "bad_data"},
		"/label/x/values?limit=no": {http.StatusBadRequest, "bad_data"},
	} {
		requirePromError(t, a.send("GET", prometheusPath+path, testSecret, nil), want.status, want.kind)
	}
	requirePromError(t, a.send("POST", prometheusPath+"/query", testSecret, []byte(`{"query":"1"}`)), http.StatusUnsupportedMediaType, "unsupported_media_type")
	long := url.Values{"query": {strings.Repeat("1+", 10_000) + "1"}}.Encode()
	requirePromError(t, a.send("POST", prometheusPath+"/query", testSecret, []byte(long), "Content-Type", formMedia), http.StatusBadRequest, "bad_data")
	requireProblem(t, a.send("GET", prometheusPath+"/query?query=1", "", nil), http.StatusUnauthorized, "unauthorized")
}

// What Grafana asks first, by GET and by POST with a form, with a bearer token or the token as a password.
func TestReadersOfPrometheusFindTheirWay(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	form := []byte(url.Values{"query": {"1+1"}, "time": {"1.5"}}.Encode())
	got := a.send("POST", prometheusPath+"/query", testSecret, form, "Content-Type", formMedia)
	require.JSONEq(t, `{"status":"success","data":{"resultType":"scalar","result":[1.500,"2"]}}`, string(got.body))
	r, err := http.NewRequest(http.MethodGet, a.url+prometheusPath+"/query_range?query=vector(1e25)&start=0&end=1&step=500ms", nil)
	require.NoError(t, err)
	r.SetBasicAuth("grafana", testSecret)
	response, err := a.client.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	var ranged promAnswer
	require.NoError(t, json.NewDecoder(response.Body).Decode(&ranged))
	require.JSONEq(t, `[{"metric":{},"values":[[0,"1e+25"],[0.5,"1e+25"],[1,"1e+25"]]}]`, string(ranged.Data.Result))
	require.JSONEq(t, `{"status":"success","data":{"resultType":"string","result":[0,"a\"b"]}}`, string(a.send("GET", prometheusPath+`/query?time=0&query="a\"b"`, testSecret, nil).body))
	require.Contains(t, string(a.send("GET", prometheusPath+"/status/buildinfo", testSecret, nil).body), `"application":"Flowwatch"`)
	require.JSONEq(t, `{"status":"success","data":{"groups":[]}}`, string(a.send("GET", prometheusPath+"/rules", testSecret, nil).body))
	require.JSONEq(t, `{"status":"success","data":[]}`, string(a.send("GET", prometheusPath+"/query_exemplars?query=up", testSecret, nil).body))
	for i := range 3 {
		a.measure(testSecret, sample("own.gauge", i, fmt.Sprintf(`,"tags":{"n":"%d"}`, i)))
	}
	cut := get[PrometheusAnswer](a, prometheusPath+"/label/n/values?limit=2", testSecret)
	require.Equal(t, []string{"results truncated due to limit"}, cut.Warnings)
	require.Equal(t, `["0","1"]`, string(cut.Data))
	warned := decoded[promAnswer](t, a.send("GET", prometheusPath+"/query?query=rate(own_gauge[5m])", testSecret, nil))
	require.Equal(t, "success", warned.Status)
	require.Contains(t, engine.MetricNames(), "execution.duration_ms")
}

// What a sender is to try again is 503: after a 429 Prometheus gives its samples up, unless it was told otherwise.
func TestRemoteWriteIsAskedToComeBack(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	now := time.Now()
	for range protobufAtOnce {
		a.server.remoteWrites <- struct{}{}
	}
	go func() { <-a.server.remoteWrites }()
	one := remoteBody(t, now, remoteLine{[]string{"__name__", "x"}, map[time.Duration]float64{time.Second: 1}})
	require.Equal(t, http.StatusNoContent, a.remoteWrite(testSecret, one).status, "it waits for its turn")

	o, err := a.engine.Access().EnsureOrganization("default")
	require.NoError(t, err)
	require.True(t, a.server.bodies.take(o.ID, bodiesOfOfficeMax-1<<10))
	random := make([]byte, 1<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(random)
	got := a.remoteWrite(testSecret, random)
	requireProblem(t, got, http.StatusServiceUnavailable, "bodies_full")
	require.NotEmpty(t, got.header.Get("Retry-After"))
	a.server.bodies.giveBack(o.ID, bodiesOfOfficeMax-1<<10)
	requireProblem(t, a.remoteWrite(testSecret, random), http.StatusBadRequest, "malformed_encoding")
}
