package engine

import (
	"context"
	"time"

	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
	"flowwatch/engine/setting"
)

// RevealedFor is how long somebody may look at what was revealed.
const RevealedFor = 10 * time.Minute

var errNotCaptured = fault.New(fault.Conflict, "not_captured", "the step data were not captured in full")

// Reveal returns a step with its input and output in clear, after that was noted in the audit; what can't be noted is not revealed.
// Step data that were not captured in full are fault.Conflict.
func (t *Tenant) Reveal(ctx context.Context, by audit.By, id, stepID, reason string) (StepDetail, error) {
	out, err := t.Step(ctx, id, stepID)
	if err != nil {
		return StepDetail{}, err
	}
	if out.Capture != setting.Full || out.Input == nil && out.Output == nil {
		return StepDetail{}, errNotCaptured
	}
	fields := []string{}
	if out.Input != nil {
		fields = append(fields, "input")
	}
	if out.Output != nil {
		fields = append(fields, "output")
	}
	err = t.Note(audit.StepDataRevealed, by, audit.Object{Type: ObjectExecution, ID: id},
		map[string]any{"step": stepID, "fields": fields, "reason": t.Hides().Text(reason)})
	if err != nil {
		return StepDetail{}, err
	}
	out.Capture, err = t.readPayloads(&out, true)
	return out, err
}
