package cloudevents

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
)

// permuted calls fn with every order of the numbers below n.
func permuted(order []int, n int, fn func([]int)) {
	if len(order) == n {
		fn(order)
		return
	}
	for next := range n {
		taken := false
		for _, one := range order {
			taken = taken || one == next
		}
		if !taken {
			permuted(append(order[:len(order):len(order)], next), n, fn)
		}
	}
}

// What becomes of a run does not depend on the order in which its events come, nor on some that come twice.
func TestPipelinesAreTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	for _, of := range []struct{ file, media, execution string }{
		{"testdata/cdevents.ndjson", "application/x-ndjson", "cdevents:biuro-wydania.ce01cc7c:wydania-nocne-118.7a36cc46"},
		{"testdata/tekton.json", BatchMediaType, "tekton:biuro:4ccb4f01-3ecc-4eb4-87e1-76f04efeee5c"},
	} {
		body, err := os.ReadFile(of.file)
		require.NoError(t, err)
		batch := decode(t, string(body), of.media)
		var events []execution.Event
		for _, e := range batch.Events {
			if e.ExecutionID == of.execution {
				events = append(events, e)
			}
		}
		require.GreaterOrEqual(t, len(events), 5)
		var want string
		permuted(nil, len(events), func(order []int) {
			x := execution.New(of.execution)
			for _, n := range order {
				require.Equal(t, execution.Applied, execution.Apply(x, &events[n]))
			}
			require.Equal(t, execution.Duplicate, execution.Apply(x, &events[order[0]]))
			got := fmt.Sprintf("%+v %+v", x.Summary(), x.Steps())
			if want == "" {
				want = got
				require.Equal(t, execution.Failed, x.Summary().Status)
			}
			require.Equal(t, want, got, "%v", order)
		})
	}
}

func one(t *testing.T, kind, data string) execution.Event {
	t.Helper()
	batch := decode(t, `{"specversion":"1.0","id":"1","source":"/s","time":"2026-11-23T12:00:00Z","type":"`+kind+`","data":`+data+`}`, MediaType)
	require.Len(t, batch.Events, 1, "%v", batch.Rejected)
	return batch.Events[0]
}

// The versions differ in what else they say; what a run is, and how it ended, is read alike of all.
func TestVersionsOfCDEventsAreReadAlike(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"0.1.0", "0.1.1", "0.2.0", "0.3.0", "0.3.0-draft", "1.0.0"} {
		for outcome, want := range map[string]execution.EventType{
			"success": execution.ExecutionCompleted, "failure": execution.ExecutionFailed, "error": execution.ExecutionFailed,
			"cancel": execution.ExecutionCancelled, "cancelled": execution.ExecutionCancelled, "Success": execution.ExecutionCompleted,
		} {
			e := one(t, "dev.cdevents.pipelinerun.finished."+version, `{"subject":{"id":"r","content":{"pipelineName":"p","outcome":"`+outcome+`"}}}`)
			require.Equal(t, want, e.Type, "%s %s", version, outcome)
			require.Equal(t, []string{"cdevents:s.", "cdevents:p"}, []string{e.ExecutionID[:11], e.WorkflowID})
		}
	}
	require.Equal(t, execution.ExecutionFailed, one(t, "dev.cdevents.pipelinerun.finished.0.1.0", `{"subject":{"id":"r","content":{"errors":"x"}}}`).Type)
	for _, kind := range []string{"pipelinerun.finished", "pipelinerun.finished.", "pipelinerun", "taskrun.finished.x", "taskrun..0.1.0"} {
		batch := decode(t, `{"specversion":"1.0","id":"1","source":"/s","type":"dev.cdevents.`+kind+`","data":{"subject":{"id":"r"}}}`, MediaType)
		require.Len(t, batch.Rejected, 1, kind)
		require.Equal(t, ingest.CodeUnknownType, batch.Rejected[0].Code, kind)
	}
}

// Some give all events of a run one id, which CDEvents forbids: the type tells them apart. The same event is the same still.
func TestEventsWithOneIDStayApart(t *testing.T) {
	t.Parallel()
	const data = `{"subject":{"id":"r","content":{"pipelineName":"p","outcome":"success"}}}`
	begin, end := one(t, "dev.cdevents.pipelinerun.started.0.2.0", data), one(t, "dev.cdevents.pipelinerun.finished.0.2.0", data)
	require.NotEqual(t, begin.ID, end.ID)
	require.Equal(t, end.ID, one(t, "dev.cdevents.pipelinerun.finished.0.2.0", data).ID)
}

// A run and its tasks may be reported by several sources, if the tasks say which one the run's is.
func TestATaskNamesTheSourceOfItsRun(t *testing.T) {
	t.Parallel()
	run := one(t, "dev.cdevents.pipelinerun.started.0.2.0", `{"subject":{"id":"r","source":"/silnik","content":{"pipelineName":"p"}}}`)
	task := one(t, "dev.cdevents.taskrun.started.0.2.0", `{"subject":{"id":"t","source":"/inny","content":{"pipelineRun":{"id":"r","source":"/silnik"}}}}`)
	other := one(t, "dev.cdevents.pipelinerun.started.0.2.0", `{"subject":{"id":"r","source":"/inny","content":{"pipelineName":"p"}}}`)
	require.Equal(t, run.ExecutionID, task.ExecutionID)
	require.NotEqual(t, run.ExecutionID, other.ExecutionID)
	require.Equal(t, run.WorkflowID, other.WorkflowID)
}

// Parameters of Tekton are names beside values, in which no rule of masking finds a secret.
func TestParametersOfTektonAreNotKept(t *testing.T) {
	t.Parallel()
	body, err := os.ReadFile("testdata/tekton.json")
	require.NoError(t, err)
	require.Contains(t, string(body), "tajne")
	batch := decode(t, string(body), BatchMediaType)
	require.NotContains(t, fmt.Sprintf("%+v", batch.Events), "tajne")
	timedOut := 0
	for i := range batch.Events {
		if batch.Events[i].TimedOut {
			timedOut++
			require.True(t, strings.HasSuffix(batch.Events[i].ExecutionID, ":u-3"))
		}
	}
	require.Equal(t, 1, timedOut)
}

// Versions of Tekton before 0.63 say the run's uid by who owns the task's run only; one that says neither names the run.
func TestTektonTasksFindTheirRun(t *testing.T) {
	t.Parallel()
	for metadata, want := range map[string]string{
		`"ownerReferences":[{"kind":"Trigger","uid":"x"},{"kind":"PipelineRun","uid":"u"}]`:                        "tekton:n:u",
		`"labels":{"tekton.dev/pipelineRunUID":"u","tekton.dev/pipelineRun":"p-1"}`:                                "tekton:n:u",
		`"labels":{"tekton.dev/pipelineRun":"p-1"}`:                                                                "tekton:n:p-1",
		`"labels":{"tekton.dev/task":"curl"},"uid":"own"`:                                                          "tekton:n:own",
		`"ownerReferences":[{"kind":"CustomRun","uid":"x"}],"labels":{"tekton.dev/pipelineRun":"p-1"},"uid":"own"`: "tekton:n:p-1",
		`"ownerReferences":"none","labels":["tekton.dev/pipelineRun"],"uid":7`:                                     "tekton:n:t-1",
	} {
		e := one(t, "dev.tekton.event.taskrun.started.v1", `{"taskRun":{"metadata":{"name":"t-1","namespace":"n",`+metadata+`}}}`)
		require.Equal(t, want, e.ExecutionID, metadata)
	}
}
