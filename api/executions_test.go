package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
)

func ago(d time.Duration) string { return before(time.Now())(d) }

// before is ago for times that belong together: from one moment, however busy the machine is.
func before(moment time.Time) func(time.Duration) string {
	return func(d time.Duration) string { return moment.Add(-d).UTC().Format(time.RFC3339Nano) }
}

// batch is one event for each of the lines, which are members of an object.
func batch(lines ...string) string { return "[{" + strings.Join(lines, "},{") + "}]" }

// S7, S8, S10, S11: all that the seed asks of a status, under its names.
func TestStatusOfAnExecutionHasEverythingTheSeedNames(t *testing.T) {
	t.Parallel()
	a, ago := newAppliance(t), before(time.Now())
	const of = `"executionId":"e-1","workflowId":"vat","workflowName":"JPK_V7M",`
	a.post(testSecret, batch(
		of+`"type":"execution.queued","timestamp":"`+ago(40*time.Second)+`","steps":[{"stepId":"a","name":"Pobierz"},{"stepId":"b","name":"Sprawdź","dependsOn":["a"]},{"stepId":"c","name":"Wyślij"}],"priority":"critical","clientRef":"K-1","tags":["vat"]`,
		of+`"type":"execution.started","timestamp":"`+ago(30*time.Second)+`","workflowVersion":"3","deadline":"2026-12-28T22:59:59Z","metadata":{"period":"2026-11"}`,
		of+`"type":"step.started","stepId":"b","timestamp":"`+ago(10*time.Second)+`"`,
		of+`"type":"step.completed","stepId":"a","timestamp":"`+ago(20*time.Second)+`"`,
		of+`"type":"step.started","stepId":"a","timestamp":"`+ago(25*time.Second)+`"`,
	))
	got := a.send("GET", "/api/monitoring/executions/e-1", testSecret, nil)
	var keys map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(got.body, &keys))
	for _, key := range []string{"executionId", "workflowId", "workflowName", "status", "priority", "progress", "currentStep", "currentSteps",
		"queuedAt", "startedAt", "completedAt", "duration", "attempt", "clientRef", "tags", "error", "seq",
		"steps", "workflowVersion", "deadline", "metadata", "averageDuration", "etaMs"} {
		require.Contains(t, keys, key)
	}
	x := decoded[ExecutionStatus](t, got)
	require.Equal(t, "running", x.Status)
	require.Equal(t, "HIGH", x.Priority)
	require.Equal(t, "critical", *x.EnginePriority)
	require.Equal(t, 33, x.Progress)
	require.Equal(t, "Sprawdź", *x.CurrentStep)
	require.GreaterOrEqual(t, *x.Duration, int64(30_000))
	require.Less(t, *x.Duration, int64(35_000))
	require.Equal(t, "null", string(keys["completedAt"]))
	require.Equal(t, "null", string(keys["error"]))
	require.Equal(t, "null", string(keys["averageDuration"]))
	require.JSONEq(t, `{"period":"2026-11"}`, string(x.Metadata))
	require.Regexp(t, `^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z"$`, string(keys["startedAt"]))
	var ids []string
	for _, step := range x.Steps {
		ids = append(ids, step.StepID+" "+step.Status)
	}
	require.Equal(t, []string{"a completed", "b running", "c pending"}, ids)
	require.Nil(t, x.Steps[1].Duration)
	require.EqualValues(t, 5000, *x.Steps[0].Duration)
	require.Equal(t, []string{"a"}, x.Steps[1].DependsOn)

	requireProblem(t, a.send("GET", "/api/monitoring/executions/e-2", testSecret, nil), 404, "not_found")
}

// AC1.2c, B-63: the list filters by status, counts, and pages to its end.
func TestListFiltersCountsAndPages(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	var events []string
	for i := range 25 {
		kind := []string{"execution.started", "execution.completed", "execution.failed", "execution.queued", "execution.waiting"}[i%5]
		at := time.Date(2026, 1, 1, 12, 0, i, 0, time.UTC).Format(time.RFC3339)
		of := fmt.Sprintf(`"executionId":"e-%02d","workflowId":"w%d","timestamp":%q`, i, i%2, at)
		events = append(events, of+`,"type":"execution.started"`, of+`,"type":"`+kind+`","error":"nie działa: jan@example.com\nstack"`)
	}
	a.post(testSecret, batch(events...))

	page := get[ExecutionPage](a, "/api/monitoring/executions?status=failed&status=completed&limit=3", testSecret)
	require.Len(t, page.Items, 3)
	require.Len(t, page.CountsByStatus, 6)
	require.EqualValues(t, 5, page.CountsByStatus["failed"])
	require.EqualValues(t, 0, page.CountsByStatus["cancelled"])
	seen := map[string]bool{}
	for cursor := ""; ; {
		page = get[ExecutionPage](a, "/api/monitoring/executions?status=failed,completed&limit=3&counts=false&cursor="+url.QueryEscape(cursor), testSecret)
		require.Nil(t, page.CountsByStatus)
		for _, item := range page.Items {
			require.Contains(t, []string{"failed", "completed"}, item.Status)
			require.False(t, seen[item.ExecutionID])
			seen[item.ExecutionID] = true
		}
		if page.NextCursor == nil {
			break
		}
		cursor = *page.NextCursor
	}
	require.Len(t, seen, 10)

	all := get[ExecutionPage](a, "/api/monitoring/executions?limit=100", testSecret).Items
	require.Len(t, all, 25)
	for i := 1; i < len(all); i++ {
		require.LessOrEqual(t, all[i].StartedAt, all[i-1].StartedAt)
	}
	failed := get[ExecutionPage](a, "/api/monitoring/executions?status=failed&workflowId=w0", testSecret).Items
	require.NotContains(t, *failed[0].Error, "jan@example.com")
	require.NotContains(t, *failed[0].Error, "stack")
	// S27, B-95: active is pending, running and waiting.
	active := get[ExecutionPage](a, "/api/monitoring/executions/active?limit=100", testSecret).Items
	require.Len(t, active, 15)
	require.Len(t, get[ExecutionPage](a, "/api/monitoring/executions/active?limit=1&workflowId=w1", testSecret).Items, 1)
}

// B-108: times come under several names, and a plus may have become a space.
func TestRangesAreReadUnderAllTheirNames(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(
		`"type":"execution.started","executionId":"e1","workflowId":"w","timestamp":"2026-01-01T10:00:00Z"`,
		`"type":"execution.started","executionId":"e2","workflowId":"w","timestamp":"2026-01-01T11:00:00Z"`,
		`"type":"execution.started","executionId":"e3","workflowId":"w","timestamp":"2026-01-01T12:00:00Z"`,
	))
	for query, n := range map[string]int{
		"from=2026-01-01T11:00:00Z":                                       2,
		"start=2026-01-01T11:00:00Z&end=2026-01-01T11:00:00Z":             1,
		"startTime=2026-01-01T12:00:00+01:00":                             2,
		"startTime=2026-01-01T12:00:00%2B01:00":                           2,
		"from=2026-01-01T10:00:00.001Z&endTime=2026-01-01T13:00:00+01:00": 2,
		"from=2026-01-01T12:00:00.000000001Z":                             0,
		"from=&to=":                                                       3,
	} {
		require.Len(t, get[ExecutionPage](a, "/api/monitoring/executions?"+query, testSecret).Items, n, query)
	}
}

// B-35: a step says all; what it carried depends on who asks.
func TestStepDetailHidesDataFromRolesWithoutTheRight(t *testing.T) {
	t.Parallel()
	a, ago := newAppliance(t), before(time.Now())
	const of = `"executionId":"e","workflowId":"w","stepId":"s","stepName":"Wyślij",`
	a.post(testSecret, batch(
		of+`"type":"step.started","timestamp":"`+ago(9*time.Second)+`","input":{"faktura":"FV/1"}`,
		of+`"type":"step.failed","timestamp":"`+ago(8*time.Second)+`","error":{"type":"Net","code":"E1","message":"pierwsza\ndruga","stack":"at x"}`,
		of+`"type":"step.started","timestamp":"`+ago(7*time.Second)+`","input":{"faktura":"FV/2"}`,
		of+`"type":"step.completed","timestamp":"`+ago(5*time.Second)+`","output":[1,2],"cpuUsagePercent":12.5,"memoryUsageMb":64,"inputSizeBytes":10,"outputSizeBytes":5`,
	))
	path := "/api/monitoring/executions/e/steps/s"
	step := get[StepDetail](a, path, a.token("", access.WorkflowAdmin))
	require.False(t, step.IOHidden)
	require.JSONEq(t, `{"faktura":"FV/2"}`, string(step.Input))
	require.JSONEq(t, `[1,2]`, string(step.Output))
	require.Equal(t, "completed", step.Status)
	require.EqualValues(t, 2000, *step.Duration)
	require.InDelta(t, 12.5, *step.CPUUsagePercent, 0)
	require.EqualValues(t, 5, *step.OutputSizeBytes)
	require.Len(t, step.Attempts, 2)
	require.Equal(t, "failed", step.Attempts[0].Status)
	require.Equal(t, "pierwsza\ndruga", step.Attempts[0].Error.Message)
	require.Equal(t, "at x", *step.Attempts[0].Error.Stack)
	require.Nil(t, step.Attempts[0].CPUUsagePercent)

	for role, hidden := range map[access.Role]bool{access.Viewer: true, access.Auditor: true, access.OrgAdmin: true, access.Accountant: false} {
		got := a.send("GET", path, a.token("", role), nil)
		require.Equal(t, http.StatusOK, got.status)
		seen := decoded[StepDetail](t, got)
		require.Equal(t, hidden, seen.IOHidden, role)
		require.Equal(t, hidden, string(seen.Input) == "null", role)
		require.NotContains(t, string(got.body), "at x")
	}
	requireProblem(t, a.send("GET", path+"x", testSecret, nil), 404, "not_found")
}

// A whole input of 256 KiB is kept, a longer one is marked as cut.
func TestLongPayloadsAreMarkedAsCut(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	a.post(testSecret, batch(`"type":"step.started","executionId":"e","workflowId":"w","stepId":"s","input":"`+strings.Repeat("x", 300<<10)+`"`))
	type input struct {
		Input struct {
			Truncated bool
			SizeBytes int
		}
	}
	cut := get[input](a, "/api/monitoring/executions/e/steps/s", a.token("", access.Accountant))
	require.True(t, cut.Input.Truncated)
	require.Equal(t, 300<<10+2, cut.Input.SizeBytes)
}

func TestIDsWithEveryCharacterOfTheAlphabetAreFound(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for _, id := range []string{"n8n:prod:231", "a.b", "a-b_c", "..", "steps", strings.Repeat("x", 128)} {
		a.post(testSecret, batch(`"type":"step.started","executionId":"`+id+`","workflowId":"w","stepId":"`+id+`"`))
		for _, escaped := range []string{id, strings.ReplaceAll(id, ":", "%3A")} {
			if id == ".." {
				escaped = "%2E%2E" // else the client itself resolves it
			}
			require.Equal(t, id, get[ExecutionStatus](a, "/api/monitoring/executions/"+escaped, testSecret).ExecutionID)
			require.Equal(t, id, get[StepDetail](a, "/api/monitoring/executions/"+escaped+"/steps/"+escaped, testSecret).StepID)
		}
	}
}
