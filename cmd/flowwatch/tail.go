package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"flowwatch/engine"
)

// Topics of tail, by the names that people give them.
const (
	tailExecutions = "executions"
	tailSteps      = "steps"
	tailAlerts     = "alerts"
	tailQueue      = "queue"
)

var liveTopicOf = map[string]string{
	tailExecutions: "execution_updates", tailSteps: "step_updates", tailAlerts: "alerts", tailQueue: "queue_status",
}

// tailCommand shows what happens until a signal, also when the server restarts meanwhile.
type tailCommand struct {
	Type      []string `default:"executions,alerts" enum:"executions,steps,alerts,queue" sep:"," placeholder:"TYPE" help:"What to show: executions, steps, alerts, queue. Default: executions,alerts"`
	Workflow  string   `placeholder:"ID" help:"Only of this workflow."`
	Execution string   `placeholder:"ID" help:"Only of this execution."`
	Status    []string `enum:"pending,running,waiting,completed,failed,cancelled" sep:"," placeholder:"STATUS" help:"Only executions that become, or leave, one of these."`
	JSON      bool     `name:"json" help:"A frame of the protocol a line, as the server sends it."`
	serverFlags
}

// Run follows until a signal, which is how it ends well.
func (c *tailCommand) Run(p *program) error {
	client, err := c.client(p.log)
	if err != nil {
		return err
	}
	t := &tail{screen: p.screen(), json: c.JSON}
	f := &follower{client: client, change: t.change, tell: p.say}
	for _, name := range c.Type {
		topic := liveTopic{name: liveTopicOf[name], filter: liveFilter{WorkflowID: c.Workflow, ExecutionID: c.Execution}}
		if name == tailExecutions || name == tailSteps {
			topic.filter.Status = c.Status
		}
		f.topics = append(f.topics, topic)
	}
	return f.run(p.ctx)
}

// tail prints changes.
type tail struct {
	screen *screen
	json   bool
}

// change prints a line. Nobody who reads it any more is an end.
func (t *tail) change(frame *liveFrame, whole []byte) error {
	if err := t.shown(frame, whole); err != nil {
		return fatal{err}
	}
	return nil
}

func (t *tail) shown(frame *liveFrame, whole []byte) error {
	if t.json {
		_, err := fmt.Fprintf(t.screen.w, "%s\n", whole)
		return err
	}
	t.screen.measure()
	switch frame.Event {
	case "execution:update":
		var x engine.ExecutionUpdate
		return t.read(frame, &x, func() []cell { return t.execution(&x) })
	case "step:update":
		var x engine.StepUpdate
		return t.read(frame, &x, func() []cell { return t.step(&x) })
	case "alert:update", "alert:triggered":
		var r engine.AlertRecord
		return t.read(frame, &r, func() []cell { return t.alert(&r) })
	case "queue:update":
		var q engine.QueueStatus
		return t.read(frame, &q, func() []cell {
			return []cell{{t.screen.clock(time.Now()), dim}, text("queue"), text(queueSentence(&q))}
		})
	}
	return nil
}

func (t *tail) read(frame *liveFrame, into any, cells func() []cell) error {
	if err := json.Unmarshal(frame.Data, into); err != nil {
		return fmt.Errorf("read the server's frame: %w", err)
	}
	return t.screen.line(cells()...)
}

func (t *tail) execution(x *engine.ExecutionUpdate) []cell {
	cells := []cell{
		{t.screen.moment(x.Timestamp), dim}, padded(state(x.Status), statusRunes), text(fmt.Sprintf("%3d %%", x.Progress)),
		{x.WorkflowName, bold}, text(x.ExecutionID),
	}
	if x.ClientRef != nil {
		cells = append(cells, text(*x.ClientRef))
	}
	switch {
	case x.Error != nil:
		cells = append(cells, cell{*x.Error, red})
	case x.Status == "completed":
		cells = append(cells, cell{milliseconds(x.Duration), dim})
	case x.CurrentStep != nil:
		cells = append(cells, cell{*x.CurrentStep, dim})
	}
	return cells
}

func (t *tail) step(x *engine.StepUpdate) []cell {
	cells := []cell{
		{t.screen.moment(x.Timestamp), dim}, padded(state(x.Status), statusRunes), text("step "), {x.Name, bold}, text(x.ExecutionID),
	}
	if x.Attempt > 1 {
		cells = append(cells, text("attempt "+strconv.Itoa(x.Attempt)))
	}
	if x.Duration != nil {
		cells = append(cells, cell{milliseconds(x.Duration), dim})
	}
	if x.Error != nil {
		cells = append(cells, cell{*x.Error, red})
	}
	return cells
}

func (t *tail) alert(r *engine.AlertRecord) []cell {
	at := max(r.TriggeredAt, r.AcknowledgedAt, r.EscalatedAt, r.ResolvedAt) // what is not known comes before all times
	cells := []cell{
		{t.screen.moment(at), dim}, padded(state(r.Status), statusRunes), text("alert"), severity(string(r.Severity)), {r.Message, bold},
	}
	hint := cell{"flowwatch ack " + r.ID, dim}
	if r.AcknowledgedAt.Present() || r.ResolvedAt.Present() || !t.screen.room(cells, hint) {
		return cells
	}
	return append(cells, hint)
}
