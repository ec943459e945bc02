package engine

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
	"flowwatch/engine/resource"
)

// frameResourcesMax bounds the values of one metrics frame; REST has them all.
const frameResourcesMax = 100

// machine measures what all organisations share: the appliance's process, its
// host and the watched process of an engine. It knows nothing of any of them.
type machine struct {
	engine  *Engine
	probe   *resource.Probe // the ticker's alone
	board   *resource.Board
	watched string      // "": none
	missing atomic.Bool // no watched process was found
}

func newMachine(e *Engine, watch string) (*machine, error) {
	probe, err := resource.NewProbe(filepath.Dir(e.db.Path()), watch)
	if err != nil {
		return nil, fmt.Errorf("watch process: %w", err)
	}
	return &machine{engine: e, probe: probe, watched: watch, board: resource.NewBoard(resource.DefaultThresholds())}, nil
}

// sample reads everything once.
func (m *machine) sample() {
	now := m.engine.now()
	readings, found := m.probe.Read(now)
	m.missing.Store(!found)
	// An embedded store has no connections; what comes nearest are the transactions that read it (AC4.1c).
	database := resource.NewSeries(resource.DBConnections, resource.Self, resource.Tag{Name: "database", Value: "bbolt transactions"})
	readings = append(readings, resource.Reading{Series: database, At: now, Value: float64(m.engine.db.Stats().OpenReads)})
	m.board.Put(now, readings...)
}

// sampleQueue notes the depth of the organisation's queue.
func (t *Tenant) sampleQueue() {
	t.view.RLock()
	pending := t.queue.pending
	t.view.RUnlock()
	now := t.engine.now()
	t.gauges.board.Put(now, resource.Reading{
		Series: resource.NewSeries(resource.QueueDepth, resource.Self), At: now, Value: float64(pending),
	})
}

// Resources are the series of shared resources, and of the organisation's own
// queue and engines, between the times, both included (S28). They reach back an
// hour at most, and not behind the last start: history follows with tsdb.
func (t *Tenant) Resources(from, to time.Time) []Series {
	lines := append(t.engine.machine.board.Range(from, to), t.gauges.board.Range(from, to)...)
	out := make([]Series, len(lines))
	for i := range lines {
		l := &lines[i]
		out[i] = Series{Metric: l.Metric, Labels: l.Labels(), Points: make([][2]float64, len(l.Points))}
		for j, p := range l.Points {
			out[i].Points[j] = [2]float64{float64(p.At.UnixMilli()), p.Value}
		}
	}
	return out
}

// ResourceValue is the present value of a series.
type ResourceValue struct {
	Metric string            `json:"metric"`
	Source string            `json:"source"`
	Labels map[string]string `json:"labels"`
	Value  float64           `json:"value"`
	At     execution.Instant `json:"at"`
}

// publishMetrics sends the present values of resources and the organisation's counts.
func (t *Tenant) publishMetrics() {
	t.hub.Publish([]feed.Frame{t.metricsFrame()})
}

// metricsFrame has the counts and the appliance's own values by their names,
// and all sources' values in resources (AC4.1).
func (t *Tenant) metricsFrame() feed.Frame {
	t.view.RLock()
	total := t.tally.total
	pending := t.queue.pending
	t.view.RUnlock()
	now := t.engine.now()
	values := map[string]any{
		"queue.pending": pending, "executions.running": total[execution.Running],
		"executions.waiting": total[execution.Waiting], "executions.completed": total[execution.Completed],
		"executions.failed": total[execution.Failed], "executions.cancelled": total[execution.Cancelled],
		"at": now.UTC().Format(time.RFC3339Nano),
	}
	present := append(t.engine.machine.board.Present(now), t.gauges.board.Present(now)...)
	resources := make([]ResourceValue, 0, len(present))
	for i := range present {
		r := &present[i]
		if r.Source == resource.Self {
			values[r.Metric] = r.Value
		}
		resources = append(resources, ResourceValue{r.Metric, string(r.Source), r.Labels(), r.Value, execution.At(r.At)})
	}
	slices.SortStableFunc(resources, func(a, b ResourceValue) int { // of too many the own gauges are left out
		switch x, y := resource.Common(a.Metric), resource.Common(b.Metric); {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	})
	health := t.SystemHealth()
	values["resources"] = resources[:min(len(resources), frameResourcesMax)]
	values["status"], values["warnings"] = health.Status, health.Warnings
	return feed.Frame{Event: "metrics:update", Topic: feed.MetricsStream, Data: func(dst []byte) []byte {
		return appendJSON(dst, values)
	}}
}
