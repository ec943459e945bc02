package alert

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/fault"
)

// wrong gives the locations that Normalise refuses in a rule read from JSON.
func wrong(t *testing.T, text string) []string {
	t.Helper()
	r := &Rule{}
	require.NoError(t, json.Unmarshal([]byte(text), r), text)
	err := r.Normalise()
	if err == nil {
		again := *r
		again.Conditions = append([]Condition(nil), r.Conditions...)
		require.Nil(t, again.Normalise(), "what was accepted is accepted again")
		require.True(t, r.Same(&again), "twice changes nothing more")
		return nil
	}
	require.Equal(t, fault.Invalid, err.Kind)
	var locations []string
	for _, f := range err.Fields {
		require.NotEmpty(t, f.Message)
		locations = append(locations, f.Location)
	}
	return locations
}

// body is an acceptable rule with one member replaced; "" leaves it out.
func body(member, value string) string {
	members := map[string]string{"alertType": `"custom"`, "alertName": `"Reguła"`, "conditions": `[{"metric":"duration","operator":"gt","threshold":1}]`,
		"notificationChannels": `[{"type":"in_app","config":{}}]`}
	members[member] = value
	var parts []string
	for name, v := range members {
		if v != "" {
			parts = append(parts, fmt.Sprintf("%q:%s", name, v))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// TestLimitsOfRules: Z1, Z2, Z3, Z5 at both sides.
func TestLimitsOfRules(t *testing.T) {
	t.Parallel()
	f := func(member, value string, ok bool) {
		t.Helper()
		got := wrong(t, body(member, value))
		if ok {
			require.Empty(t, got, "%s %s", member, value)
			return
		}
		require.NotEmpty(t, got, "%s %s", member, value)
		require.True(t, strings.HasPrefix(got[0], "body."+member), "%s %s: %v", member, value, got)
	}
	for _, kind := range []string{"foo", "", "CUSTOM"} {
		f("alertType", `"`+kind+`"`, false)
	}
	for _, s := range Severities() {
		f("severity", `"`+string(s)+`"`, true)
	}
	f("severity", `"fatal"`, false)
	f("severity", `"ERROR"`, false)
	f("alertName", `"ab"`, false)
	f("alertName", `"  ab  "`, false)
	f("alertName", `"żół"`, true)
	f("alertName", `"`+strings.Repeat("ż", 255)+`"`, true)
	f("alertName", `"`+strings.Repeat("ż", 256)+`"`, false)
	f("alertName", `"a\nb c"`, false)
	for n, ok := range map[string]bool{"4": false, "5": true, "1440": true, "1441": false, "-1": false} {
		f("cooldownMinutes", n, ok)
	}
	f("workflowId", `"8f14e45f-ceea-467f-9575-0e5d4f1c9a11"`, true)
	f("workflowId", `"jpk-generation"`, true)
	f("workflowId", `null`, true)
	f("workflowId", `"a b"`, false)
	f("workflowId", `"`+strings.Repeat("a", 128)+`"`, true)
	f("workflowId", `"`+strings.Repeat("a", 129)+`"`, false)
	f("notificationChannels", `[]`, false)
	f("notificationChannels", "", false)
	for _, kind := range channelTypes {
		f("notificationChannels", `[{"type":"`+kind+`","config":{"to":["a"]}}]`, true)
	}
	f("notificationChannels", `[{"type":"teams","config":{}}]`, false)
	f("notificationChannels", `[{"type":"email","config":[]}]`, false)
	f("notificationChannels", `[{"type":"email","config":"x"}]`, false)
	f("notificationChannels", `[{"type":"email","config":{"x":"`+strings.Repeat("a", configBytesMax)+`"}}]`, false)
	channel := `{"type":"in_app","config":{}}`
	f("notificationChannels", "["+channel+strings.Repeat(","+channel, 19)+"]", true)
	f("notificationChannels", "["+channel+strings.Repeat(","+channel, 20)+"]", false)
	f("conditions", `[]`, false)
	condition := `{"metric":"duration","operator":"gt","threshold":1}`
	f("conditions", "["+condition+strings.Repeat(","+condition, 19)+"]", true)
	f("conditions", "["+condition+strings.Repeat(","+condition, 20)+"]", false)
}

// TestLimitsOfConditions: Z4, B-15, B-26…B-29, B-62.
func TestLimitsOfConditions(t *testing.T) {
	t.Parallel()
	f := func(kind Type, condition, field string) {
		t.Helper()
		text := fmt.Sprintf(`{"alertType":%q,"alertName":"Reguła","conditions":%s,"notificationChannels":[{"type":"in_app","config":{}}]}`, kind, condition)
		got := wrong(t, text)
		if field == "" {
			require.Empty(t, got, "%s %s", kind, condition)
			return
		}
		require.Contains(t, got, "body.conditions"+field, "%s %s", kind, condition)
	}
	full := func(metric string) string { return `[{"metric":"` + metric + `","operator":"gt","threshold":5}]` }
	for kind, metric := range map[Type]string{ExecutionFailed: "status", ExecutionTimeout: "duration", ConsecutiveFailures: "failures", HighErrorRate: "errorRate",
		SlowExecution: "duration", QueueBacklog: "pending", ResourceThreshold: "cpu", Custom: "progress"} {
		f(kind, full(metric), "") // the seed's full form is always accepted
	}
	f(ExecutionFailed, `[]`, "")
	f(ExecutionTimeout, `[]`, "")
	f(ConsecutiveFailures, `[{"consecutiveCount":3}]`, "") // fault 12 of the seed, T8
	f(HighErrorRate, `[{"threshold":0.1}]`, "")
	f(QueueBacklog, `[{"threshold":100}]`, "")
	for n, field := range map[string]string{"0": "[0].timeWindowMinutes", "1": "", "1440": "", "1441": "[0].timeWindowMinutes", "1.5": "[0].timeWindowMinutes",
		`"5"`: "[0].timeWindowMinutes", "-1": "[0].timeWindowMinutes", "null": ""} {
		f(HighErrorRate, `[{"threshold":0.1,"timeWindowMinutes":`+n+`}]`, field)
	}
	for n, field := range map[string]string{"0": "[0].consecutiveCount", "1": "", "100": "", "101": "[0].consecutiveCount", "2.5": "[0].consecutiveCount"} {
		f(ConsecutiveFailures, `[{"consecutiveCount":`+n+`}]`, field)
	}
	for n, field := range map[string]string{"0": "[0].minSample", "1": "", "1000": "", "1001": "[0].minSample"} {
		f(HighErrorRate, `[{"threshold":0.1,"minSample":`+n+`}]`, field)
	}
	for _, operator := range operators {
		f(Custom, `[{"metric":"duration","operator":"`+operator+`","threshold":0}]`, "")
	}
	f(Custom, `[{"metric":"duration","operator":">","threshold":0}]`, "[0].operator")
	f(Custom, `[{"metric":"duration","threshold":0}]`, "[0].operator")
	f(Custom, `[{"metric":"duration","operator":"gt"}]`, "[0].threshold")
	f(Custom, `[{"metric":"duration","operator":"gt","threshold":"5"}]`, "[0].threshold")
	f(Custom, `[{"metric":"duration","operator":"gt","threshold":-5}]`, "")
	f(Custom, `[{"operator":"gt","threshold":5}]`, "[0].metric")
	for _, metric := range append([]string{"meta.kwota", "meta.a.b"}, customMetrics...) {
		f(Custom, full(metric), "")
	}
	for _, metric := range []string{"constructor", "__proto__", "status", "meta.", "meta", "DURATION"} {
		f(Custom, full(metric), "[0].metric")
	}
	f(SlowExecution, full("progress"), "[0].metric")
	f(SlowExecution, `[{"metric":"duration","operator":"gt"}]`, "[0].threshold")
	f(SlowExecution, `[{"metric":"duration","operator":"gt","threshold":-1}]`, "[0].threshold")
	f(SlowExecution, `[{"metric":"duration","operator":"gt","threshold":0}]`, "")
	for _, unit := range []string{"ms", "s", "min", "h"} {
		f(SlowExecution, `[{"metric":"duration","operator":"gt","threshold":5,"unit":"`+unit+`"}]`, "")
	}
	f(SlowExecution, `[{"metric":"duration","operator":"gt","threshold":5,"unit":"d"}]`, "[0].unit")
	f(ExecutionTimeout, `[{"threshold":5,"operator":"lt"}]`, "[0].operator")
	f(QueueBacklog, full("length"), "[0].metric")
	f(QueueBacklog, full("oldestAgeSeconds"), "")
	f(QueueBacklog, `[{"threshold":-1}]`, "[0].threshold")
	for _, metric := range []string{"cpu", "memory", "db_connections", "queue_depth", "disk", "cpu.usage_percent", "office.scanner.pages"} {
		f(ResourceThreshold, full(metric), "")
	}
	f(ResourceThreshold, full("cores"), "[0].metric")
	f(ResourceThreshold, full(""), "[0].metric")
	f(HighErrorRate, `[{"threshold":101}]`, "[0].threshold")
	f(HighErrorRate, `[{"threshold":1.1,"unit":"ratio"}]`, "[0].threshold")
	f(HighErrorRate, `[{"threshold":-0.1}]`, "[0].threshold")
	f(HighErrorRate, `[{"threshold":10,"unit":"ms"}]`, "[0].unit")
	f(HighErrorRate, `[{"threshold":0.1},{"threshold":5,"timeWindowMinutes":0}]`, "[1].timeWindowMinutes")
}

// TestThresholdMustBeFinite: Z4.3, for callers that do not read JSON.
func TestThresholdMustBeFinite(t *testing.T) {
	t.Parallel()
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		r := &Rule{Type: Custom, Name: "abc", Channels: inApp(), Conditions: []Condition{{Metric: "duration", Operator: "gt", Threshold: &v}}}
		require.Equal(t, "body.conditions[0].threshold", r.Normalise().Fields[0].Location)
	}
}

// TestDefaults: Z5.5, A10, B-07, B-17, B-28, B2.7.
func TestDefaults(t *testing.T) {
	t.Parallel()
	for kind, want := range map[Type]Severity{ExecutionFailed: Error, ExecutionTimeout: Error, ConsecutiveFailures: Critical, HighErrorRate: Critical,
		SlowExecution: Warning, QueueBacklog: Warning, ResourceThreshold: Warning, Custom: Warning} {
		require.Equal(t, want, kind.DefaultSeverity())
	}
	r := rule(t, ExecutionFailed)
	require.Equal(t, []any{15, Error}, []any{r.CooldownMinutes, r.Severity})
	r = &Rule{Type: ConsecutiveFailures, Name: " żół ", Severity: Warning, Channels: inApp(), Conditions: []Condition{{}}}
	require.Nil(t, r.Normalise())
	require.Equal(t, []any{"żół", Warning, 3}, []any{r.Name, r.Severity, r.Conditions[0].ConsecutiveCount}, "what was given explicitly is used")
	f := func(threshold float64, unit string, percent float64) {
		t.Helper()
		c := rule(t, HighErrorRate, Condition{Threshold: &threshold, Unit: unit}).Conditions[0]
		require.InDelta(t, percent, *c.Threshold, 1e-9)
		require.Equal(t, []any{"percent", 60, 10}, []any{c.Unit, c.TimeWindowMinutes, c.MinSample})
	}
	f(0.1, "", 10)
	f(10, "", 10)
	f(0, "", 0)
	f(1, "", 100)
	f(0.5, "percent", 0.5)
	f(0.5, "ratio", 50)
}

// TestSame: B-98.
func TestSame(t *testing.T) {
	t.Parallel()
	one := func() *Rule {
		return rule(t, Custom, Condition{Metric: "duration", Operator: "gt", Threshold: number(5)})
	}
	other := one()
	other.ID, other.Version, other.Active = "x", 7, false
	other.Channels[0].Config = json.RawMessage(` { } `)
	require.True(t, one().Same(other))
	for _, change := range []func(*Rule){func(r *Rule) { r.Name = "inna" }, func(r *Rule) { r.WorkflowID = "w" }, func(r *Rule) { r.Conditions[0].Threshold = number(6) },
		func(r *Rule) { r.Severity = Critical }, func(r *Rule) { r.CooldownMinutes = 20 }, func(r *Rule) { r.Channels[0].Type = "email" }} {
		other := one()
		change(other)
		require.False(t, one().Same(other))
	}
}

// TestScopes: A2, B-05.
func TestScopes(t *testing.T) {
	t.Parallel()
	run := &Observation{Kind: ExecutionChanged, Run: &Run{WorkflowID: "jpk"}}
	cpu := &Observation{Kind: ResourceMeasured, Facts: Facts{Metric: "cpu.usage_percent", Source: "host"}}
	queue := &Observation{Kind: QueueMeasured}
	f := func(r *Rule, o *Observation, want string) { t.Helper(); require.Equal(t, want, r.Scope(o)) }
	global := rule(t, ExecutionFailed)
	f(global, run, "wf:jpk")
	f(global, queue, "")
	f(global, cpu, "")
	own := rule(t, ExecutionFailed)
	own.WorkflowID = "vat"
	f(own, run, "")
	paused := rule(t, ExecutionFailed)
	paused.Active = false
	f(paused, run, "")
	pausedQueue := rule(t, QueueBacklog, Condition{Threshold: number(1)})
	pausedQueue.Active = false
	f(pausedQueue, queue, "")
	deleted := rule(t, ExecutionFailed)
	deleted.DeletedAt = t0
	f(deleted, run, "")
	f(rule(t, QueueBacklog, Condition{Threshold: number(1)}), queue, "queue:executions")
	f(rule(t, QueueBacklog, Condition{Threshold: number(1)}), run, "")
	f(rule(t, ResourceThreshold, Condition{Metric: "cpu", Threshold: number(1)}), cpu, "res:cpu.usage_percent:host")
	f(rule(t, ResourceThreshold, Condition{Metric: "disk", Threshold: number(1)}), cpu, "")
	f(rule(t, ResourceThreshold, Condition{Metric: "cpu", Threshold: number(1)}, Condition{Metric: "disk", Threshold: number(1)}), cpu, "res:*:host")
	builtin := &Rule{Type: Custom, Builtin: DeadlineAtRisk, Active: true}
	f(builtin, &Observation{Kind: BuiltinJudged, Facts: Facts{Obligation: "jpk-v7m", Period: "2026-10"}}, "due:jpk-v7m:2026-10")
	f(builtin, &Observation{Kind: BuiltinJudged, Run: &Run{WorkflowID: "jpk"}}, "wf:jpk")
	f(builtin, &Observation{Kind: BuiltinJudged}, "rule:")
	f(builtin, run, "")
}
