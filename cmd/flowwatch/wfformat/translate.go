package wfformat

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"flowwatch/api/ingest"
	"flowwatch/cmd/flowwatch/eventlog"
)

const (
	format        = "wff"     // begins the ids of events
	planBytesMax  = 900 << 10 // a server takes events of 1 MiB
	textBytesMax  = 4 << 10   // of a program or an argument
	namesMax      = 500       // of files or arguments of a task
	namesBytesMax = 24 << 10  // of them together
	machinesMax   = 16        // in an execution's metadata
	timeOfRun     = "20060102T150405Z"
	mebibyte      = 1 << 20
	measureMax    = 1 << 53 // a server takes sizes up to this
)

// Translator makes events of an instance. The zero value is ready but for its fields.
type Translator struct {
	WorkflowID   string // an id
	WorkflowName string
	Prefix       string // before the execution's id; an id or empty
}

// Left counts what an instance holds and no event tells of.
type Left struct {
	Unrecorded int // tasks that were specified and not recorded
	Undeclared int // tasks for which the declared plan had no room; they follow in the order of time
	// Waited is how much longer the run took by its record than its tasks do one after the other: nobody recorded where it waited.
	Waited time.Duration
}

// translation is the work on one instance.
type translation struct {
	*Translator
	x     *Instance
	id    string
	steps []string // the ids of the tasks as steps, by position
	sizes map[string]float64
	out   []ingest.Event
	left  Left
}

// Events is a run as an engine would have reported it, in the order of time.
func (t *Translator) Events(x *Instance) ([]ingest.Event, Left, error) {
	began, err := x.began()
	if err != nil {
		return nil, Left{}, err
	}
	spans, ran, err := x.schedule(began)
	if err != nil {
		return nil, Left{}, err
	}
	w := &translation{Translator: t, x: x, id: t.Prefix + runID(x, began), steps: stepIDs(x.Workflow.Specification.Tasks), sizes: map[string]float64{}}
	for _, f := range x.Workflow.Specification.Files {
		w.sizes[f.ID] = f.Bytes
	}
	first, last := began, began
	records := map[string]*Record{}
	for i := range x.Workflow.Execution.Tasks {
		records[x.Workflow.Execution.Tasks[i].ID] = &x.Workflow.Execution.Tasks[i]
	}
	for i := range spans {
		if !ran[i] {
			w.left.Unrecorded++
			continue
		}
		first, last = earlier(first, spans[i].from), later(last, spans[i].to)
		w.task(i, records[x.Workflow.Specification.Tasks[i].ID], spans[i])
	}
	slices.SortStableFunc(w.out, func(a, b ingest.Event) int { return timeOf(&a).Compare(timeOf(&b)) })
	begin, end := w.event("execution.started", "", first), w.event("execution.completed", "", last)
	begin.WorkflowName, begin.Steps, begin.Metadata = t.WorkflowName, w.plan(), w.metadata()
	if m := x.Workflow.Execution.MakespanSeconds; m != nil && *m > 0 && *m < lifeMax.Seconds() {
		w.left.Waited = max(0, time.Duration(*m*float64(time.Second))-last.Sub(first))
	}
	return slices.Concat([]ingest.Event{begin}, w.out, []ingest.Event{end}), w.left, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func timeOf(e *ingest.Event) time.Time {
	at, _ := eventlog.ParseTime(e.Timestamp) // it was written here
	return at
}

// runID tells the runs of a workflow apart: by the name of the run, else by its time.
func runID(x *Instance, began time.Time) string {
	if x.Workflow.RunName != "" {
		return eventlog.Identifier(x.Workflow.RunName)
	}
	return began.Format(timeOfRun)
}

// stepIDs are the tasks' ids where these are ids here, else identifiers made of them, each once.
func stepIDs(tasks []Task) []string {
	ids, taken := make([]string, len(tasks)), make(map[string]bool, len(tasks))
	for i := range tasks {
		if ingest.ValidID(tasks[i].ID) {
			ids[i] = tasks[i].ID
			taken[ids[i]] = true
		}
	}
	for i := range tasks {
		if ids[i] != "" {
			continue
		}
		id := eventlog.Identifier(tasks[i].ID)
		for n := 1; ids[i] == ""; n++ {
			if visit := eventlog.Visited(id, n); !taken[visit] {
				ids[i], taken[visit] = visit, true
			}
		}
	}
	return ids
}

// plan declares the tasks with what they wait for, as many as fit into an event.
func (w *translation) plan() []ingest.EventStep {
	tasks := w.x.Workflow.Specification.Tasks
	at := make(map[string]int, len(tasks))
	for i := range tasks {
		at[tasks[i].ID] = i
	}
	plan, size := make([]ingest.EventStep, 0, len(tasks)), 0
	for i := range tasks {
		step := ingest.EventStep{StepID: w.steps[i], Name: w.name(i)}
		for _, parent := range tasks[i].Parents {
			step.DependsOn = append(step.DependsOn, w.steps[at[parent]])
		}
		if size += len(eventlog.Encoded(step)) + 1; size > planBytesMax {
			w.left.Undeclared = len(tasks) - i
			break
		}
		plan = append(plan, step)
	}
	return plan
}

func (w *translation) name(i int) string {
	if name := eventlog.Shown(w.x.Workflow.Specification.Tasks[i].Name); name != "" {
		return name
	}
	return w.steps[i]
}

// task adds the begin and the end of a step.
func (w *translation) task(i int, r *Record, at span) {
	task := &w.x.Workflow.Specification.Tasks[i]
	begin, end := w.event("step.started", w.steps[i], at.from), w.event("step.completed", w.steps[i], at.to)
	begin.StepName, end.StepName = w.name(i), w.name(i)
	begin.Input = object(map[string]any{
		"program": cut(r.Command.Program), "arguments": some(r.Command.Arguments), "inputFiles": some(task.InputFiles),
		"machines": some(r.Machines), "coreCount": r.Cores,
	})
	end.Output = object(map[string]any{"outputFiles": some(task.OutputFiles)})
	end.CPUUsagePercent = measure(r.CPUPercent)
	if m := measure(r.MemoryBytes); m != nil {
		mb := *m / mebibyte
		end.MemoryUsageMb = &mb
	}
	end.InputSizeBytes, end.OutputSizeBytes = w.bytes(r.ReadBytes, task.InputFiles), w.bytes(r.WrittenBytes, task.OutputFiles)
	w.out = append(w.out, begin, end)
}

// bytes is what was measured, else the sum of the files, if the size of each is known.
func (w *translation) bytes(measured *float64, files []string) *float64 {
	if m := measure(measured); m != nil || len(files) == 0 {
		return m
	}
	var sum float64
	for _, file := range files {
		size, known := w.sizes[file]
		if !known {
			return nil
		}
		sum += size
	}
	return measure(&sum)
}

// measure is a number that a server takes, or nil.
func measure(v *float64) *float64 {
	if v == nil || *v < 0 || *v > measureMax {
		return nil
	}
	return v
}

func (w *translation) event(kind, stepID string, at time.Time) ingest.Event {
	timestamp := at.UTC().Format(time.RFC3339Nano)
	return ingest.Event{
		EventID: eventlog.EventID(format, kind, stepID, timestamp), Type: kind, Timestamp: timestamp,
		ExecutionID: w.id, WorkflowID: w.WorkflowID, StepID: stepID,
	}
}

// metadata is the instance's name, its engine, and the machines with their cores and memory.
func (w *translation) metadata() json.RawMessage {
	x := w.x
	machines := []any{}
	for _, m := range x.Workflow.Execution.Machines[:min(len(x.Workflow.Execution.Machines), machinesMax)] {
		machines = append(machines, without(map[string]any{
			"nodeName": shown(m.Name), "system": shown(m.System), "architecture": shown(m.Architecture), "release": shown(m.Release),
			"coreCount": m.CPU.Cores, "speedInMHz": m.CPU.SpeedInMHz, "memoryInBytes": m.MemoryBytes,
		}))
	}
	return object(map[string]any{
		"externalId": shown(x.Name), "description": shown(x.Description), "schemaVersion": shown(x.SchemaVersion),
		"runName": shown(x.Workflow.RunName), "repo": shown(x.Workflow.Repo), "engine": shown(x.System.Name), "engineVersion": shown(x.System.Version),
		"makespanInSeconds": x.Workflow.Execution.MakespanSeconds, "machineCount": len(x.Workflow.Execution.Machines), "machines": machines,
	})
}

// shown is a name of at most 60 characters: sixteen machines fit into an execution's metadata.
func shown(s string) string {
	const runesMax = 60
	if runes := []rune(eventlog.Shown(s)); len(runes) > runesMax {
		return string(runes[:runesMax-1]) + "…"
	}
	return eventlog.Shown(s)
}

// object is the members that say something; nil if none does.
func object(members map[string]any) json.RawMessage {
	if kept := without(members); len(kept) > 0 {
		return eventlog.Encoded(kept)
	}
	return nil
}

// without leaves out what is empty.
func without(members map[string]any) map[string]any {
	for name, value := range members {
		switch v := value.(type) {
		case string:
			if v == "" {
				delete(members, name)
			}
		case []string:
			if len(v) == 0 {
				delete(members, name)
			}
		case []any:
			if len(v) == 0 {
				delete(members, name)
			}
		case *float64:
			if v == nil {
				delete(members, name)
			}
		}
	}
	return members
}

// cut is a text that fits beside the others.
func cut(s string) string {
	s = eventlog.Readable(s)
	if len(s) <= textBytesMax {
		return s
	}
	return string([]rune(s)[:textBytesMax/4]) + "…" // a rune has at most four bytes
}

// some is as many of the texts as fit, and how many more there are.
func some(texts []string) (kept []string) {
	size := 0
	for i, s := range texts {
		s = cut(s)
		if size += len(s); i == namesMax || size > namesBytesMax {
			return append(kept, "… "+strconv.Itoa(len(texts)-i))
		}
		kept = append(kept, s)
	}
	return kept
}
