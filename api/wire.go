package api

import (
	"encoding/json"
	"time"

	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/execution"
	"flowwatch/engine/mask"
	"flowwatch/engine/setting"
)

// ExecutionSummary is an execution as lists show it. Times are null while they
// have not come; duration is in ms and grows until the execution has ended.
type ExecutionSummary struct {
	ExecutionID  string            `json:"executionId"`
	WorkflowID   string            `json:"workflowId"`
	WorkflowName string            `json:"workflowName"`
	Status       string            `json:"status" enum:"status"`
	Priority     string            `json:"priority" enum:"priority"`
	Progress     int               `json:"progress"`
	CurrentStep  *string           `json:"currentStep"`
	CurrentSteps []string          `json:"currentSteps"`
	QueuedAt     execution.Instant `json:"queuedAt"`
	StartedAt    execution.Instant `json:"startedAt"`
	CompletedAt  execution.Instant `json:"completedAt"`
	Duration     *int64            `json:"duration"`
	Attempt      int               `json:"attempt"`
	ClientRef    *string           `json:"clientRef"`
	Tags         []string          `json:"tags"`
	Error        *string           `json:"error"`
	Seq          uint64            `json:"seq"`

	StepsDone      int     `json:"stepsDone"`
	StepsTotal     int     `json:"stepsTotal"`
	EnginePriority *string `json:"enginePriority"`
	RetryOf        *string `json:"retryOf"`
	TimedOut       bool    `json:"timedOut"`
	ClockSkewed    bool    `json:"clockSkewed"`
}

// ExecutionStatus is one execution with its steps in the order to show.
// AverageDuration is of the last completed runs of its workflow, ETAMs what is
// left at that pace; both are null as long as nothing is known, and after the end.
type ExecutionStatus struct {
	ExecutionSummary
	Steps            []StepSummary     `json:"steps"`
	WorkflowVersion  *string           `json:"workflowVersion"`
	Deadline         execution.Instant `json:"deadline"`
	Metadata         json.RawMessage   `json:"metadata"`
	AverageDuration  *float64          `json:"averageDuration"`
	ETAMs            *int64            `json:"etaMs"`
	WaitingMs        int64             `json:"waitingMs"`
	LastEventAt      execution.Instant `json:"lastEventAt"`
	ReportedProgress *int              `json:"reportedProgress"`

	PriorityRequest *engine.PriorityRequest `json:"priorityRequest"`
	Boost           *engine.Raise           `json:"boost"`          // the deadline that raises it while it is queued
	BoostForbidden  *engine.BoostMark       `json:"boostForbidden"` // who forbids that deadlines raise it
}

// StepSummary is a step within an execution. Duration is null until it ended.
type StepSummary struct {
	StepID      string            `json:"stepId"`
	Name        string            `json:"name"`
	Status      string            `json:"status" enum:"stepStatus"`
	StartedAt   execution.Instant `json:"startedAt"`
	CompletedAt execution.Instant `json:"completedAt"`
	Duration    *int64            `json:"duration"`
	Attempt     int               `json:"attempt"`
	Error       *string           `json:"error"`

	DependsOn   []string `json:"dependsOn"`
	Declared    bool     `json:"declared"`
	Interrupted bool     `json:"interrupted"`
	Progress    *int     `json:"progress"`
}

// StepDetail is a step with all that is known of it. Input and output are null
// when nothing is kept, and for roles that may not see them, which ioHidden says.
type StepDetail struct {
	ExecutionID string            `json:"executionId"`
	StepID      string            `json:"stepId"`
	Name        string            `json:"name"`
	Status      string            `json:"status" enum:"stepStatus"`
	StartedAt   execution.Instant `json:"startedAt"`
	CompletedAt execution.Instant `json:"completedAt"`
	Duration    *int64            `json:"duration"`
	Attempt     int               `json:"attempt"`
	Interrupted bool              `json:"interrupted"`
	Declared    bool              `json:"declared"`
	DependsOn   []string          `json:"dependsOn"`
	Progress    *int              `json:"progress"`
	Input       json.RawMessage   `json:"input"`
	Output      json.RawMessage   `json:"output"`
	IOHidden    bool              `json:"ioHidden"`
	Capture     setting.Mode      `json:"capture"` // off, sizes, masked or full: what held for input and output
	Error       *StepError        `json:"error"`
	Attempts    []StepAttempt     `json:"attempts"`
	Resources
}

// Resources are what a step used, as its engine measured it; null is unknown.
type Resources struct {
	CPUUsagePercent *float64 `json:"cpuUsagePercent"`
	MemoryUsageMb   *float64 `json:"memoryUsageMb"`
	InputSizeBytes  *int64   `json:"inputSizeBytes"`
	OutputSizeBytes *int64   `json:"outputSizeBytes"`
}

// StepAttempt is one try of a step.
type StepAttempt struct {
	Attempt     int               `json:"attempt"`
	Status      string            `json:"status" enum:"stepStatus"`
	StartedAt   execution.Instant `json:"startedAt"`
	CompletedAt execution.Instant `json:"completedAt"`
	Duration    *int64            `json:"duration"`
	Error       *StepError        `json:"error"`
	Resources
}

// StepError is an error, masked. Stack is only there for workflow_admin.
type StepError struct {
	Type    *string `json:"type"`
	Code    *string `json:"code"`
	Message string  `json:"message"`
	Stack   *string `json:"stack,omitempty"`
}

func newExecutionSummary(l *engine.Listed, workflowName string, hides *mask.Rules, now execution.Instant) ExecutionSummary {
	s := ExecutionSummary{
		ExecutionID: l.ExecutionID, WorkflowID: l.WorkflowID, WorkflowName: workflowName,
		Status: l.Status.String(), Priority: l.Priority.String(), Progress: l.Progress,
		CurrentStep: optional(l.CurrentStep), CurrentSteps: orEmpty(l.CurrentSteps),
		QueuedAt: l.QueuedAt, StartedAt: l.StartedAt, CompletedAt: l.CompletedAt,
		Attempt: l.Attempt, ClientRef: optional(l.ClientRef), Tags: orEmpty(l.Tags), Error: engine.PreviewOf(l.Error, hides), Seq: l.Seq,
		StepsDone: l.StepsDone, StepsTotal: l.StepsTotal, EnginePriority: optional(l.EnginePriority),
		RetryOf: optional(l.RetryOf), TimedOut: l.TimedOut, ClockSkewed: l.ClockSkewed,
	}
	if ms, ok := l.DurationMs(now); ok {
		s.Duration = &ms
	}
	return s
}

func newExecutionStatus(x *engine.ExecutionStatus, hides *mask.Rules, now execution.Instant) ExecutionStatus {
	s := ExecutionStatus{
		ExecutionSummary: newExecutionSummary(&x.Listed, x.WorkflowTitle, hides, now),
		Steps:            make([]StepSummary, len(x.Steps)),
		WorkflowVersion:  optional(x.WorkflowVersion), Deadline: x.Deadline,
		AverageDuration: knownRounded(x.AverageMs), ETAMs: known(x.ETAMs),
		WaitingMs: x.WaitingMs, LastEventAt: x.LastEventAt, ReportedProgress: known(x.ReportedProgress), PriorityRequest: x.Wish,
		Boost: x.Raise, BoostForbidden: x.Mark,
	}
	if len(x.Metadata) > 0 {
		s.Metadata = hides.JSON(x.Metadata)
	}
	for i := range x.Steps {
		p := &x.Steps[i]
		s.Steps[i] = StepSummary{
			StepID: p.StepID, Name: p.Name, Status: p.Status.String(), StartedAt: p.StartedAt, CompletedAt: p.CompletedAt,
			Duration: engine.StepDuration(p), Attempt: p.Attempt, Error: engine.PreviewOf(p.Error, hides),
			DependsOn: orEmpty(p.DependsOn), Declared: p.Declared, Interrupted: p.Interrupted, Progress: known(p.Progress),
		}
	}
	return s
}

func newStepDetail(x *engine.StepDetail, p access.Principal, hides *mask.Rules) StepDetail {
	withStack := p.Can(access.ReadStack)
	s := StepDetail{
		ExecutionID: x.ExecutionID, StepID: x.StepID, Name: x.Name, Status: x.Step.Status.String(),
		StartedAt: x.StartedAt, CompletedAt: x.CompletedAt, Duration: engine.StepDuration(&x.Step), Attempt: x.Attempt,
		Interrupted: x.Interrupted, Declared: x.Declared, DependsOn: orEmpty(x.DependsOn), Progress: known(x.Progress),
		Capture: x.Capture, Error: newStepError(x.Error, hides, withStack), Attempts: make([]StepAttempt, len(x.Attempts)),
		Resources: newResources(x.CPUPercent, x.MemoryMB, x.InputBytes, x.OutputBytes),
	}
	if s.IOHidden = !p.Can(access.ReadStepData); !s.IOHidden {
		s.Input, s.Output = x.Input, x.Output
	}
	for i := range x.Attempts {
		a := &x.Attempts[i]
		s.Attempts[i] = StepAttempt{
			Attempt: a.Attempt, Status: a.Status.String(), StartedAt: a.StartedAt, CompletedAt: a.CompletedAt,
			Duration: between(a.StartedAt, a.CompletedAt), Error: newStepError(a.Error, hides, withStack),
			Resources: newResources(a.CPUPercent, a.MemoryMB, a.InputBytes, a.OutputBytes),
		}
	}
	return s
}

// failures says whether errors are shown, and stacks.
func (s *StepDetail) failures() (failed, stack bool) {
	note := func(e *StepError) {
		failed = failed || e != nil
		stack = stack || e != nil && e.Stack != nil
	}
	note(s.Error)
	for i := range s.Attempts {
		note(s.Attempts[i].Error)
	}
	return failed, stack
}

func newResources(cpu, memory float64, input, output int64) Resources {
	return Resources{
		CPUUsagePercent: known(cpu), MemoryUsageMb: known(memory), InputSizeBytes: known(input), OutputSizeBytes: known(output),
	}
}

func newStepError(e *execution.ErrorInfo, hides *mask.Rules, withStack bool) *StepError {
	if e == nil {
		return nil
	}
	s := &StepError{Type: optional(hides.Text(e.Type)), Code: optional(hides.Text(e.Code)), Message: hides.Text(e.Message)}
	if withStack {
		s.Stack = optional(hides.Text(e.Stack))
	}
	return s
}

func between(from, to execution.Instant) *int64 {
	if !from.Present() || !to.Present() {
		return nil
	}
	ms := max(0, to.Ms()-from.Ms())
	return &ms
}

// instant is t as the wire has it, null when it is zero.
func instant(t time.Time) execution.Instant {
	if t.IsZero() {
		return execution.NoInstant
	}
	return execution.At(t)
}

func known[T int | int64 | float64](n T) *T {
	if n == execution.Unknown {
		return nil
	}
	return &n
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
