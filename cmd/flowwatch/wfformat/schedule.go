package wfformat

import (
	"time"

	"flowwatch/cmd/flowwatch/eventlog"
)

// span is when a task ran.
type span struct{ from, to time.Time }

// began is when the run did.
func (x *Instance) began() (time.Time, error) {
	for _, text := range []string{x.Workflow.Execution.ExecutedAt, x.CreatedAt} {
		if at, ok := eventlog.ParseTime(text); ok {
			return at.UTC(), nil
		}
	}
	return time.Time{}, wrong("neither executedAt nor createdAt is a time")
}

// schedule is when each task ran, by its position in the specification; false for those of which nothing was recorded, which take no time.
// It begins each task at the time that its record gives, else at the latest end of its parents.
func (x *Instance) schedule(began time.Time) ([]span, []bool, error) {
	tasks := x.Workflow.Specification.Tasks
	at := make(map[string]int, len(tasks))
	for i := range tasks {
		at[tasks[i].ID] = i
	}
	records := make([]*Record, len(tasks))
	for i := range x.Workflow.Execution.Tasks {
		r := &x.Workflow.Execution.Tasks[i]
		records[at[r.ID]] = r
	}
	spans, ran := make([]span, len(tasks)), make([]bool, len(tasks))
	order, err := x.order(at)
	if err != nil {
		return nil, nil, err
	}
	for _, i := range order {
		s := span{from: began}
		for _, parent := range tasks[i].Parents {
			if to := spans[at[parent]].to; to.After(s.from) {
				s.from = to
			}
		}
		r := records[i]
		if r == nil {
			spans[i] = span{from: s.from, to: s.from}
			continue
		}
		if own, ok := eventlog.ParseTime(r.ExecutedAt); ok {
			s.from = own.UTC()
		}
		s.to = s.from.Add(time.Duration(*r.RuntimeSeconds * float64(time.Second)))
		if s.from.Sub(began).Abs() > lifeMax || s.to.Sub(began) > lifeMax {
			return nil, nil, wrong("task %s lies more than 100 years from the beginning of the run", r.ID)
		}
		spans[i], ran[i] = s, true
	}
	return spans, ran, nil
}

// order is the tasks' positions, parents before their children, and otherwise as in the file.
func (x *Instance) order(at map[string]int) ([]int, error) {
	tasks := x.Workflow.Specification.Tasks
	waits, children := make([]int, len(tasks)), make([][]int, len(tasks))
	var order []int
	for i := range tasks {
		waits[i] = len(tasks[i].Parents)
		for _, parent := range tasks[i].Parents {
			children[at[parent]] = append(children[at[parent]], i)
		}
		if waits[i] == 0 {
			order = append(order, i)
		}
	}
	for next := 0; next < len(order); next++ {
		for _, child := range children[order[next]] {
			if waits[child]--; waits[child] == 0 {
				order = append(order, child)
			}
		}
	}
	if len(order) < len(tasks) {
		return nil, wrong("the tasks depend on each other in a circle")
	}
	return order, nil
}
