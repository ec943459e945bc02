package api

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

const (
	tagsMax        = ingest.TagsMax
	tagRunesMax    = ingest.TagRunesMax
	fieldsShownMax = 100 // of what one problem points at

	instructionMax  = 4000
	linkBytesMax    = 2048
	graceMinutesMax = 1440
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

	Schedule     *engine.WorkflowSchedule `json:"schedule,omitempty"`     // when it is expected to run
	Instruction  string                   `json:"instruction,omitempty"`  // what to do when it fails
	Owner        string                   `json:"owner,omitempty"`        // who looks after it
	ExecutionURL string                   `json:"executionUrl,omitempty"` // with {executionId} or {externalId}
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

// listWorkflows answers with all workflows of the organisation, or with one of them, with numbers=true also what they amounted to lately.
func (s *Server) listWorkflows(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	numbers := q.choice("numbers", "false", "false", "true") == "true"
	if err := q.err(); err != nil {
		return err
	}
	all, err := c.tenant.Workflows(c.Context(), q.values.Get("workflowId"))
	if err != nil {
		return err
	}
	if numbers {
		if err := c.tenant.AddNumbers(c.Context(), all); err != nil {
			return err
		}
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
	d.State = strings.ToLower(d.State) // some engines shout
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
		Instruction: strings.TrimSpace(d.Instruction), Owner: strings.TrimSpace(d.Owner), ExecutionURL: d.ExecutionURL,
	}
	if d.Schedule != nil && d.Schedule.Cron != "" {
		w.Schedule = d.Schedule
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

// checkPlan says what is wrong with what people read when the workflow fails, and with its schedule.
func (d *WorkflowDeclaration) checkPlan(wrong func(bad bool, location, message string)) {
	wrong(utf8.RuneCountInString(d.Instruction) > instructionMax || !utf8.ValidString(d.Instruction) || strings.ContainsFunc(d.Instruction, notText),
		"instruction", fmt.Sprintf("at most %d characters", instructionMax))
	wrong(!ingest.ValidName(d.Owner, nameRunesMax), "owner", "at most 255 characters without control characters")
	u, err := url.Parse(strings.NewReplacer("{executionId}", "id", "{externalId}", "id").Replace(d.ExecutionURL))
	wrong(d.ExecutionURL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil ||
		len(d.ExecutionURL) > linkBytesMax || strings.ContainsFunc(d.ExecutionURL, unicode.IsSpace)),
		"executionUrl", "must be an http or https URL without user, where {executionId} or {externalId} may stand for the execution")
	if d.Schedule != nil && *d.Schedule != (engine.WorkflowSchedule{}) {
		for _, f := range checkSchedule(d.Schedule) {
			wrong(true, strings.TrimPrefix(f.Location, "body."), f.Message)
		}
	}
}

// checkSchedule says what is wrong with a schedule in a body; nil: nothing.
func checkSchedule(s *engine.WorkflowSchedule) (fields []fault.Field) {
	if s == nil {
		return nil
	}
	if message := s.Check(); message != "" {
		fields = append(fields, fault.Field{Location: "body.schedule.cron", Message: message})
	}
	if s.GraceMinutes < 0 || s.GraceMinutes > graceMinutesMax {
		fields = append(fields, fault.Field{Location: "body.schedule.graceMinutes", Message: fmt.Sprintf("must be 0 to %d", graceMinutesMax)})
	}
	return fields
}

// notText reports control characters other than the ends of lines and tabs.
func notText(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

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
	d.checkPlan(wrong)
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
