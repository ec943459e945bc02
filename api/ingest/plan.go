package ingest

import (
	"fmt"

	"flowwatch/engine/execution"
)

// StepsMax bounds a declared plan.
const StepsMax = 20_000

// plan reads steps: what the execution is going to do.
func (d *decoder) plan() []execution.PlanStep {
	plan := []execution.PlanStep{}
	seen := map[string]struct{}{}
	ok := d.each(d.fields[fieldSteps], func(v value) bool {
		if len(plan) == StepsMax || v.kind != object {
			return false
		}
		step, ok := d.step(v)
		if !ok {
			return false
		}
		if _, twice := seen[step.StepID]; twice {
			return false
		}
		seen[step.StepID] = struct{}{}
		plan = append(plan, step)
		return true
	})
	if !ok {
		d.refuse(CodeInvalidField, fieldSteps,
			fmt.Sprintf("must be at most %d of {stepId, name, dependsOn}, each stepId once", StepsMax))
		return nil
	}
	return plan
}

// step reads one step of a plan; without a name it is called by its id.
func (d *decoder) step(v value) (step execution.PlanStep, ok bool) {
	ok = d.eachMember(v, func(name []byte, v value) bool {
		if v.kind == null {
			return true
		}
		ok := true
		switch string(name) {
		case "stepId":
			step.StepID, ok = d.idOf(v)
		case "name":
			step.Name, ok = d.word(v)
		case "dependsOn":
			step.DependsOn = nil
			ok = d.each(v, func(v value) bool {
				id, ok := d.idOf(v)
				step.DependsOn = append(step.DependsOn, id)
				return ok && len(step.DependsOn) <= StepsMax
			})
		}
		return ok
	})
	if step.Name == "" {
		step.Name = step.StepID
	}
	return step, ok && step.StepID != ""
}

func (d *decoder) idOf(v value) (string, bool) {
	b, ok := d.textOf(v)
	if !ok || !validID(b) {
		return "", false
	}
	return d.recent.string(b), true
}
