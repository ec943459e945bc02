package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/setting"
	"flowwatch/kv"
)

// ExecutionStatus is one execution with its steps in display order.
// AverageMs is how long the last completed runs of its workflow took, ETAMs how
// long this one will take from now at that pace; Unknown where nothing is
// known and of what has ended.
type ExecutionStatus struct {
	Listed
	WorkflowTitle string // the name to show
	Steps         []execution.Step
	AverageMs     float64
	ETAMs         int64
	Wish          *PriorityRequest // nil: none
	Raise         *Raise           // nil: no deadline raises it
	Mark          *BoostMark       // nil: deadlines may raise it
}

// StepDetail is one step with what it received and produced, as far as it was
// kept. Input and Output are nil when none is stored; a cut one is the object
// {"truncated":true,"sizeBytes":n,"data":"…"}.
type StepDetail struct {
	execution.Step
	ExecutionID string
	Status      execution.Status // of the execution
	Input       json.RawMessage
	Output      json.RawMessage
	Capture     setting.Mode // what held for input and output
}

var errUnknownExecution = fault.New(fault.NotFound, "not_found", "no such execution")

// withExecution calls fn with an execution, from memory or its document, and
// the seq of its last frame. fn must not keep x, nor change it. An unknown id
// is fault.NotFound, as is that of a client whom the handle does not show.
func (t *Tenant) withExecution(id string, fn func(x *execution.Execution, seq uint64)) error {
	t.state.RLock()
	if en := t.entries[id]; en != nil && en.sum.counted {
		defer t.state.RUnlock()
		if !t.sees(en.x.ClientRef()) {
			return errUnknownExecution
		}
		fn(en.x, en.seq)
		return nil
	}
	t.state.RUnlock()
	var d *document
	err := t.engine.db.View(func(tx *kv.Tx) error {
		var err error
		d, err = t.loadDocument(tx, id)
		return err
	})
	if err != nil {
		return err
	}
	if d == nil || !t.sees(d.summary.ClientRef) {
		return errUnknownExecution
	}
	x, err := execution.Decode(d.data, t.words)
	if err != nil {
		return fmt.Errorf("document %s: %w", id, err)
	}
	fn(x, d.seq)
	return nil
}

// Execution returns one execution with its steps.
func (t *Tenant) Execution(ctx context.Context, id string) (ExecutionStatus, error) {
	var out ExecutionStatus
	err := t.withExecution(id, func(x *execution.Execution, seq uint64) {
		out.Listed = Listed{Summary: x.Summary(), Seq: seq}
		out.Steps = x.Steps()
	})
	if err != nil {
		return ExecutionStatus{}, err
	}
	out.WorkflowTitle = t.WorkflowName(&out.Summary)
	if out.Wish, err = t.PriorityRequest(&out.Summary); err != nil {
		return ExecutionStatus{}, err
	}
	if out.Mark, err = t.boostMark(id); err != nil {
		return ExecutionStatus{}, err
	}
	if out.Status == execution.Pending {
		out.Raise = t.raiseOf(id)
	}
	out.AverageMs, out.ETAMs, err = t.usual(ctx, &out.Summary)
	return out, err
}

// Step returns one step of an execution with its payloads.
func (t *Tenant) Step(_ context.Context, id, stepID string) (StepDetail, error) {
	out := StepDetail{ExecutionID: id}
	found := false
	err := t.withExecution(id, func(x *execution.Execution, _ uint64) {
		out.Step, found = x.Step(stepID)
		s := x.Summary()
		out.Status = s.Status
	})
	if err != nil {
		return StepDetail{}, err
	}
	if !found {
		return StepDetail{}, fault.New(fault.NotFound, "not_found", "no such step")
	}
	out.Capture, err = t.readPayloads(&out, false)
	return out, err
}

// readPayloads fills in what is kept of input and output, and says which mode held: that of the payloads, or the present one where there are none.
func (t *Tenant) readPayloads(out *StepDetail, reveal bool) (mode setting.Mode, err error) {
	input, err := t.payload(out.ExecutionID, out.InputEvent, inputPayload)
	if err != nil {
		return "", err
	}
	output, err := t.payload(out.ExecutionID, out.OutputEvent, outputPayload)
	if err != nil {
		return "", err
	}
	state := t.Settings()
	for _, p := range []*payload{input, output} {
		switch {
		case p == nil:
		case mode == "" || p.mode == setting.Full:
			mode = p.mode
		}
	}
	if mode == "" {
		mode = state.Capture.Mode(t.workflowOf(out.ExecutionID), t.engine.now())
	}
	if input != nil {
		if out.Input, err = input.json(state, reveal); err != nil {
			return "", err
		}
	}
	if output != nil {
		out.Output, err = output.json(state, reveal)
	}
	return mode, err
}

// payload reads what an event carried; nil when it is not kept (any more).
func (t *Tenant) payload(executionID string, event uint64, kind payloadKind) (p *payload, err error) {
	if event == 0 {
		return nil, nil
	}
	err = t.engine.db.View(func(tx *kv.Tx) error {
		p, err = payloads.Get(tx, t.scope, payloadKey(nil, executionID, event, kind))
		return err
	})
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("payload of %s: %w", executionID, err)
	}
	return p, nil
}
