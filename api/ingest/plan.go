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

// each calls fn with the elements of an array until it returns false. It
// reports whether v is an array and fn took all of it. The text was read
// before, so its grammar is known to be good.
func (d *decoder) each(v value, fn func(value) bool) bool {
	if v.kind != array {
		return false
	}
	inside := scanner{data: d.data[:v.end], at: v.start + 1}
	if inside.space(); inside.next(']') {
		return true
	}
	for {
		inside.space()
		if element, ok := inside.skip(0); !ok || !fn(element) {
			return false
		}
		if inside.space(); !inside.next(',') {
			return true
		}
	}
}

// eachMember is each for the members of an object.
func (d *decoder) eachMember(v value, fn func(name []byte, v value) bool) bool {
	inside := scanner{data: d.data[:v.end], at: v.start + 1}
	if inside.space(); inside.next('}') {
		return true
	}
	for {
		inside.space()
		name, escaped, ok := inside.key()
		if !ok {
			return false
		}
		if escaped {
			name = unquoted(name)
		}
		if member, ok := inside.skip(0); !ok || !fn(name, member) {
			return false
		}
		if inside.space(); !inside.next(',') {
			return true
		}
	}
}
