package engine

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"flowwatch/engine/execution"
	"flowwatch/tsdb"
)

// pointKind names a series of a workflow that an execution has points in.
type pointKind uint8

// The first kinds are counted where lists sort the execution, by its start or
// else by when it was queued, and once more for the whole organisation. The
// others stand at the time of the end, and have the names of B-111.
const (
	runTookCompleted pointKind = iota // a duration counts the run too
	runTookFailed
	runPending
	runRunning
	runWaiting
	runCompleted // ended, and nobody knows when it began
	runFailed
	runCancelled
	executionDuration
	executionWait
	executionCompleted
	executionFailed
	executionCancelled
	stepDuration
	stepCPU
	stepMemory
	pointKinds
)

// officeKinds is how many kinds are also kept for the whole organisation.
const officeKinds = runCancelled + 1

const (
	runTookMetric  = "run.duration_ms"
	runCountMetric = "run.count"
	workflowLabel  = "workflow"
	statusLabel    = "status"
)

// pointSeries are the metric and the status of each kind. There is nothing
// else to tell series apart but the workflow's id: what an execution is about,
// its client and its tags never become labels.
var pointSeries = [pointKinds]struct {
	metric string
	status execution.Status
}{
	runTookCompleted:   {runTookMetric, execution.Completed},
	runTookFailed:      {runTookMetric, execution.Failed},
	runPending:         {runCountMetric, execution.Pending},
	runRunning:         {runCountMetric, execution.Running},
	runWaiting:         {runCountMetric, execution.Waiting},
	runCompleted:       {runCountMetric, execution.Completed},
	runFailed:          {runCountMetric, execution.Failed},
	runCancelled:       {runCountMetric, execution.Cancelled},
	executionDuration:  {metric: "execution.duration_ms"},
	executionWait:      {metric: "execution.wait_ms"},
	executionCompleted: {metric: "execution.completed"},
	executionFailed:    {metric: "execution.failed"},
	executionCancelled: {metric: "execution.cancelled"},
	stepDuration:       {metric: "step.duration_ms"},
	stepCPU:            {metric: "step.cpu_percent"},
	stepMemory:         {metric: "step.memory_mb"},
}

// point is one value of an execution. It is named by its kind and id.
type point struct {
	kind  pointKind
	id    tsdb.PointID // of the execution, or of a step's attempt
	at    int64        // Unix ms
	value float64
}

// measured are all points of one state of an execution, ordered by name.
type measured struct {
	workflowID string
	points     []point
}

// measure derives the points of an execution. They depend on its state alone,
// so the stored ones are those of the stored document.
func measure(x *execution.Execution, s *execution.Summary) measured {
	m := measured{workflowID: s.WorkflowID, points: make([]point, 0, 4)}
	id := tsdb.NewPointID(s.ExecutionID)
	started, ended := s.StartedAt, s.CompletedAt
	duration := float64(0)
	timed := s.Status.Terminal() && started.Present()
	if timed {
		duration = float64(max(0, ended.Ms()-started.Ms()))
	}
	add := func(kind pointKind, at execution.Instant, value float64) {
		m.points = append(m.points, point{kind: kind, id: id, at: at.Ms(), value: value})
	}
	switch {
	case timed && s.Status == execution.Completed:
		add(runTookCompleted, s.SortTime(), duration)
	case timed && s.Status == execution.Failed:
		add(runTookFailed, s.SortTime(), duration)
	default:
		add(runPending+pointKind(s.Status), s.SortTime(), 1)
	}
	if s.Status.Terminal() {
		if timed && s.Status != execution.Cancelled {
			add(executionDuration, ended, duration)
		}
		if started.Present() && s.QueuedAt.Present() {
			add(executionWait, ended, float64(max(0, started.Ms()-s.QueuedAt.Ms())))
		}
		add(executionCompleted+pointKind(s.Status-execution.Completed), ended, 1)
	}
	m.measureSteps(x, s.ExecutionID)
	slices.SortFunc(m.points, byName)
	return m
}

func (m *measured) measureSteps(x *execution.Execution, executionID string) {
	x.Measures(func(s execution.StepMeasure) {
		id := tsdb.NewPointID(executionID, s.StepID, strconv.Itoa(s.Attempt))
		for _, v := range [...]struct {
			kind  pointKind
			value float64
		}{{stepDuration, float64(s.DurationMs)}, {stepCPU, s.CPUPercent}, {stepMemory, s.MemoryMB}} {
			if v.value != execution.Unknown && !math.IsNaN(v.value) && !math.IsInf(v.value, 0) {
				m.points = append(m.points, point{kind: v.kind, id: id, at: s.CompletedAt.Ms(), value: v.value})
			}
		}
	})
}

func byName(a, b point) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id)) }

// pointChanges gathers what a slice of a checkpoint changes in an
// organisation's series. Only the writer uses it.
type pointChanges struct {
	batch   tsdb.Batch
	labels  map[string]*[pointKinds]tsdb.Labels // by workflow; "" is the organisation
	days    map[tsdb.Day]struct{}               // that are changed
	refused int                                 // points that no series can hold
}

// labelsKeptMax bounds the workflows whose labels are kept ready.
const labelsKeptMax = 4_096

func newPointChanges() *pointChanges {
	return &pointChanges{labels: map[string]*[pointKinds]tsdb.Labels{}, days: map[tsdb.Day]struct{}{}}
}

func (c *pointChanges) reset() {
	c.batch.Reset()
	clear(c.days)
	c.refused = 0
	if len(c.labels) > labelsKeptMax {
		clear(c.labels)
	}
}

// replace moves the series from the points that are stored to those of now.
// With all, also those that did not change are written: nobody knows whether
// they are there.
func (c *pointChanges) replace(old, now *measured, all bool) {
	moved := old.workflowID != now.workflowID
	rest := old.points
	for i := range now.points {
		p := &now.points[i]
		for len(rest) > 0 && byName(rest[0], *p) < 0 {
			c.remove(old.workflowID, &rest[0])
			rest = rest[1:]
		}
		if len(rest) > 0 && byName(rest[0], *p) == 0 {
			former := &rest[0]
			rest = rest[1:]
			if *former == *p && !moved && !all {
				continue
			}
			if moved || tsdb.DayOf(former.at) != tsdb.DayOf(p.at) {
				c.remove(old.workflowID, former)
			}
		}
		c.put(now.workflowID, p)
	}
	for i := range rest {
		c.remove(old.workflowID, &rest[i])
	}
}

func (c *pointChanges) put(workflowID string, p *point) {
	c.each(workflowID, p, func(l tsdb.Labels) error { return c.batch.Put(l, p.id, tsdb.Point{At: p.at, Value: p.value}) })
}

func (c *pointChanges) remove(workflowID string, p *point) {
	c.each(workflowID, p, func(l tsdb.Labels) error { return c.batch.Delete(l, p.id, p.at) })
}

// each does something to a point in the series of its workflow and, where it
// has one, of the organisation.
func (c *pointChanges) each(workflowID string, p *point, do func(l tsdb.Labels) error) {
	c.days[tsdb.DayOf(p.at)] = struct{}{}
	if p.kind < officeKinds {
		if do(c.labelsOf("")[p.kind]) != nil {
			c.refused++
		}
	}
	if workflowID != "" && do(c.labelsOf(workflowID)[p.kind]) != nil {
		c.refused++
	}
}

func (c *pointChanges) labelsOf(workflowID string) *[pointKinds]tsdb.Labels {
	l := c.labels[workflowID]
	if l == nil {
		l = labelsOf(workflowID)
		c.labels[workflowID] = l
	}
	return l
}

// labelsOf names the series of a workflow, or, with "", of the organisation.
// An id that cannot be a label has none.
func labelsOf(workflowID string) *[pointKinds]tsdb.Labels {
	l := new([pointKinds]tsdb.Labels)
	for kind, s := range pointSeries {
		pairs := []string{workflowLabel, workflowID}
		if pointKind(kind) < officeKinds {
			pairs = append(pairs, statusLabel, s.status.String())
		}
		l[kind], _ = tsdb.NewLabels(s.metric, pairs...)
	}
	return l
}
