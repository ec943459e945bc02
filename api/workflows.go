package api

import (
	"fmt"
	"slices"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

const (
	tagsMax        = ingest.TagsMax
	tagRunesMax    = ingest.TagRunesMax
	fieldsShownMax = 100 // of what one problem points at
)

var workflowStates = []string{"draft", "active", "paused", "archived"}

// WorkflowDeclaration is what an engine says of a workflow. Durations are ms.
type WorkflowDeclaration struct {
	Name               string         `json:"name"`
	Version            string         `json:"version,omitempty"`
	State              string         `json:"state,omitempty"`
	Tags               []string       `json:"tags,omitempty"`
	Steps              []DeclaredStep `json:"steps,omitempty"`
	ExpectedDurationMs int64          `json:"expectedDurationMs,omitempty"`
	TimeoutMs          int64          `json:"timeoutMs,omitempty"`
}

// DeclaredStep is a step of a plan.
type DeclaredStep struct {
	StepID    string   `json:"stepId"`
	Name      string   `json:"name"`
	DependsOn []string `json:"dependsOn,omitempty"`
}

// WorkflowDeclared answers a declaration.
type WorkflowDeclared struct {
	WorkflowID string `json:"workflowId"`
	Name       string `json:"name"`
	Version    string `json:"version"`
	State      string `json:"state"`
}

// WorkflowPage lists workflows; all fit on one page.
type WorkflowPage struct {
	Items      []engine.WorkflowStatus `json:"items"`
	NextCursor *string                 `json:"nextCursor"`
}

// listWorkflows answers with all workflows of the organisation.
func (s *Server) listWorkflows(c *call) error {
	all, err := c.tenant.Workflows(c.Context())
	if err != nil {
		return err
	}
	return c.JSON(WorkflowPage{Items: orEmpty(all)})
}

func (s *Server) putWorkflow(c *call) error {
	id, err := c.id("workflowId")
	if err != nil {
		return err
	}
	var d WorkflowDeclaration
	if err := s.read(c, &d); err != nil {
		return err
	}
	if fields := d.check(); len(fields) > 0 {
		return errInvalid.With(fields...)
	}
	w := d.workflow(id)
	if err := c.tenant.PutWorkflow(c.Context(), w); err != nil {
		return err
	}
	return c.JSON(WorkflowDeclared{WorkflowID: id, Name: w.Name, Version: w.Version, State: w.State})
}

func (d *WorkflowDeclaration) workflow(id string) engine.Workflow {
	w := engine.Workflow{
		WorkflowID: id, Name: d.Name, Version: d.Version, State: d.State, Tags: orEmpty(d.Tags),
		Steps: make([]execution.PlanStep, len(d.Steps)), ExpectedDurationMs: d.ExpectedDurationMs, TimeoutMs: d.TimeoutMs,
	}
	if w.State == "" {
		w.State = "active"
	}
	for i, step := range d.Steps {
		w.Steps[i] = execution.PlanStep{StepID: step.StepID, Name: step.Name, DependsOn: step.DependsOn}
		if step.Name == "" {
			w.Steps[i].Name = step.StepID
		}
	}
	return w
}

// check returns all that is wrong.
func (d *WorkflowDeclaration) check() (fields []fault.Field) {
	wrong := func(bad bool, location, message string) {
		if bad {
			fields = append(fields, fault.Field{Location: "body." + location, Message: message})
		}
	}
	const name = "1 to 255 characters without control characters"
	wrong(d.Name == "" || !ingest.ValidName(d.Name, nameRunesMax), "name", name)
	wrong(!ingest.ValidName(d.Version, nameRunesMax), "version", name)
	wrong(d.State != "" && !slices.Contains(workflowStates, d.State), "state", "must be draft, active, paused or archived")
	wrong(d.ExpectedDurationMs < 0, "expectedDurationMs", "must not be negative")
	wrong(d.TimeoutMs < 0, "timeoutMs", "must not be negative")
	wrong(len(d.Tags) > tagsMax, "tags", fmt.Sprintf("at most %d", tagsMax))
	for i, tag := range d.Tags {
		wrong(tag == "" || !ingest.ValidName(tag, tagRunesMax), fmt.Sprintf("tags[%d]", i), "1 to 64 characters")
	}
	wrong(len(d.Steps) > ingest.StepsMax, "steps", fmt.Sprintf("at most %d", ingest.StepsMax))
	seen := make(map[string]bool, len(d.Steps))
	for i, step := range d.Steps {
		at := fmt.Sprintf("steps[%d].", i)
		wrong(!ingest.ValidID(step.StepID) || seen[step.StepID], at+"stepId", "must be an id that no other step has")
		wrong(!ingest.ValidName(step.Name, nameRunesMax), at+"name", name)
		wrong(slices.ContainsFunc(step.DependsOn, func(id string) bool { return !ingest.ValidID(id) }), at+"dependsOn", "must be ids")
		seen[step.StepID] = true
		if len(fields) > fieldsShownMax {
			break
		}
	}
	return fields
}
