package ingest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

const (
	typical = `{"eventId":"0192f0c1-7a3e-7c11-9a55-1f0d3e5b7a01","type":"step.completed","timestamp":"2026-11-23T13:59:59.123Z",` +
		`"executionId":"exec-2026-11-000123","workflowId":"vat-jpk-monthly","workflowName":"JPK_V7M miesięczny","stepId":"validate",` +
		`"stepName":"Walidacja","attempt":1,"durationMs":1250,"cpuUsagePercent":35.5,"memoryUsageMb":128,"clientRef":"K-0042"}`
	failing = `{"type":"execution.failed","executionId":"e1","workflowId":"w1","timestamp":"2026-11-23T14:00:00+01:00",` +
		`"error":{"type":"Timeout","code":504,"message":"brak odpowiedzi\nKSeF","stack":"at x\r\n\tat y"},"metadata":{"a":[1,{"b":"\u00f3"}]},` +
		`"tags":["vat","pilne"],"steps":[{"stepId":"a","name":"A"},{"stepId":"b","dependsOn":["a"]}],"progress":66.6,"timedOut":true,` +
		`"priority":"Critical","deadline":"2026-11-25T23:59:59Z","input":{"x":1.50},"output":[null],"retryOf":"e0","foreign":{"a":[]}}`
)

// awkward are bodies on the edges of the grammar and of the contract.
var awkward = []string{
	`[` + typical + `,1,"x",null,true,[],{}]`, `{"a":01}`, `{"a":1.}`, `{"a":1e}`, `{"a":-}`, `{"a":+1}`, `[1,]`, `{"a":1,}`, `{"a" 1}`, `tru`,
	`"\ud800"`, `"\u12"`, `"\x"`, "\"a\nb\"", `{"type":"\u0073tep.started","executionId":"e","workflowId":"w","\u0073tepId":"s"}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","type":"execution.failed","executionId":null,"executionId":"f"}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","durationMs":1e400}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","durationMs":-0,"progress":1e2,"attempt":2.0,"memoryUsageMb":1E-9}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","timestamp":"9999-12-31T23:59:59Z"}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","deadline":"2262-04-12T00:00:00Z"}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","deadline":"2262-01-12T00:00:00Z"}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","deadline":"2262-01-01T00:59:59+01:00"}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","deadline":"2261-12-31T23:00:00-01:00"}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","workflowName":"\ud83d\ude00 \udc00","clientRef":"a\u007fb"}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","metadata":{"a":"\u0000"}}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","metadata":{"a":"\\u0000"},"error":""}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","error":{}}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","error":{"code":true}}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","tags":[null]}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","steps":[null]}`,
	`{"type":"execution.started","executionId":"e","workflowId":"w","steps":[{"stepId":"a","dependsOn":["a",1]}]}`,
	strings.Repeat(`[`, 70) + strings.Repeat(`]`, 70), `{"a":` + strings.Repeat(`[`, 80) + strings.Repeat(`]`, 80) + `}`, "\xEF\xBB\xBF[]", "\xff",
}

func decodeOne(t *testing.T, body string) execution.Event {
	t.Helper()
	batch, err := NewCodec().Decode([]byte(body), "application/json", "org", fuzzNow)
	require.NoError(t, err)
	require.Empty(t, batch.Rejected)
	require.Len(t, batch.Events, 1)
	return batch.Events[0]
}

func TestEventIsReadWhole(t *testing.T) {
	t.Parallel()
	e := decodeOne(t, failing)
	require.Equal(t, "Timeout", e.Error.Type)
	require.Equal(t, "504", e.Error.Code)
	require.Equal(t, "brak odpowiedzi\nKSeF", e.Error.Message)
	require.Equal(t, 67, e.Progress)
	require.Equal(t, []execution.PlanStep{{StepID: "a", Name: "A"}, {StepID: "b", Name: "b", DependsOn: []string{"a"}}}, e.Plan)
	require.Equal(t, time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC), e.Timestamp.Time())
	require.Equal(t, time.Date(2026, 11, 25, 23, 59, 59, 0, time.UTC), e.Deadline.Time())
	require.JSONEq(t, `{"a":[1,{"b":"ó"}]}`, string(e.Metadata))
	require.Equal(t, `{"x":1.50}`, string(e.Input))
	require.True(t, e.TimedOut)
	require.EqualValues(t, execution.Unknown, e.DurationMs)
	require.InDelta(t, execution.Unknown, e.CPUPercent, 0)
	require.Len(t, e.ID, 64)
}

// B-44: three priorities; what an engine called it stays known.
func TestPriorityOfTheEngineIsMappedAndKept(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]struct {
		priority execution.Priority
		original string
	}{
		"HIGH": {execution.High, ""}, "NORMAL": {execution.Normal, ""}, "LOW": {execution.Low, ""},
		"critical": {execution.High, "critical"}, "CRITICAL": {execution.High, "CRITICAL"}, "7": {execution.Normal, "7"},
		"high": {execution.Normal, "high"}, "": {execution.PriorityNone, ""},
	} {
		e := decodeOne(t, fmt.Sprintf(`{"type":"execution.queued","executionId":"e","workflowId":"w","priority":%q}`, given))
		require.Equal(t, want.priority, e.Priority, given)
		require.Equal(t, want.original, e.EnginePriority, given)
	}
}

// B-75: a clock that is ahead is noted and not believed; late times are taken as they are.
func TestTimesFarAheadBecomeReceivedTime(t *testing.T) {
	t.Parallel()
	at := func(s string) execution.Event {
		return decodeOne(t, fmt.Sprintf(`{"type":"execution.queued","executionId":"e","workflowId":"w","timestamp":%q}`, s))
	}
	for _, ahead := range []string{"2026-11-23T14:05:00.000000001Z", "2263-01-01T00:00:00Z", "9999-12-31T23:59:59Z"} {
		e := at(ahead)
		require.True(t, e.ClockSkewed, ahead)
		require.Equal(t, fuzzNow, e.Timestamp, ahead)
	}
	require.False(t, at("2026-11-23T14:05:00Z").ClockSkewed)
	require.Equal(t, execution.Instant(0), at("1970-01-01T00:00:00Z").Timestamp)
	require.Equal(t, execution.Instant(0), at("1970-01-01T02:00:00+02:00").Timestamp)
}

func TestEachBadEventIsRefusedAloneAndByItsCode(t *testing.T) {
	t.Parallel()
	event := func(members string) string {
		return `{"executionId":"e","workflowId":"w","type":"execution.started",` + members + `}`
	}
	deep := strings.Repeat(`{"a":`, 64) + `1` + strings.Repeat(`}`, 64)
	for bad, code := range map[string]string{
		`5`: CodeMalformed, `[{}]`: CodeMalformed,
		`{"executionId":"e","workflowId":"w"}`:                             CodeMissingField,
		`{"executionId":"e","type":"execution.started"}`:                   CodeMissingField,
		`{"workflowId":"w","type":"execution.started"}`:                    CodeMissingField,
		`{"executionId":"e","workflowId":"w","type":"step.started"}`:       CodeMissingField,
		`{"executionId":"e","workflowId":"w","type":"execution.exploded"}`: CodeUnknownType,
		`{"executionId":"e","workflowId":"w","type":7}`:                    CodeUnknownType,
		event(`"executionId":"a/b"`):                                       CodeInvalidID,
		event(`"executionId":"żółw"`):                                      CodeInvalidID,
		event(`"executionId":""`):                                          CodeInvalidID,
		event(`"executionId":12`):                                          CodeInvalidID,
		event(`"executionId":"active"`):                                    CodeInvalidID,
		event(`"eventId":"` + strings.Repeat("x", 129) + `"`):              CodeInvalidID,
		event(`"timestamp":"2026-11-23"`):                                  CodeInvalidTimestamp,
		event(`"timestamp":"2026-11-23T14:00:00"`):                         CodeInvalidTimestamp,
		event(`"timestamp":"1969-12-31T23:59:59Z"`):                        CodeInvalidTimestamp,
		event(`"timestamp":1700000000`):                                    CodeInvalidTimestamp,
		event(`"deadline":"2262-01-01T00:00:00Z"`):                         CodeInvalidTimestamp,
		event(`"workflowName":"a\u0000b"`):                                 CodeInvalidField,
		event(`"workflowName":"` + strings.Repeat("ż", 256) + `"`):         CodeInvalidField,
		event(`"error":"a\u0001b"`):                                        CodeInvalidField,
		event(`"progress":101`):                                            CodeInvalidField,
		event(`"progress":"50"`):                                           CodeInvalidField,
		event(`"attempt":0`):                                               CodeInvalidField,
		event(`"attempt":1.5`):                                             CodeInvalidField,
		event(`"durationMs":-1`):                                           CodeInvalidField,
		event(`"cpuUsagePercent":1e999`):                                   CodeInvalidField,
		event(`"tags":["` + strings.Repeat("t", 65) + `"]`):                CodeInvalidField,
		event(`"tags":[` + strings.Repeat(`"t",`, 32) + `"t"]`):            CodeInvalidField,
		event(`"metadata":[]`):                                             CodeInvalidField,
		event(`"metadata":{"a":"` + strings.Repeat("x", 32<<10) + `"}`):    CodeInvalidField,
		event(`"steps":[{"stepId":"a"},{"stepId":"a"}]`):                   CodeInvalidField,
		event(`"input":` + deep):                                           CodeInvalidField,
		event(`"input":"` + strings.Repeat("x", EventBytesMax) + `"`):      CodeTooLarge,
	} {
		batch, err := NewCodec().Decode([]byte(`[`+typical+`,`+bad+`,`+typical+`]`), "", "org", fuzzNow)
		require.NoError(t, err, "%.100s", bad)
		require.Equal(t, []int{0, 2}, batch.Positions, "%.100s", bad)
		require.Len(t, batch.Rejected, 1)
		require.Equal(t, 1, batch.Rejected[0].Index)
		require.Equal(t, code, batch.Rejected[0].Code, "%.100s: %s", bad, batch.Rejected[0].Message)
		require.NotEmpty(t, batch.Rejected[0].Message)
	}
	require.Len(t, decodeOne(t, event(`"workflowName":"`+strings.Repeat("ż", 255)+`"`)).WorkflowName, 510)
}

func TestBodyThatCannotBeReadIsRefusedWhole(t *testing.T) {
	t.Parallel()
	events := func(n int) string { return `[` + strings.Repeat(typical+`,`, n-1) + typical + `]` }
	for _, c := range []struct {
		name, body, media, code string
		kind                    fault.Kind
	}{
		{"cut", `[` + typical, "", "malformed_json", fault.Malformed},
		{"two values", typical + typical, "", "malformed_json", fault.Malformed},
		{"deep", strings.Repeat(`[`, 1<<20), "", "malformed_json", fault.Malformed},
		{"not UTF-8", `{"type":"` + "\xC5" + `"}`, "", "not_utf8", fault.Malformed},
		{"nothing", "", "", "empty", fault.Invalid},
		{"blank", " \n", "", "empty", fault.Invalid},
		{"no event", "[ ]", "", "empty", fault.Invalid},
		{"no line", "\n\n", "application/x-ndjson", "empty", fault.Invalid},
		{"media", typical, "text/plain", "unsupported_media_type", fault.Unsupported},
		{"too many", events(5001), "", "too_many_events", fault.TooLarge},
		{"too many lines", strings.Repeat("{}\n", 5001), "application/ndjson", "too_many_events", fault.TooLarge},
		{"too long", strings.Repeat(" ", BodyBytesMax+1), "", "body_too_large", fault.TooLarge},
	} {
		_, err := NewCodec().Decode([]byte(c.body), c.media, "org", fuzzNow)
		require.Error(t, err, c.name)
		require.Equal(t, c.code, fault.Of(err).Code, c.name)
		require.Equal(t, c.kind, fault.Of(err).Kind, c.name)
	}
	batch, err := NewCodec().Decode([]byte(events(5000)), "application/json; charset=utf-8", "org", fuzzNow)
	require.NoError(t, err)
	require.Len(t, batch.Events, 5000)
}

func TestBadLineIsRejectedAsMalformed(t *testing.T) {
	t.Parallel()
	body := typical + "\r\n\n" + typical[:50] + "\n[1]\n" + typical + " 5\n" + typical
	batch, err := NewCodec().Decode([]byte(body), "application/x-ndjson; charset=utf-8", "org", fuzzNow)
	require.NoError(t, err)
	require.Equal(t, []int{0, 4}, batch.Positions)
	require.Len(t, batch.Rejected, 3)
	for i, r := range batch.Rejected {
		require.Equal(t, i+1, r.Index)
		require.Equal(t, CodeMalformed, r.Code)
	}
}

// The derived id is a function of organisation and content, however written.
func TestDerivedIDDependsOnContentAlone(t *testing.T) {
	t.Parallel()
	id := func(organization, body string) string {
		batch, err := NewCodec().Decode([]byte(body), "", organization, fuzzNow)
		require.NoError(t, err)
		require.Empty(t, batch.Rejected)
		return batch.Events[0].ID
	}
	const base = `{"type":"step.failed","executionId":"e","workflowId":"w","stepId":"s","timestamp":"2026-11-23T13:00:00Z","output":{"a":1,"b":[2]}}`
	want := id("org", base)
	for _, same := range []string{
		` { "timestamp" : "2026-11-23T14:00:00.0+01:00", "output":{"b":[2.0], "\u0061":1e0},"type":"step.f\u0061iled",` +
			`"executionId":"e","workflowId":"w","stepId":"s","error":null,"organizationId":"x"}`,
		`{"type":"step.failed","executionId":"e","workflowId":"w","stepId":"s","timestamp":"2026-11-23T13:00:00Z","output":{"b":0,"a":1,"b":[2]}}`,
	} {
		require.Equal(t, want, id("org", same))
	}
	require.NotEqual(t, want, id("other", base))
	require.NotEqual(t, want, id("org", strings.Replace(base, `[2]`, `[3]`, 1)))
	require.NotEqual(t, want, id("org", strings.Replace(base, `13:00:00Z`, `13:00:00.001Z`, 1)))
	timeless := strings.Replace(base, `"timestamp":"2026-11-23T13:00:00Z",`, "", 1)
	first, second := id("org", timeless), id("org", timeless)
	require.NotEqual(t, first, second, "without a time each event is new")
}

func TestLongErrorsAreCutAtARune(t *testing.T) {
	t.Parallel()
	e := decodeOne(t, `{"type":"execution.failed","executionId":"e","workflowId":"w","error":"x`+strings.Repeat("ż", errorBytesMax)+`"}`)
	require.Equal(t, "x"+strings.Repeat("ż", errorBytesMax/2-1)+"…", e.Error.Message)
}

// 5.13: half a number would not be recognised, and not be masked.
func TestLongErrorsAreCutBeforeANumberThatWouldBeCutInTwo(t *testing.T) {
	t.Parallel()
	f := func(before, cut string) {
		t.Helper()
		for over := 1; over <= len(cut); over++ {
			text := strings.Repeat("a; ", errorBytesMax/3)
			text = text[:errorBytesMax-len(cut)-len(before)+over] + before + cut + " koniec"
			e := decodeOne(t, `{"type":"execution.failed","executionId":"e","workflowId":"w","error":`+strconv.Quote(text)+`}`)
			require.NotContains(t, e.Error.Message, cut[:min(len(cut), 4)])
			require.True(t, strings.HasSuffix(e.Error.Message, before+"…"), e.Error.Message[len(e.Error.Message)-100:])
		}
	}
	f(", numer:", "44051401359")
	f(`{"a":"`, "44051401359")
	f(", konto:", "61 1090 1014 0000 0712 1981 2874")
	f(", do:", "anna.nowak@biuro.example.pl")
}
