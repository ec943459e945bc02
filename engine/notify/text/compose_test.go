package text

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
	"flowwatch/engine/notify/gsm7"
)

var update = flag.Bool("update", false, "write the golden texts anew")

const linkHost = "https://monitor.biuro.example"

func options(t testing.TB, l Language) *Options {
	return &Options{
		Language: l, Zone: warsaw(t), Office: "Kancelaria Nowak & Wspólnicy",
		Links: func(r *alert.Record) Links {
			return Links{linkHost + "/alerts/" + r.ID, linkHost + "/a/AbCdEf123456", linkHost + "/a/AbCdEf123456#e"}
		},
		Advice: func(*alert.Record) Advice {
			return Advice{"Sprawdź certyfikat KSeF.", "A. Nowak", "https://n8n.biuro.example/execution/7"}
		},
		Person: func(id string) string { return "Anna " + id },
	}
}

func record(t testing.TB, kind alert.Type, severity alert.Severity, f alert.Facts) *alert.Record {
	f.At = instant(t, "2026-11-23T01:14:00Z")
	return &alert.Record{
		ID: "0193-a", RuleID: "r1", RuleName: "Nocne JPK", Type: kind, WorkflowID: "jpk", WorkflowName: "Generowanie JPK", ExecutionID: "run-1017",
		ClientRef: "K-042", Severity: severity, Facts: f, Status: alert.Active, Count: 3, SuppressedCount: 2, TriggeredAt: f.At, LastSeenAt: f.At,
		AcknowledgedAt: execution.NoInstant, EscalatedAt: execution.NoInstant, NextEscalation: execution.NoInstant, ResolvedAt: execution.NoInstant,
		Rule: &alert.Rule{Name: "Nocne JPK", CooldownMinutes: 15},
	}
}

// sample is a record of each type and of each built-in rule.
func samples(t testing.TB) map[string]*alert.Record {
	const leak = "NIP 5260250274 odrzucony"
	recent := []alert.RecentFailure{
		{ExecutionID: "run-1017", At: instant(t, "2026-11-23T01:14:00Z"), Step: "Wysyłka", Error: leak},
		{ExecutionID: "run-1016", At: instant(t, "2026-11-23T01:04:00Z"), Step: "Wysyłka"},
	}
	out := map[string]*alert.Record{
		"execution_failed": record(t, alert.ExecutionFailed, alert.Error, alert.Facts{Step: "Wysyłka do KSeF", StepIndex: 3, StepsTotal: 5,
			DurationMs: 155_000, Error: leak, Obligation: "JPK_V7M", Period: "2026-10", Due: "2026-11-25"}),
		"execution_timeout": record(t, alert.ExecutionTimeout, alert.Error, alert.Facts{DurationMs: 3_900_000, LimitMs: 3_600_000, Step: "OCR",
			StepDurationMs: 1_800_000, Running: true}),
		"consecutive_failures": record(t, alert.ConsecutiveFailures, alert.Critical, alert.Facts{InRow: 5, RowSince: instant(t, "2026-11-23T00:00:00Z"),
			LastGoodAt: instant(t, "2026-11-22T20:00:00Z"), Recent: recent, Step: "Wysyłka", Error: leak}),
		"high_error_rate": record(t, alert.HighErrorRate, alert.Critical, alert.Facts{Failed: 6, Finished: 22, WindowMinutes: 60, Percent: 27.27,
			Threshold: 10, Error: leak, Step: "Wysyłka"}),
		"slow_execution": record(t, alert.SlowExecution, alert.Warning, alert.Facts{DurationMs: 90_000, LimitMs: 60_000, UsualMs: 41_000, Step: "OCR",
			StepDurationMs: 80_000}),
		"slow_execution_running": record(t, alert.SlowExecution, alert.Warning, alert.Facts{DurationMs: 90_000, LimitMs: 60_000, Running: true}),
		"queue_backlog": record(t, alert.QueueBacklog, alert.Warning, alert.Facts{Metric: "pending", Operator: "gt", Value: 12_345, Threshold: 100, Pending: 12_345,
			High: 10, Normal: 12_000, Low: 335, OldestSeconds: 3_900, OldestExecution: "run-9", OldestWorkflow: "Faktury", RatePerMinute: 4.25,
			ClearSeconds: 174_300}),
		"resource_threshold": record(t, alert.ResourceThreshold, alert.Warning, alert.Facts{Metric: "cpu.usage_percent", Value: 93.4, Threshold: 80,
			DurationMs: 300_000, Source: "engine", Consumers: []string{"OCR", "Faktury"}}),
		"custom": record(t, alert.Custom, alert.Warning, alert.Facts{Metric: "meta.invoices", Operator: "gte", Value: 1200, Threshold: 1000}),
	}
	for _, name := range []string{"queue_backlog", "resource_threshold"} {
		out[name] = withoutRun(out[name])
	}
	builtin := func(b alert.Builtin, f alert.Facts) *alert.Record {
		r := record(t, alert.Custom, alert.Error, f)
		r.Builtin, r.RuleName = b, string(b)
		return r
	}
	for _, r := range []*alert.Record{
		builtin(alert.DeadlineAtRisk, alert.Facts{Obligation: "JPK_V7M", Period: "2026-10", Due: "2026-11-25", BusinessDays: 2, Pending: 3}),
		builtin(alert.QueueMissesDeadline, alert.Facts{Obligation: "ZUS DRA", Period: "2026-10", Due: "2026-11-20", Pending: 40, RatePerMinute: 0.5, ClearSeconds: 90_000}),
		builtin(alert.MissedRun, alert.Facts{}),
		builtin(alert.EngineSilent, alert.Facts{DurationMs: 86_400_000}),
		builtin(alert.LongerThanUsual, alert.Facts{DurationMs: 900_000, UsualMs: 60_000}),
		builtin(alert.ChannelBroken, alert.Facts{ChannelType: "sms", Error: "HTTP 401"}),
	} {
		if r.Builtin != alert.LongerThanUsual && r.Builtin != alert.MissedRun {
			r = withoutRun(r)
		}
		out[string(r.Builtin)] = r
	}
	return out
}

func withoutRun(r *alert.Record) *alert.Record {
	r.WorkflowID, r.WorkflowName, r.ExecutionID, r.ClientRef = "", "", "", ""
	return r
}

// notices are every kind of message.
func notices(t testing.TB) map[string]notify.Notice {
	out := map[string]notify.Notice{}
	now := instant(t, "2026-11-23T01:15:00Z")
	add := func(name string, items ...notify.Item) { out[name] = notify.Notice{Key: "k", Now: now, Items: items} }
	for name, r := range samples(t) {
		add(name, notify.Item{Transition: alert.Triggered, Record: r})
	}
	failed := func() *alert.Record { return samples(t)["execution_failed"] }
	add("reminder", notify.Item{Transition: alert.Reminder, Record: failed()})
	escalated := failed()
	escalated.EscalationLevel, escalated.EscalatedAt = 2, now
	escalated.Comments = []alert.Comment{{By: "u1", At: now, Text: "Proszę zadzwonić"}}
	add("escalated", notify.Item{Transition: alert.EscalatedUp, Record: escalated, Fallback: true})
	add("delayed", notify.Item{Transition: alert.Triggered, Record: failed(), Delayed: true})
	for why, by := range map[string]string{alert.Cleared: "system", alert.Expired: "system", "rule_deleted": "system", "": "u1"} {
		r := failed()
		r.Status, r.ResolvedAt, r.ResolvedBy, r.ResolvedWhy = alert.Resolved, r.TriggeredAt+480_500_000_000, by, why
		add("resolved_"+closing(r), notify.Item{Transition: alert.ResolvedAway, Record: r})
		if why == alert.Cleared {
			add("resolved_delayed", notify.Item{Transition: alert.ResolvedAway, Record: r, Delayed: true})
		}
	}
	var many []notify.Item
	for n := range 14 {
		r := failed()
		r.WorkflowID, r.ExecutionID = fmt.Sprint("wf", n%6), fmt.Sprint("run-", n)
		many = append(many, notify.Item{Transition: alert.Triggered, Record: r, Delayed: n == 3})
	}
	many[7].Record = samples(t)["consecutive_failures"]
	many[7].Record.WorkflowID = "wf1"
	add("digest", many...)
	digest := out["digest"]
	digest.Digest = true
	out["digest"] = digest
	return out
}

// render is all that a message says, for people to read.
func render(m *notify.Message) string {
	var b strings.Builder
	for _, part := range []struct{ name, text string }{{"subject", m.Subject}, {"text", m.Text}, {"html", m.HTML}, {"sms", m.SMS}} {
		if part.text != "" {
			fmt.Fprintf(&b, "--- %s\n%s\n", part.name, strings.TrimRight(part.text, "\n"))
		}
	}
	if m.Slack != nil {
		var body struct {
			Text   string
			Blocks []struct{ Text struct{ Text string } }
		}
		if json.Unmarshal(m.Slack, &body) == nil {
			fmt.Fprintf(&b, "--- slack: %s\n%s\n", body.Text, body.Blocks[0].Text.Text)
		}
	}
	if m.JSON != nil {
		fmt.Fprintf(&b, "--- json\n%s\n", m.JSON)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

var channels = []notify.Type{notify.Email, notify.InApp, notify.Slack, notify.SMS, notify.Webhook}

// TestGoldenTexts holds every message to a text that a person has read (3.7, A11, B-24). HTML is kept of one.
func TestGoldenTexts(t *testing.T) {
	t.Parallel()
	for _, l := range []Language{Polish, English} {
		for name, n := range notices(t) {
			var b strings.Builder
			for _, channel := range channels {
				n.To = notify.Target{Type: channel}
				m := Compose(&n, options(t, l))
				if name != "execution_failed" {
					m.HTML = ""
				}
				b.WriteString("=== " + string(channel) + "\n" + render(&m))
			}
			require.NotRegexp(t, `\{[a-z]+\}`, b.String(), "a parameter was not given")
			golden(t, name+"."+string(l)+".txt", b.String())
		}
	}
}

// TestMinimalContent: nothing outside of the office names a client or an error, unless it may; subjects never do (B-104, 5.14).
func TestMinimalContent(t *testing.T) {
	t.Parallel()
	for name, n := range notices(t) {
		for _, channel := range channels {
			n.To = notify.Target{Type: channel}
			o := options(t, Polish)
			m := Compose(&n, o)
			all := render(&m)
			require.NotContains(t, all, "5260250274", "%s: a tax number in clear", name)
			require.NotContains(t, m.Subject, "K-042")
			require.NotContains(t, m.Subject, "odrzucony")
			if channel == notify.Slack || channel == notify.SMS || channel == notify.Webhook {
				require.NotContains(t, all, "K-042", "%s %s", name, channel)
				require.NotContains(t, all, "odrzucony", "%s %s", name, channel)
			}
		}
	}
	n := notices(t)["execution_failed"]
	o := options(t, Polish)
	o.Detailed = true
	n.To = notify.Target{Type: notify.Slack}
	m := Compose(&n, o)
	require.Contains(t, string(m.Slack), "K-042")
	require.Contains(t, string(m.Slack), "odrzucony")
	require.NotContains(t, string(m.Slack), "5260250274")
}

// hostile are records whose names are as long as they may be, and want to be more than names.
func hostile(t testing.TB) map[string]*alert.Record {
	out := samples(t)
	long := strings.Repeat("Żółć|€ ", 40)
	for _, r := range out {
		r.WorkflowName = "x\r\nBcc: zly@example.com\r\n<script>alert(1)</script>\u202e<!channel> & " + long
		r.RuleName, r.ExecutionID, r.ClientRef = r.WorkflowName, strings.Repeat("i", 128), long
		r.Facts.Step, r.Facts.Error = long, "\x00\r\n"+long
		r.Facts.Obligation, r.Facts.Source, r.Facts.Consumers = long, long, []string{long, long, long}
		r.Facts.OldestWorkflow, r.Facts.OldestExecution = long, r.ExecutionID
		r.Facts.Value, r.Facts.Threshold, r.Facts.Pending, r.Facts.InRow = 123456789012, 123456789012, 123456789012, 123456789
	}
	return out
}

var transitions = []alert.Transition{alert.Triggered, alert.Reminder, alert.EscalatedUp, alert.ResolvedAway}

// TestSMSFitsOnePart is the property of 3.6: whatever the names, one part of GSM-7, and the link whole.
func TestSMSFitsOnePart(t *testing.T) {
	t.Parallel()
	for _, records := range []map[string]*alert.Record{samples(t), hostile(t)} {
		for name, r := range records {
			for _, transition := range transitions {
				for _, l := range []Language{Polish, English} {
					for _, detailed := range []bool{false, true} {
						for n, why := range []string{alert.Cleared, alert.Expired, "rule_deleted", ""} {
							if n > 0 && transition != alert.ResolvedAway {
								continue
							}
							o := options(t, l)
							o.Detailed = detailed
							r.ResolvedAt, r.ResolvedWhy = r.TriggeredAt+execution.Instant(1e18), why
							n := notify.Notice{To: notify.Target{Type: notify.SMS}, Items: []notify.Item{{Transition: transition, Record: r}}}
							checkSMS(t, name, &n, o)
							n.Digest = true
							checkSMS(t, name, &n, o)
						}
					}
				}
			}
		}
	}
}

func checkSMS(t *testing.T, name string, n *notify.Notice, o *Options) {
	t.Helper()
	n.To.Options.Encoding = ""
	m := Compose(n, o)
	septets, ok := gsm7.Septets(m.SMS)
	require.True(t, ok, m.SMS)
	require.LessOrEqual(t, septets, gsm7.PartMax, "%s: %s", name, m.SMS)
	require.NotContains(t, m.SMS, "\n")
	resolved := n.Items[0].Transition == alert.ResolvedAway
	require.Equal(t, !resolved, strings.HasSuffix(m.SMS, linkHost+"/a/AbCdEf123456"), m.SMS)

	n.To.Options.Encoding = ucs2
	m = Compose(n, o)
	require.LessOrEqual(t, gsm7.Units(m.SMS), gsm7.WideTwoPartsMax, "%s: %s", name, m.SMS)
	require.Equal(t, !resolved, strings.HasSuffix(m.SMS, linkHost+"/a/AbCdEf123456"), m.SMS)
}

func TestLinkOfSMSIsNeverCut(t *testing.T) {
	t.Parallel()
	o := options(t, Polish)
	link := "https://" + strings.Repeat("bardzo-", 20) + "dlugi.example/a/AbCdEf123456"
	o.Links = func(*alert.Record) Links { return Links{Acknowledge: link} }
	n := notices(t)["execution_failed"]
	n.To.Type = notify.SMS
	require.Equal(t, link, Compose(&n, o).SMS)
}

// TestNamesStayNames: no header, no markup, no command comes from a name (B-93).
func TestNamesStayNames(t *testing.T) {
	t.Parallel()
	for name, r := range hostile(t) {
		for _, transition := range transitions {
			for _, channel := range channels {
				r.ResolvedAt, r.ResolvedWhy = r.TriggeredAt, alert.Cleared
				n := notify.Notice{To: notify.Target{Type: channel}, Items: []notify.Item{{Transition: transition, Record: r, Delayed: true}}}
				o := options(t, Polish)
				o.Detailed = true
				o.Links = func(*alert.Record) Links {
					return Links{View: "javascript:alert(1)", Acknowledge: "https://x.example/\r\nBcc: y"}
				}
				m := Compose(&n, o)
				require.NotContains(t, m.Subject, "\r", name)
				require.NotContains(t, m.Subject, "\n", name)
				require.LessOrEqual(t, utf8.RuneCountInString(m.Subject), subjectRunesMax, m.Subject)
				require.NotContains(t, m.HTML, "<script", name)
				require.NotContains(t, render(&m), "javascript:")
				require.NotContains(t, m.Text, "\nBcc:")
				require.NotContains(t, render(&m), "\u202e")
				require.NotContains(t, string(m.Slack), "<!channel>")
				if m.Slack != nil {
					checkSlack(t, m.Slack)
				}
				if m.JSON != nil {
					require.True(t, json.Valid(m.JSON))
				}
			}
		}
	}
}

func checkSlack(t *testing.T, raw json.RawMessage) {
	t.Helper()
	var body struct {
		Blocks []struct{ Text struct{ Text string } }
	}
	require.NoError(t, json.Unmarshal(raw, &body))
	require.LessOrEqual(t, utf8.RuneCountInString(body.Blocks[0].Text.Text), slackRunesMax)
	require.NotContains(t, body.Blocks[0].Text.Text, "<!")
}

// TestAbbreviationsEndSentencesOnce: "1 godz." at the end of a sentence has one dot.
func TestAbbreviationsEndSentencesOnce(t *testing.T) {
	t.Parallel()
	for name, n := range notices(t) {
		for _, channel := range channels {
			n.To.Type = channel
			m := Compose(&n, options(t, Polish))
			require.NotContains(t, render(&m), "..", name)
		}
	}
}

func TestTrialMessages(t *testing.T) {
	t.Parallel()
	for _, l := range []Language{Polish, English} {
		var b strings.Builder
		for _, channel := range channels {
			m := Trial(notify.Target{Type: channel}, "k", instant(t, "2026-11-23T01:14:00Z"), options(t, l))
			b.WriteString("=== " + string(channel) + "\n" + render(&m))
		}
		golden(t, "trial."+string(l)+".txt", b.String())
	}
	m := Trial(notify.Target{Type: notify.SMS}, "k", 0, options(t, Polish))
	n, ok := gsm7.Septets(m.SMS)
	require.True(t, ok)
	require.LessOrEqual(t, n, gsm7.PartMax)
}

func TestSentencesAreTheSeeds(t *testing.T) { // 3.1, column 3
	t.Parallel()
	want := map[string]string{
		"execution_failed":     `Workflow "Generowanie JPK" nie powiódł się. Execution ID: run-1017`,
		"consecutive_failures": `Workflow "Generowanie JPK" zanotował serię niepowodzeń`,
		"slow_execution":       `Workflow "Generowanie JPK" wykonał się wolniej niż oczekiwano (90000ms)`,
		"high_error_rate":      `Workflow "Generowanie JPK" ma wysoki współczynnik błędów`,
		"queue_backlog":        `Wykryto zaległości w kolejce wykonań workflow`,
		"execution_timeout":    `Workflow "Generowanie JPK" przekroczył limit czasu (1 godz.)`,
		"resource_threshold":   `Przekroczono próg zasobów: Procesor 93,4% (próg 80%)`,
		"custom":               `Alert: Nocne JPK`,
	}
	records := samples(t)
	for name, sentence := range want {
		require.Equal(t, sentence, Polish.Sentence(records[name]))
		require.NotEmpty(t, English.Sentence(records[name]))
	}
}

// TestMorningReport: it also comes when nothing happened, and says what no report means.
func TestMorningReport(t *testing.T) {
	t.Parallel()
	now := instant(t, "2026-11-23T06:00:00Z")
	full := &Morning{
		From: instant(t, "2026-11-22T17:00:00Z"), To: now, FailedTotal: 12, WaitingTotal: 1, OpenAlerts: 2,
		Waiting: []MorningRun{{WorkflowName: "Faktury", ExecutionID: "run-5", ClientRef: "K-007", Step: "Akceptacja", At: instant(t, "2026-11-22T15:00:00Z")}},
		Due: []MorningDeadline{
			{Name: "JPK_V7M", Period: "2026-10", Due: "2026-11-25", BusinessDays: 2, Confirmed: true},
			{Name: "ZUS DRA", Period: "2026-10", Due: "2026-11-23"}, {Name: "PIT-4R", Period: "2026-10", Due: "2026-11-20", BusinessDays: -1, Confirmed: true},
		},
		BackupAt: instant(t, "2026-11-22T01:00:00Z"), BackupProblem: "disk full", View: linkHost + "/",
	}
	for range 12 {
		full.Failed = append(full.Failed, MorningRun{WorkflowName: "Generowanie JPK", ExecutionID: "run-9", ClientRef: "K-042", Step: "Wysyłka",
			Error: "NIP 5260250274 <b>", At: instant(t, "2026-11-23T01:14:00Z")})
	}
	empty := &Morning{From: full.From, To: now, BackupAt: execution.NoInstant}
	for _, l := range []Language{Polish, English} {
		for name, m := range map[string]*Morning{"full": full, "empty": empty} {
			got := Report(m, "k", now, options(t, l))
			require.NotContains(t, got.HTML, "<b>")
			require.NotContains(t, got.Text, "5260250274")
			golden(t, "morning_"+name+"."+string(l)+".txt", render(&got))
			if l == Polish {
				require.Contains(t, got.Text, "Brak raportu = sprawdź serwer.")
			}
		}
	}
}
