package engine

import (
	"encoding/json"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/mask"
	"flowwatch/engine/setting"
)

// capture decides what is kept of the step data of one request.
type capture struct {
	tenant    *Tenant
	settings  *SettingState
	now       time.Time
	workflows map[string]string // of executions that earlier events of the request named
}

func (t *Tenant) newCapture() *capture {
	s := t.Settings()
	return &capture{tenant: t, settings: s, now: t.engine.now(), workflows: map[string]string{}}
}

// mode is what holds for an event. Events of steps need not name their workflow; where nobody did yet, the strictest mode of all holds.
func (c *capture) mode(e *execution.Event) setting.Mode {
	if len(c.settings.Capture.Workflows) == 0 {
		return c.settings.Capture.At(c.now)
	}
	id := e.WorkflowID
	if id != "" {
		c.workflows[e.ExecutionID] = id
	} else if id = c.workflows[e.ExecutionID]; id == "" {
		id = c.tenant.workflowOf(e.ExecutionID)
		c.workflows[e.ExecutionID] = id
	}
	return c.settings.Capture.Mode(id, c.now)
}

// workflowOf is the workflow of an execution, "" when none is known.
func (t *Tenant) workflowOf(id string) (workflow string) {
	_ = t.withExecution(id, func(x *execution.Execution, _ uint64) { // unknown ones have none
		s := x.Summary()
		workflow = s.WorkflowID
	})
	return workflow
}

// keepSizes notes what the event carries as far as the mode keeps it: nothing in off, and the sizes that the engine did not say itself.
func (c *capture) keepSizes(e *execution.Event, mode setting.Mode) {
	e.HasInput, e.HasOutput = len(e.Input) > 0 && mode != setting.Off, len(e.Output) > 0 && mode != setting.Off
	if mode == setting.Off {
		e.InputBytes, e.OutputBytes = execution.Unknown, execution.Unknown
		return
	}
	if e.HasInput && (mode == setting.Sizes || e.InputBytes == execution.Unknown) {
		e.InputBytes = int64(len(e.Input))
	}
	if e.HasOutput && (mode == setting.Sizes || e.OutputBytes == execution.Unknown) {
		e.OutputBytes = int64(len(e.Output))
	}
}

// payload is what is kept of an input or output; without room only that there was one.
func (c *capture) payload(e *execution.Event, kind payloadKind, raw json.RawMessage, mode setting.Mode, room bool) payload {
	if !room {
		return droppedPayload(e, kind, raw)
	}
	return newPayload(e, kind, raw, mode, c.settings)
}

// hide masks what the event says in words, whatever is captured of steps: nobody may look at it in clear, so it is not stored in clear. The id that a
// foreign engine gave stays as every id does, for it is searched for.
func (c *capture) hide(e *execution.Event) {
	rules := c.settings.rules
	if e.Error != nil {
		e.Error = maskError(e.Error, rules)
	}
	if e.Metadata != nil {
		e.Metadata = rules.JSONSparing(e.Metadata, externalIDName)
	}
}

// maskError returns e itself where nothing is found.
func maskError(e *execution.ErrorInfo, rules *mask.Rules) *execution.ErrorInfo {
	out := execution.ErrorInfo{Type: rules.Text(e.Type), Code: rules.Text(e.Code), Message: rules.Text(e.Message), Stack: rules.Text(e.Stack)}
	if out == *e {
		return e
	}
	return &out
}
