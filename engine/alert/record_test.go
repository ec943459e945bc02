package alert

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// fired is a record just made.
func fired(t *testing.T) *Record {
	t.Helper()
	p := newScene(t, rule(t, ExecutionFailed))
	p.fails("1")
	return p.record()
}

// TestActionsOnRecords: A12, A13, B-22, B2.9: the first acknowledgement wins, resolved is final.
func TestActionsOnRecords(t *testing.T) {
	t.Parallel()
	r := fired(t)
	changed, err := r.Acknowledge(Person{ID: "marek", Name: "Marek"}, " patrzę ", t0+1)
	require.True(t, changed)
	require.Nil(t, err)
	changed, err = r.Acknowledge(Person{ID: "anna"}, "ja też", t0+2)
	require.False(t, changed)
	require.Nil(t, err)
	require.Equal(t, []any{Acknowledged, "marek", t0 + 1}, []any{r.Status, r.AcknowledgedBy, r.AcknowledgedAt})
	require.Equal(t, []Comment{{By: "marek", ByName: "Marek", At: t0 + 1, Text: "patrzę"}}, r.Comments)

	require.Nil(t, r.Escalate(Person{ID: "marek"}, "", t0+3))
	require.Nil(t, r.Escalate(Person{ID: "marek"}, "", t0+4))
	require.Equal(t, []any{Escalated, 2, t0 + 4}, []any{r.Status, r.EscalationLevel, r.EscalatedAt})
	changed, err = r.Acknowledge(Person{ID: "anna"}, "", t0+5)
	require.True(t, changed)
	require.Nil(t, err)
	require.Equal(t, []any{Acknowledged, "anna", 2}, []any{r.Status, r.AcknowledgedBy, r.EscalationLevel})

	require.True(t, r.Resolve(Person{ID: "anna"}, "", t0+6))
	require.False(t, r.Resolve(Person{ID: "marek"}, "późno", t0+7))
	require.Equal(t, []any{Resolved, "anna", t0 + 6}, []any{r.Status, r.ResolvedBy, r.ResolvedAt})
	_, err = r.Acknowledge(Person{ID: "marek"}, "", t0+8)
	require.Equal(t, []any{fault.Conflict, "already_resolved"}, []any{err.Kind, err.Code})
	require.Equal(t, fault.Conflict, r.Escalate(Person{ID: "marek"}, "", t0+8).Kind)
	before := *r
	r.Apply(&State{}, &Effect{Kind: Close}, t0+9)
	require.Equal(t, before, *r)
}

// TestCommentsHaveLimits: 1,000 characters, 100 a record.
func TestCommentsHaveLimits(t *testing.T) {
	t.Parallel()
	r := fired(t)
	require.Equal(t, fault.Invalid, r.Escalate(Person{ID: "a"}, strings.Repeat("ż", 1001), t0).Kind)
	require.Equal(t, []any{Active, 0}, []any{r.Status, r.EscalationLevel}, "what is refused changes nothing")
	for range 100 {
		require.Nil(t, r.Escalate(Person{ID: "a"}, strings.Repeat("ż", 1000), t0))
	}
	require.Equal(t, "too_many_comments", r.Escalate(Person{ID: "a"}, "x", t0).Code)
	_, err := r.Acknowledge(Person{ID: "a"}, "x", t0)
	require.NotNil(t, err)
	require.True(t, r.Resolve(Person{ID: "a"}, "x", t0), "it can be closed all the same")
	require.Len(t, r.Comments, 100)
}

// TestRecordKeepsTheRuleWithoutSecrets, and what is not known is no time.
func TestRecordKeepsTheRuleWithoutSecrets(t *testing.T) {
	t.Parallel()
	r := rule(t, ExecutionFailed)
	r.Channels = []Channel{{Type: "webhook", Config: json.RawMessage(`{"secret":"tajne"}`)}}
	p := newScene(t, r)
	p.fails("1")
	stored, err := json.Marshal(p.record())
	require.NoError(t, err)
	require.NotContains(t, string(stored), "tajne")
	require.Contains(t, string(stored), `"webhook"`)
	var again Record
	require.NoError(t, json.Unmarshal(stored, &again))
	require.Equal(t, execution.NoInstant, again.AcknowledgedAt)
	require.Equal(t, p.record().Facts, again.Facts)
	require.Equal(t, "timeout #", again.Facts.Cause)
}

// TestSilence: at most 7 days; it covers its rule and workflow, until its end.
func TestSilence(t *testing.T) {
	t.Parallel()
	good := func() *Silence {
		return &Silence{StartsAt: execution.NoInstant, EndsAt: t0 + 7*24*hour, Reason: "urlop"}
	}
	s := good()
	require.Nil(t, s.Check(t0))
	require.Equal(t, t0, s.StartsAt)
	for field, change := range map[string]func(*Silence){"endsAt": func(s *Silence) { s.EndsAt++ }, "reason": func(s *Silence) { s.Reason = " x " },
		"alertId": func(s *Silence) { s.RuleID = "a b" }, "workflowId": func(s *Silence) { s.WorkflowID = "a b" }} {
		s := good()
		change(s)
		require.Equal(t, "body."+field, s.Check(t0).Fields[0].Location)
	}
	for _, end := range []execution.Instant{execution.NoInstant, t0, t0 - 1} {
		s := good()
		s.EndsAt = end
		require.NotNil(t, s.Check(t0))
	}
	record := &Record{RuleID: "r", WorkflowID: "jpk"}
	covers := func(ruleID, workflowID string, at execution.Instant) bool {
		s := good()
		s.StartsAt, s.RuleID, s.WorkflowID = t0, ruleID, workflowID
		return s.Covers(record, at)
	}
	require.True(t, covers("", "", t0))
	require.True(t, covers("r", "jpk", t0))
	require.False(t, covers("r", "vat", t0))
	require.False(t, covers("x", "", t0))
	require.False(t, covers("", "", t0-1))
	require.False(t, covers("", "", t0+7*24*hour))
}

// TestMuteWindow: below error only, over midnight, on days off.
func TestMuteWindow(t *testing.T) {
	t.Parallel()
	night := &MuteWindow{Weekdays: []time.Weekday{time.Friday}, FromMinute: 22 * 60, ToMinute: 6 * 60, Reason: "noc"}
	require.Nil(t, night.Check())
	require.Equal(t, "Europe/Warsaw", night.Zone)
	warsaw, err := time.LoadLocation("Europe/Warsaw")
	require.NoError(t, err)
	warning, failure := &Record{Severity: Warning}, &Record{Severity: Error}
	at := func(day, hour, minute int) execution.Instant {
		return execution.At(time.Date(2026, time.November, day, hour, minute, 0, 0, warsaw)) // the 27th is a Friday
	}
	f := func(now execution.Instant, want bool) {
		t.Helper()
		require.Equal(t, want, night.Covers(warning, now, nil))
	}
	f(at(27, 21, 59), false)
	f(at(27, 22, 0), true)
	f(at(28, 5, 59), true)
	f(at(28, 6, 0), false)
	f(at(28, 22, 0), false)
	f(at(27, 5, 0), false)
	require.False(t, night.Covers(failure, at(27, 23, 0), nil))
	off := func(d time.Time) bool { return d.Day() == 11 && d.Hour() == 12 }
	require.False(t, night.Covers(warning, at(11, 3, 0), off))
	night.DaysOff = true
	require.True(t, night.Covers(warning, at(11, 3, 0), off))
	require.False(t, night.Covers(warning, at(12, 3, 0), off))
	for _, bad := range []MuteWindow{{Zone: "Mars/Base", DaysOff: true, Reason: "abc"}, {Reason: "abc"}, {DaysOff: true, FromMinute: 1440, Reason: "abc"},
		{DaysOff: true, ToMinute: 1441, Reason: "abc"}, {Weekdays: []time.Weekday{7}, Reason: "abc"}, {DaysOff: true}} {
		require.NotNil(t, bad.Check())
	}
}

// TestOutage: B-99, J4.
func TestOutage(t *testing.T) {
	t.Parallel()
	x := &Outage{Cause: "KSeF 503", Since: t0, Until: execution.NoInstant, Reason: "awaria ogłoszona"}
	require.Nil(t, x.Check(t0))
	f := func(text string, now execution.Instant, want bool) {
		t.Helper()
		require.Equal(t, want, x.Covers(&Record{Facts: Facts{Error: text, Cause: Fingerprint(text)}}, now))
	}
	f("ksef 503: Service Unavailable", t0, true)
	f("ksef 503: Service Unavailable", t0-1, false)
	f("walidacja XML", t0, false)
	x.Until = t0 + hour
	f("KSeF 503", t0+hour, false)
	for _, bad := range []Outage{{Cause: "ab", Reason: "abc"}, {Cause: "abc", Since: t0, Until: t0, Reason: "abc"}, {Cause: "abc", Until: execution.NoInstant},
		{Cause: "abc", Until: execution.NoInstant, Reason: "abc", Link: "javascript:alert(1)"}} {
		require.NotNil(t, bad.Check(t0), bad)
	}
}
