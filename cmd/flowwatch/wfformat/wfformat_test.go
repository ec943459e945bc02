package wfformat

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest"
	"flowwatch/api/ingest/ingesttest"
	"flowwatch/cmd/flowwatch/eventlog"
)

func monthEnd(t testing.TB) string {
	t.Helper()
	whole, err := os.ReadFile("testdata/month-end.json")
	require.NoError(t, err)
	return string(whole)
}

func translated(text string) ([]ingest.Event, Left, error) {
	x, err := Read(strings.NewReader(text))
	if err != nil {
		return nil, Left{}, err
	}
	t := &Translator{WorkflowID: "month-end", WorkflowName: eventlog.Shown(x.Name), Prefix: "month-end:"}
	return t.Events(x)
}

// taken is the events as a server takes them: all but those of times that it does not have.
func taken(t *testing.T, events []ingest.Event) ingest.Batch {
	t.Helper()
	ids := map[string]bool{}
	var all ingest.Batch
	for chunk := range slices.Chunk(events, 20) {
		body, err := json.Marshal(chunk)
		require.NoError(t, err)
		read, err := ingest.NewCodec().Decode(body, "application/json", "office", ingesttest.Now)
		require.NoError(t, err)
		for _, r := range read.Rejected {
			require.Equal(t, ingest.CodeInvalidTimestamp, r.Code, "%s: %.300s", r.Message, body)
		}
		for i := range chunk {
			require.False(t, ids[chunk[i].EventID], "%+v twice", chunk[i])
			ids[chunk[i].EventID] = true
		}
		all.Events = append(all.Events, read.Events...)
	}
	for i := range all.Events {
		all.Positions = append(all.Positions, i)
	}
	return all
}

func TestAnInstanceIsItsExecutionWithStepsAndTimes(t *testing.T) {
	t.Parallel()
	events, left, err := translated(monthEnd(t))
	require.NoError(t, err)
	require.Equal(t, Left{Unrecorded: 1, Waited: 95*time.Second - 60250*time.Millisecond}, left)
	batch := taken(t, events)
	require.Len(t, batch.Events, len(events))
	ingesttest.Golden(t, "testdata/month-end.json", &batch)
	again, _, err := translated(monthEnd(t))
	require.NoError(t, err)
	require.Equal(t, events, again, "ids are the same whenever it is read")
}

func TestTasksBeginAtTheLatestEndOfTheirParents(t *testing.T) {
	t.Parallel()
	events, _, err := translated(monthEnd(t))
	require.NoError(t, err)
	began := map[string]string{}
	for _, e := range events {
		if e.Type == "step.started" {
			began[e.StepID] = e.Timestamp
		}
	}
	require.Equal(t, map[string]string{
		"invoices_ID01": "2026-10-31T17:00:00Z", eventlog.Identifier("wyciągi/ID02"): "2026-10-31T17:00:00Z",
		"ledger_ID03": "2026-10-31T17:00:12.5Z", "vat_ID04": "2026-10-31T17:01:00Z",
	}, began, "a time of its own counts more")
}

func TestWhatIsNoInstanceIsSaid(t *testing.T) {
	t.Parallel()
	f := func(text, want string) {
		t.Helper()
		_, _, err := translated(text)
		wrong := new(eventlog.FormatError)
		require.ErrorAs(t, err, &wrong)
		require.Contains(t, err.Error(), want)
	}
	of := func(tasks, records string) string {
		return `{"name":"x","createdAt":"2026-01-01T00:00:00Z","workflow":{"specification":{"tasks":[` + tasks + `]},"execution":{"tasks":[` + records + `]}}}`
	}
	whole := monthEnd(t)
	f("", "the file holds no WfFormat instance")
	f("\xEF\xBB\xBF \n", "the file holds no WfFormat instance")
	f("<log/>", "line 1: the JSON is broken")
	f(whole[:900], "line 13: the JSON is broken")
	f(strings.Replace(whole, `"runtimeInSeconds": 12.5`, `"runtimeInSeconds": "12"`, 1), "line 28: workflow.execution.tasks.runtimeInSeconds must not be a JSON string")
	f(`{"name":"x","workflow":{"tasks":[{"runtime":1}]}}`, "this is no WfFormat 1.5 instance")
	f(of(`{"id":"a"}`, ``), "nothing was recorded")
	f(of(`{"id":"a"},{"id":"a"}`, `{"id":"a","runtimeInSeconds":1}`), `task 2 has no id of its own: "a"`)
	f(of(`{"id":"a","parents":["b"]}`, `{"id":"a","runtimeInSeconds":1}`), `task a has a parent that is not there: "b"`)
	f(of(`{"id":"a","parents":["b"]},{"id":"b","parents":["a"]}`, `{"id":"a","runtimeInSeconds":1}`), "in a circle")
	f(of(`{"id":"a"}`, `{"id":"b","runtimeInSeconds":1}`), `a task was recorded that is not specified: "b"`)
	f(of(`{"id":"a"}`, `{"id":"a","runtimeInSeconds":1},{"id":"a","runtimeInSeconds":1}`), "task a was recorded twice")
	f(of(`{"id":"a"}`, `{"id":"a"}`), "task a has no runtimeInSeconds")
	f(of(`{"id":"a"}`, `{"id":"a","runtimeInSeconds":-1}`), "task a has no runtimeInSeconds")
	f(of(`{"id":"a"}`, `{"id":"a","runtimeInSeconds":1,"executedAt":"1800-01-01T00:00:00Z"}`), "more than 100 years")
	f(strings.Replace(of(`{"id":"a"}`, `{"id":"a","runtimeInSeconds":1}`), "2026-01-01T00:00:00Z", "lately", 1), "neither executedAt nor createdAt is a time")
	long := `{"id":"a","runtimeInSeconds":3000000000},{"id":"b","runtimeInSeconds":3000000000}`
	f(of(`{"id":"a"},{"id":"b","parents":["a"]}`, long), "task b lies more than 100 years")
	f(of(strings.Repeat(`{"id":"a"},`, TasksMax)+`{"id":"b"}`, `{"id":"a"}`), "more than 20000 tasks")

	_, err := Read(iotest.ErrReader(errors.New("the disk is gone")))
	require.EqualError(t, err, "the disk is gone")
}

// A plan of many tasks with many parents is declared as far as an event has room; all tasks are steps.
func TestALargePlanIsDeclaredAsFarAsItFits(t *testing.T) {
	t.Parallel()
	const tasks = 3000
	var specified, recorded, parents []string
	for n := range tasks {
		id := fmt.Sprintf("task-%05d-%s", n, strings.Repeat("x", 80))
		specified = append(specified, fmt.Sprintf(`{"id":%q,"parents":[%s]}`, id, strings.Join(parents, ",")))
		recorded = append(recorded, fmt.Sprintf(`{"id":%q,"runtimeInSeconds":1}`, id))
		if n < 20 {
			parents = append(parents, fmt.Sprintf("%q", id))
		}
	}
	events, left, err := translated(`{"createdAt":"2026-01-01T00:00:00Z","workflow":{"specification":{"tasks":[` + strings.Join(specified, ",") +
		`]},"execution":{"tasks":[` + strings.Join(recorded, ",") + `]}}}`)
	require.NoError(t, err)
	require.Len(t, events, 2*tasks+2)
	require.Positive(t, left.Undeclared)
	require.Len(t, events[0].Steps, tasks-left.Undeclared)
	require.Len(t, taken(t, events).Events, len(events))
}

func FuzzRead(f *testing.F) {
	whole := monthEnd(f)
	f.Add(whole)
	f.Add(strings.ReplaceAll(whole, "wyciągi/ID02", `\u0000\ud800 \"`))
	f.Add(strings.Replace(whole, "180000+0100", "180000", 1))
	f.Add(`{"createdAt":"2026-01-01T00:00:00Z","workflow":{"specification":{"tasks":[{"id":"a b"},{"id":"a_b"}]},"execution":{"tasks":[{"id":"a b","runtimeInSeconds":1e9}]}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		events, _, err := translated(text)
		if err != nil {
			require.ErrorAs(t, err, new(*eventlog.FormatError))
			return
		}
		require.GreaterOrEqual(t, len(events), 2+2)
		require.Equal(t, "execution.started", events[0].Type)
		require.Equal(t, "execution.completed", events[len(events)-1].Type)
		batch := taken(t, events)
		ingesttest.Sound(t, &batch)
	})
}
