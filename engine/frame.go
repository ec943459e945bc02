package engine

import (
	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
	"flowwatch/engine/mask"
)

// ExecutionUpdate is the data of an execution:update frame and of the items of
// a snapshot: the same form for everybody who may see the execution.
type ExecutionUpdate struct {
	ExecutionID  string            `json:"executionId"`
	WorkflowID   string            `json:"workflowId"`
	WorkflowName string            `json:"workflowName"`
	Status       string            `json:"status"`
	Priority     string            `json:"priority"`
	Progress     int               `json:"progress"`
	CurrentStep  *string           `json:"currentStep"`
	CurrentSteps []string          `json:"currentSteps"`
	StepsDone    int               `json:"stepsDone"`
	StepsTotal   int               `json:"stepsTotal"`
	QueuedAt     execution.Instant `json:"queuedAt"`
	StartedAt    execution.Instant `json:"startedAt"`
	CompletedAt  execution.Instant `json:"completedAt"`
	Duration     *int64            `json:"duration"`
	Attempt      int               `json:"attempt"`
	ClientRef    *string           `json:"clientRef"`
	Tags         []string          `json:"tags"`
	Error        *string           `json:"error"`
	Timestamp    execution.Instant `json:"timestamp"`
	Seq          uint64            `json:"seq"`
}

// StepUpdate is the data of a step:update frame.
type StepUpdate struct {
	ExecutionID string            `json:"executionId"`
	WorkflowID  string            `json:"workflowId"`
	StepID      string            `json:"stepId"`
	Name        string            `json:"name"`
	Status      string            `json:"status"`
	Interrupted bool              `json:"interrupted,omitempty"`
	Attempt     int               `json:"attempt"`
	StartedAt   execution.Instant `json:"startedAt"`
	CompletedAt execution.Instant `json:"completedAt"`
	Duration    *int64            `json:"duration"`
	Timestamp   execution.Instant `json:"timestamp"`
	Error       *string           `json:"error"`
}

func newExecutionUpdate(l *Listed, workflowName string, hides *mask.Rules, at, now execution.Instant) ExecutionUpdate {
	u := ExecutionUpdate{
		ExecutionID: l.ExecutionID, WorkflowID: l.WorkflowID, WorkflowName: workflowName,
		Status: l.Status.String(), Priority: l.Priority.String(), Progress: l.Progress,
		CurrentStep: optional(l.CurrentStep), CurrentSteps: orEmpty(l.CurrentSteps),
		StepsDone: l.StepsDone, StepsTotal: l.StepsTotal,
		QueuedAt: l.QueuedAt, StartedAt: l.StartedAt, CompletedAt: l.CompletedAt,
		Attempt: l.Attempt, ClientRef: optional(l.ClientRef), Tags: orEmpty(l.Tags),
		Error: PreviewOf(l.Error, hides), Timestamp: at, Seq: l.Seq,
	}
	if ms, ok := l.DurationMs(now); ok {
		u.Duration = &ms
	}
	return u
}

func newStepUpdate(s *execution.Summary, p *execution.Step, hides *mask.Rules, at execution.Instant) StepUpdate {
	return StepUpdate{
		ExecutionID: s.ExecutionID, WorkflowID: s.WorkflowID, StepID: p.StepID, Name: p.Name,
		Status: p.Status.String(), Interrupted: p.Interrupted, Attempt: p.Attempt,
		StartedAt: p.StartedAt, CompletedAt: p.CompletedAt, Duration: StepDuration(p),
		Timestamp: at, Error: PreviewOf(p.Error, hides),
	}
}

// StepDuration is the length of a step's latest attempt in ms, nil until it
// ended (B-82).
func StepDuration(p *execution.Step) *int64 {
	if !p.StartedAt.Present() || !p.CompletedAt.Present() {
		return nil
	}
	ms := max(0, p.CompletedAt.Ms()-p.StartedAt.Ms())
	return &ms
}

// PreviewOf is what lists and frames show of an error: its first line, masked
// (B-68); nil of none.
func PreviewOf(e *execution.ErrorInfo, hides *mask.Rules) *string {
	if e == nil {
		return nil
	}
	text := e.Message
	if text == "" {
		text = e.Code
	}
	preview := hides.Preview(text)
	return &preview
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// executionFrame makes the frame of a change to an execution. The JSON is only
// made if somebody listens.
func (t *Tenant) executionFrame(c *change) feed.Frame {
	l, at, now := c.after, c.event.Timestamp, t.engine.instant()
	return feed.Frame{
		Seq: c.seq, Event: "execution:update", Topic: feed.ExecutionUpdates,
		ExecutionID: l.ExecutionID, WorkflowID: l.WorkflowID, ClientRef: l.ClientRef,
		Status: l.Status, Former: c.former, HasFormer: c.known,
		Data: func(dst []byte) []byte {
			return appendJSON(dst, newExecutionUpdate(l, t.WorkflowName(&l.Summary), t.Hides(), at, now))
		},
	}
}

func (t *Tenant) stepFrame(c *change) feed.Frame {
	l, step, at := c.after, c.step, c.event.Timestamp
	return feed.Frame{
		Seq: c.seq - 1, Event: "step:update", Topic: feed.StepUpdates,
		ExecutionID: l.ExecutionID, WorkflowID: l.WorkflowID, ClientRef: l.ClientRef, StepID: step.StepID,
		Status: l.Status, Former: c.former, HasFormer: c.known,
		Data: func(dst []byte) []byte { return appendJSON(dst, newStepUpdate(&l.Summary, &step, t.Hides(), at)) },
	}
}

// WorkflowName is the name to show for an execution's workflow.
func (t *Tenant) WorkflowName(s *execution.Summary) string {
	if s.WorkflowName != "" {
		return s.WorkflowName
	}
	t.view.RLock()
	defer t.view.RUnlock()
	return t.nameOf(s)
}
