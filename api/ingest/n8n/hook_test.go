package n8n

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest"
	"flowwatch/api/ingest/ingesttest"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// recorded is what one execution told of itself, in the order in which it came.
func recorded(t *testing.T, file, executionID string) (events []execution.Event) {
	t.Helper()
	body, err := os.ReadFile("testdata/" + file)
	require.NoError(t, err)
	batch, err := Decode(ingest.NewCodec(), body, "application/x-ndjson", "biuro", ingesttest.Now)
	require.NoError(t, err)
	require.Empty(t, batch.Rejected)
	for _, e := range batch.Events {
		if e.ExecutionID == "n8n:biuro:"+executionID {
			events = append(events, e)
		}
	}
	return events
}

func merged(events []execution.Event) *execution.Execution {
	x := execution.New(events[0].ExecutionID)
	for k := range events {
		execution.Apply(x, &events[k])
	}
	return x
}

func statuses(x *execution.Execution) map[string]string {
	all := map[string]string{}
	for _, s := range x.Steps() {
		all[s.Name] = s.Status.String()
	}
	return all
}

// recordings are the files, and the numbers that n8n gave to the runs in them.
var recordings = []struct{ file, good, bad, loop, sleeper string }{
	{"recorded-2.8.4.ndjson", "1", "2", "4", "5"},
	{"recorded-2.41.1.ndjson", "1", "2", "3", "4"},
}

func TestRecordedRunsEndAsTheyDid(t *testing.T) {
	t.Parallel()
	for _, r := range recordings {
		x := merged(recorded(t, r.file, r.good))
		s := x.Summary()
		require.Equal(t, execution.Completed, s.Status, r.file)
		require.Equal(t, "Faktura do KSeF", s.WorkflowName)
		require.JSONEq(t, `{"externalId":"1","source":"biuro","mode":"webhook"}`, string(s.Metadata))
		require.Equal(t, 100, s.Progress)
		require.Equal(t, map[string]string{
			"Start": "completed", "Compute VAT": "completed", "Over limit?": "completed", "Pause": "completed", "Send to KSeF": "completed",
			"Below limit": "skipped",
		}, statuses(x), "the branch not taken was skipped")

		x = merged(recorded(t, r.file, r.bad))
		s = x.Summary()
		require.Equal(t, execution.Failed, s.Status, r.file)
		require.Contains(t, s.Error.Message, "service unavailable")
		require.Equal(t, "failed", statuses(x)["Send to KSeF"], "although n8n said live that it finished")
		require.Equal(t, "pending", statuses(x)["Below limit"])

		x = merged(recorded(t, r.file, r.loop))
		require.Equal(t, execution.Completed, x.Summary().Status, r.file)
		require.Len(t, stepOf(t, x, "Post item").Attempts, 3, "each turn of a loop is a run of the node")
	}
}

// stepOf is the step with the name, and its attempts.
func stepOf(t *testing.T, x *execution.Execution, name string) execution.Step {
	t.Helper()
	for _, s := range x.Steps() {
		if s.Name == name {
			whole, ok := x.Step(s.StepID)
			require.True(t, ok)
			return whole
		}
	}
	require.Fail(t, "no step "+name)
	return execution.Step{}
}

// A run that n8n put to sleep waits, and goes on as the same execution when it is woken.
func TestASleepingRunWaitsAndGoesOn(t *testing.T) {
	t.Parallel()
	for _, r := range recordings {
		events := recorded(t, r.file, r.sleeper)
		woken := slices.IndexFunc(events, func(e execution.Event) bool { return e.Type == execution.ExecutionWaiting }) + 1
		asleep := merged(events[:woken])
		s := asleep.Summary()
		require.Equal(t, execution.Waiting, s.Status, r.file)
		require.Contains(t, string(s.Metadata), `"waitTill":"2026-11-23T12:4`)
		require.True(t, s.WaitingSince.Present())
		whole := merged(events).Summary()
		require.Equal(t, execution.Completed, whole.Status)
		require.InDelta(t, 70_000, whole.WaitingMs, 200)
		require.Equal(t, s.StartedAt, whole.StartedAt)
		ms, _ := whole.DurationMs(whole.CompletedAt)
		require.InDelta(t, 70_150, ms, 250)
		require.Equal(t, "completed", statuses(merged(events))["Pause"])
	}
}

// What the shipped hook sent of workflows that end well, fail, are stopped, take too long, loop, begin others and are begun again.
func TestWhatTheHookSentEndsAsItDid(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"sent-2.8.4.ndjson", "sent-2.41.1.ndjson"} {
		of := func(id string) execution.Summary { return merged(recorded(t, file, id)).Summary() }
		want := map[string]execution.Status{
			"1": execution.Completed, "2": execution.Failed, "3": execution.Completed, "4": execution.Failed, "5": execution.Completed, "6": execution.Completed,
			"7": execution.Completed, "8": execution.Cancelled, "9": execution.Failed,
		}
		for id, status := range want {
			require.Equal(t, status, of(id).Status, "%s %s", file, id)
		}
		require.InDelta(t, 68_000, of("1").WaitingMs, 1_000, "it slept")
		require.True(t, of("2").TimedOut)
		require.NotNil(t, of("2").Error, "why it was stopped")
		require.Equal(t, "n8n:biuro:4", of("9").RetryOf)
		require.Contains(t, string(of("6").Metadata), `"parentExecutionId":"n8n:biuro:5"`)
		require.Len(t, stepOf(t, merged(recorded(t, file, "7")), "Wyślij pozycję").Attempts, 3)
	}
}

// The state is a function of the set of messages, whatever the order in which they come, once or twice.
func TestRecordedRunsAreTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"recorded-2.8.4.ndjson", "recorded-2.41.1.ndjson", "sent-2.8.4.ndjson", "sent-2.41.1.ndjson"} {
		for id := range 9 {
			events := recorded(t, file, strconv.Itoa(id+1))
			if events == nil {
				continue
			}
			x := merged(events)
			for seed := range uint64(50) {
				random := rand.New(rand.NewPCG(seed, 1))
				shuffled := slices.Concat(events, events[:random.IntN(len(events))])
				random.Shuffle(len(shuffled), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
				y := merged(shuffled)
				require.Equal(t, x.Summary(), y.Summary(), "%s %d, seed %d", file, id+1, seed)
				require.Equal(t, x.Steps(), y.Steps(), "%s %d, seed %d", file, id+1, seed)
			}
		}
	}
}

// decoded is what messages say, one a line.
func decoded(t *testing.T, lines ...string) ingest.Batch {
	t.Helper()
	batch, err := Decode(ingest.NewCodec(), []byte(strings.Join(lines, "\n")), "application/x-ndjson", "biuro", ingesttest.Now)
	require.NoError(t, err)
	ingesttest.Sound(t, &batch)
	return batch
}

// ended is a report of a run of 10:00:00 to 10:00:05 UTC.
func ended(status, more, runData string) string {
	return `{"hook":"workflow.postExecute","at":"2026-11-23T10:00:05.010Z","executionId":"7","workflow":{"id":"w","name":"Faktury"},"run":{"status":"` + status +
		`","startedAt":"2026-11-23T10:00:00Z","stoppedAt":"2026-11-23T10:00:05Z"` + more + `,"runData":{` + runData + `}}}`
}

func TestARunThatTookTooLongTimedOut(t *testing.T) {
	t.Parallel()
	report := ended("canceled", `,"error":{"name":"TimeoutExecutionCancelledError","message":"it timed out","reason":"timeout"}`, "")
	s := merged(decoded(t, report).Events).Summary()
	require.Equal(t, execution.Failed, s.Status)
	require.True(t, s.TimedOut)
	s = merged(decoded(t, ended("canceled", `,"error":{"message":"by hand","reason":"manual"}`, "")).Events).Summary()
	require.Equal(t, execution.Cancelled, s.Status)
	require.False(t, s.TimedOut)
	live := `{"event":"execution-cancelled","at":"2026-11-23T10:00:05Z","executionId":"7","reason":"`
	require.True(t, merged(decoded(t, live+`timeout"}`).Events).Summary().TimedOut)
	require.Equal(t, execution.Cancelled, merged(decoded(t, live+`manual"}`).Events).Summary().Status)
}

// What is said live is only that a node finished; the report says how, also of nodes that failed and let the run go on.
func TestAReportKnowsBetterHowANodeEnded(t *testing.T) {
	t.Parallel()
	const at = "1795428002000" // 10:00:02
	live := []string{
		`{"event":"node-pre-execute","at":"2026-11-23T10:00:02Z","executionId":"7","node":"VAT","run":0}`,
		`{"event":"node-post-execute","at":"2026-11-23T10:00:02.9Z","executionId":"7","node":"VAT","run":0}`,
	}
	report := ended("success", "", `"VAT":[{"run":0,"startTime":`+at+`,"executionTime":850,"finishedAt":1795428002900,"executionStatus":"error","error":{"message":"503","description":"bramka","code":503}}]`)
	x := merged(decoded(t, append(live, report)...).Events)
	require.Equal(t, execution.Completed, x.Summary().Status)
	step := stepOf(t, x, "VAT")
	require.Equal(t, "failed", step.Status.String())
	require.Len(t, step.Attempts, 1)
	require.Equal(t, &execution.ErrorInfo{Code: "503", Message: "503\nbramka"}, step.Attempts[0].Error)
}

// A run begun again brings along what the earlier one did, with its times.
func TestARetryTellsOnlyOfItself(t *testing.T) {
	t.Parallel()
	const earlier, own = "1795420000000", "1795428001000"
	nodes := `"Start":[{"startTime":` + earlier + `,"executionTime":1,"executionStatus":"success"}],"VAT":[{"startTime":` + own + `,"executionTime":1,"executionStatus":"success"}]`
	x := merged(decoded(t, ended("success", `,"mode":"retry","retryOf":"3"`, nodes)).Events)
	require.Equal(t, map[string]string{"VAT": "completed"}, statuses(x))
	s := x.Summary()
	require.Equal(t, "n8n:biuro:3", s.RetryOf)
	require.Equal(t, "2026-11-23T10:00:00Z", s.StartedAt.Time().Format(time.RFC3339))
	require.Zero(t, s.WaitingMs)
}

// After a crash n8n makes up what it knows, with seconds where it has milliseconds else.
func TestACrashedRunIsRead(t *testing.T) {
	t.Parallel()
	x := merged(decoded(t, ended("crashed", "", `"VAT":[{"startTime":1795428002,"executionTime":-1,"executionIndex":0,"executionStatus":"crashed","error":{"message":"n8n may have run out of memory"}}]`)).Events)
	require.Equal(t, execution.Failed, x.Summary().Status)
	step := stepOf(t, x, "VAT")
	require.Equal(t, "failed", step.Status.String())
	require.Equal(t, "2026-11-23T10:00:02Z", step.StartedAt.Time().Format(time.RFC3339))
}

// A report too large for a message comes in parts, which say what the whole would have said.
func TestPartsOfAReportAreAsGoodAsTheWhole(t *testing.T) {
	t.Parallel()
	turn := func(run int) string {
		return fmt.Sprintf(`{"run":%d,"startTime":%d,"executionTime":5,"executionStatus":"success"}`, run, 1_795_428_000_100+10*run)
	}
	var whole, parts []string
	for run := range 10 {
		whole = append(whole, turn(run))
		parts = append(parts, ended("success", "", `"VAT":[`+turn(run)+`]`))
	}
	x := merged(decoded(t, ended("success", "", `"VAT":[`+strings.Join(whole, ",")+`]`)).Events)
	y := merged(decoded(t, parts...).Events)
	require.Equal(t, x.Summary(), y.Summary())
	require.Equal(t, x.Steps(), y.Steps())
	require.Len(t, stepOf(t, y, "VAT").Attempts, 10)
}

// A few bytes are news of a run of a node, so that their number has a limit beside that of bytes.
func TestReportsAreBounded(t *testing.T) {
	t.Parallel()
	runs := func(n int) string {
		return ended("success", "", `"VAT":[`+strings.TrimSuffix(strings.Repeat(`{"startTime":1795428000100,"executionStatus":"success"},`, n), ",")+`]`)
	}
	batch := decoded(t, runs(triesMax), runs(triesMax+1))
	require.Len(t, batch.Events, 2*triesMax+2)
	require.Equal(t, ingest.CodeTooLarge, batch.Rejected[0].Code)
	for _, media := range []string{"application/x-ndjson", "application/json"} {
		body, separator := "", "\n"
		if media == "application/json" {
			separator = ","
		}
		body = strings.TrimSuffix(strings.Repeat(runs(triesMax)+separator, 5), separator)
		if media == "application/json" {
			body = "[" + body + "]"
		}
		_, err := Decode(ingest.NewCodec(), []byte(body), media, "", ingesttest.Now)
		require.Equal(t, "too_many_events", fault.Of(err).Code, media)
	}
}

func TestWhatAMessageMustSay(t *testing.T) {
	t.Parallel()
	batch := decoded(t,
		`{"event":"node-pre-execute","at":"2026-11-23T10:00:00Z","executionId":"1"}`,
		`{"event":"node-pre-execute","executionId":"1","node":"a"}`,
		`{"event":"workflow-pre-execute","at":"2026-11-23T10:00:00Z"}`,
		`{"event":"workflow-pre-execute","at":"yesterday","executionId":"1"}`,
		`{"hook":"workflow.postExecute","at":"2026-11-23T10:00:00Z","run":{}}`,
		`{"hook":"workflow.postExecute","at":"2026-11-23T10:00:00Z","executionId":"1"}`,
		`{"hook":"workflow.postExecute","executionId":"1","run":{}}`,
		`{"event":"user-logged-in"}`, `{"hook":"workflow.preExecute"}`,
		`{"event":"node-pre-execute","at":"2026-11-23T10:00:00Z","executionId":1,"node":"a","run":-1}`,
	)
	var codes []string
	for _, r := range batch.Rejected {
		codes = append(codes, r.Code)
	}
	missing := ingest.CodeMissingField
	require.Equal(t, []string{missing, missing, missing, ingest.CodeInvalidTimestamp, missing, missing, ingest.CodeInvalidTimestamp}, codes)
	require.Equal(t, 2, batch.Ignored)
	require.Len(t, batch.Events, 1)
}

// The plan is what can be reached from where the run began, in the order of its items; of a loop the way back is no dependency.
func TestThePlanFollowsTheItems(t *testing.T) {
	t.Parallel()
	link := func(nodes ...string) string {
		var out []string
		for _, n := range nodes {
			out = append(out, `{"node":"`+n+`","type":"main","index":0}`)
		}
		return "[" + strings.Join(out, ",") + "]"
	}
	connections := `{"a":{"main":[` + link("b", "c") + `]},"b":{"main":[` + link("d") + `]},"c":{"main":[null,` + link("d") + `]},"d":{"main":[` + link("e") + `,` + link("a") +
		`]},"other":{"main":[` + link("d") + `]},"tool":{"ai_tool":[` + link("b") + `]},"odd":7}`
	first := func(connections string) execution.Event {
		return decoded(t, `{"event":"node-pre-execute","at":"2026-11-23T10:00:00Z","executionId":"1","node":"a","workflow":{"id":"w","connections":`+connections+`}}`).Events[0]
	}
	require.Equal(t, []execution.PlanStep{
		{StepID: "a", Name: "a"}, {StepID: "b", Name: "b", DependsOn: []string{"a"}}, {StepID: "c", Name: "c", DependsOn: []string{"a"}},
		{StepID: "d", Name: "d", DependsOn: []string{"b", "c"}}, {StepID: "e", Name: "e", DependsOn: []string{"d"}},
	}, first(connections).Plan)
	require.Nil(t, first("null").Plan)
	require.Nil(t, first(`{"x":{"main":[`+link("y")+`]}}`).Plan, "it cannot be reached")
	var chain []string
	for k := range nodesMax + 1 {
		from := fmt.Sprint("n", k)
		if k == 0 {
			from = "a"
		}
		chain = append(chain, `"`+from+`":{"main":[`+link(fmt.Sprint("n", k+1))+`]}`)
	}
	require.Nil(t, first("{"+strings.Join(chain, ",")+"}").Plan, "too large to be shown before it runs")
}
