// Package wfformat reads recorded workflow runs in WfFormat 1.5, the format of WfCommons, and makes of each the events of one execution.
//
// An instance is an execution, a task a step that depends on its parents. The format tells how long tasks ran, seldom when they began:
// a task without a time of its own begins at the latest end of its parents, or with the run. The same instance gives the same events
// with the same ids, whenever it is read. The package is pure but for the reader that it is given.
package wfformat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"flowwatch/api/ingest"
	"flowwatch/cmd/flowwatch/eventlog"
)

// Limits of one instance, which is in memory as a whole.
const (
	InstanceBytesMax = 256 << 20
	TasksMax         = ingest.StepsMax
	lifeMax          = 100 * 365 * 24 * time.Hour
)

// Instance is what a file holds, as far as events tell of it.
type Instance struct {
	Name          string   `json:"name"`
	Description   string   `json:"description"`
	CreatedAt     string   `json:"createdAt"`
	SchemaVersion string   `json:"schemaVersion"`
	System        System   `json:"runtimeSystem"`
	Workflow      Workflow `json:"workflow"`
}

// System is the engine that the run was recorded of.
type System struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Workflow is what was to be done, and what was.
type Workflow struct {
	Specification *Specification `json:"specification"`
	Execution     *Execution     `json:"execution"`
	RunName       string         `json:"runName"`
	Repo          string         `json:"repo"`
}

// Specification is the graph of the tasks, with the sizes of files.
type Specification struct {
	Tasks []Task `json:"tasks"`
	Files []File `json:"files"`
}

// Task is a node of the graph.
type Task struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Parents     []string `json:"parents"`
	InputFiles  []string `json:"inputFiles"`
	OutputFiles []string `json:"outputFiles"`
}

// File is one that tasks read or write.
type File struct {
	ID    string  `json:"id"`
	Bytes float64 `json:"sizeInBytes"`
}

// Execution is one run of the graph.
type Execution struct {
	MakespanSeconds *float64  `json:"makespanInSeconds"`
	ExecutedAt      string    `json:"executedAt"`
	Tasks           []Record  `json:"tasks"`
	Machines        []Machine `json:"machines"`
}

// Record is how a task went. What was not measured is nil.
type Record struct {
	ID             string   `json:"id"`
	RuntimeSeconds *float64 `json:"runtimeInSeconds"`
	ExecutedAt     string   `json:"executedAt"`
	Command        Command  `json:"command"`
	Cores          *float64 `json:"coreCount"`
	CPUPercent     *float64 `json:"avgCPU"`
	ReadBytes      *float64 `json:"readBytes"`
	WrittenBytes   *float64 `json:"writtenBytes"`
	MemoryBytes    *float64 `json:"memoryInBytes"`
	Machines       []string `json:"machines"`
}

// Command is what a task ran.
type Command struct {
	Program   string   `json:"program"`
	Arguments []string `json:"arguments"`
}

// Machine is a computer that tasks ran on.
type Machine struct {
	Name         string   `json:"nodeName"`
	System       string   `json:"system"`
	Architecture string   `json:"architecture"`
	Release      string   `json:"release"`
	MemoryBytes  *float64 `json:"memoryInBytes"`
	CPU          CPU      `json:"cpu"`
}

// CPU is a machine's.
type CPU struct {
	Cores      *float64 `json:"coreCount"`
	SpeedInMHz *float64 `json:"speedInMHz"`
}

// Read reads one instance. Errors of what is written in the file are an eventlog.FormatError, others come from the reader underneath.
func Read(r io.Reader) (*Instance, error) {
	data, err := io.ReadAll(io.LimitReader(r, InstanceBytesMax+1))
	if err != nil {
		return nil, err
	}
	if len(data) > InstanceBytesMax {
		return nil, wrong("the instance has more than %d bytes", InstanceBytesMax)
	}
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, wrong("the file holds no WfFormat instance")
	}
	x := new(Instance)
	if err := json.Unmarshal(data, x); err != nil {
		return nil, broken(data, err)
	}
	return x, x.check()
}

// broken says where the JSON is not what it should be.
func broken(data []byte, err error) error {
	at, problem := int64(len(data)), strings.TrimPrefix(err.Error(), "json: ")
	if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
		at, problem = syntax.Offset, "the JSON is broken: "+syntax.Error()
	}
	if kind := new(json.UnmarshalTypeError); errors.As(err, &kind) {
		at, problem = kind.Offset, fmt.Sprintf("%s must not be a JSON %s", kind.Field, kind.Value)
	}
	return &eventlog.FormatError{Line: 1 + bytes.Count(data[:min(at, int64(len(data)))], []byte("\n")), Problem: problem}
}

// check requires what events cannot be made without.
func (x *Instance) check() error {
	s, e := x.Workflow.Specification, x.Workflow.Execution
	switch {
	case s == nil || len(s.Tasks) == 0:
		return wrong("this is no WfFormat 1.5 instance: it has no tasks in workflow.specification")
	case e == nil || len(e.Tasks) == 0:
		return wrong("nothing was recorded: there are no tasks in workflow.execution")
	case len(s.Tasks) > TasksMax:
		return wrong("the instance has more than %d tasks", TasksMax)
	}
	known := make(map[string]bool, len(s.Tasks))
	for i := range s.Tasks {
		id := s.Tasks[i].ID
		if id == "" || known[id] {
			return wrong("task %d has no id of its own: %q", i+1, id)
		}
		known[id] = true
	}
	for i := range s.Tasks {
		for _, parent := range s.Tasks[i].Parents {
			if !known[parent] {
				return wrong("task %s has a parent that is not there: %q", s.Tasks[i].ID, parent)
			}
		}
	}
	recorded := make(map[string]bool, len(e.Tasks))
	for i := range e.Tasks {
		r := &e.Tasks[i]
		switch {
		case !known[r.ID]:
			return wrong("a task was recorded that is not specified: %q", r.ID)
		case recorded[r.ID]:
			return wrong("task %s was recorded twice", r.ID)
		case r.RuntimeSeconds == nil || *r.RuntimeSeconds < 0 || *r.RuntimeSeconds > lifeMax.Seconds():
			return wrong("task %s has no runtimeInSeconds that can be", r.ID)
		}
		recorded[r.ID] = true
	}
	return nil
}

func wrong(format string, values ...any) error {
	return &eventlog.FormatError{Problem: fmt.Sprintf(format, values...)}
}
