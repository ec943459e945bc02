package engine

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
	"flowwatch/engine/resource"
	"flowwatch/tsdb"
)

// frameResourcesMax bounds the values of one metrics frame; REST has them all.
const frameResourcesMax = 100

// machine measures what all organisations share: the appliance's process, its
// host and the watched process of an engine. It knows nothing of any of them,
// and its series are the appliance's own (DB6).
type machine struct {
	engine  *Engine
	probe   *resource.Probe // the ticker's alone
	board   *resource.Board
	series  tsdb.Scope
	watched string      // "": none
	missing atomic.Bool // no watched process was found
}

func newMachine(e *Engine, watch string) (*machine, error) {
	probe, err := resource.NewProbe(filepath.Dir(e.db.Path()), watch)
	if err != nil {
		return nil, fmt.Errorf("watch process: %w", err)
	}
	return &machine{
		engine: e, probe: probe, watched: watch, board: resource.NewBoard(resource.DefaultThresholds()), series: e.series.Scope(e.db.System()),
	}, nil
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
	m.engine.storage.look()
	for _, t := range m.engine.all() {
		t.machine.Watch(now, readings...)
		t.noteReadings(readings)
	}
}

// sampleQueue notes the depth of the organisation's queue.
func (t *Tenant) sampleQueue() {
	t.view.RLock()
	pending := t.queue.pending
	t.view.RUnlock()
	now := t.engine.now()
	depth := resource.Reading{Series: resource.NewSeries(resource.QueueDepth, resource.Self), At: now, Value: float64(pending)}
	t.gauges.board.Put(now, depth)
	t.noteReadings([]resource.Reading{depth})
}

// labelsOfSeries names a sample's series in the store.
func labelsOfSeries(s *resource.Series) (tsdb.Labels, error) {
	pairs := make([]string, 0, 2*(len(s.Tags)+1))
	pairs = append(pairs, sourceLabel, string(s.Source))
	for _, tag := range s.Tags {
		pairs = append(pairs, tag.Name, tag.Value)
	}
	return tsdb.NewLabels(s.Metric, pairs...)
}

// sampleID names the one point that a series of samples has at a time, in Unix ms.
func sampleID(at int64) tsdb.PointID { return tsdb.PointID(at) }

// putReadings adds readings to a batch. What no series can hold is left out.
func putReadings(b *tsdb.Batch, readings []resource.Reading) {
	for i := range readings {
		r := &readings[i]
		if labels, err := labelsOfSeries(&r.Series); err == nil {
			at := r.At.UnixMilli()
			_ = b.Put(labels, sampleID(at), tsdb.Point{At: at, Value: r.Value})
		}
	}
}

// How Resources chooses what to show when nobody said: all values of a short
// range, means of a long one.
const (
	allValuesFor      = time.Hour
	resourceBucketMax = 1_500
)

// Resources are the series of shared resources, and of the organisation's own
// queue and engines (S28), as values or, with an interval, as means. Without
// an interval a short range is answered with all values, a longer one with
// means of the shortest interval that makes no more than 1,500.
func (t *Tenant) Resources(r Range, interval Interval) ([]Series, error) {
	from, to := r.ms()
	if interval != "" {
		return t.resourceMeans(r, interval)
	}
	if time.Duration(to-from)*time.Millisecond <= allValuesFor+time.Second {
		all, err := t.readSamples("", []int64{from}, []int64{from, to})
		if err = seriesFault(err); err == nil {
			return t.withUnrecorded(all, r), nil
		}
		if !errors.Is(err, errTooManyPoints) {
			return nil, err
		}
	}
	for _, interval := range []Interval{IntervalMinute, Interval5Min, IntervalQuarter, IntervalHour, IntervalDay} {
		if bounds, err := interval.bounds(r, t.engine.zone); err == nil && len(bounds) <= resourceBucketMax+1 {
			return t.resourceMeans(r, interval)
		}
	}
	return t.resourceMeans(r, IntervalWeek)
}

func (t *Tenant) resourceMeans(r Range, interval Interval) ([]Series, error) {
	bounds, err := interval.bounds(r, t.engine.zone)
	if err != nil {
		return nil, err
	}
	starts := slices.Clone(bounds)
	from, to := r.ms()
	bounds[0], bounds[len(bounds)-1] = max(bounds[0], from), min(bounds[len(bounds)-1], to)
	all, err := t.readSamples(string(tsdb.Avg), starts, bounds)
	if err != nil {
		return nil, seriesFault(err)
	}
	return sortSeries(slices.DeleteFunc(all, func(s Series) bool { return len(s.Points) == 0 })), nil
}

// withUnrecorded puts what was measured here since the last start in place of
// the part of it that was recorded: it is denser and newer.
func (t *Tenant) withUnrecorded(all []Series, r Range) []Series {
	at := make(map[string]int, len(all))
	for i := range all {
		at[seriesKey(&all[i])] = i
	}
	end := r.To.Time()
	lines := append(t.engine.machine.board.Range(r.From.Time(), end), t.gauges.board.Range(r.From.Time(), end)...)
	for i := range lines {
		s := Series{Metric: lines[i].Metric, Labels: lines[i].Labels()}
		first := float64(lines[i].Points[0].At.UnixMilli())
		if k, known := at[seriesKey(&s)]; known {
			s.Points = slices.DeleteFunc(all[k].Points, func(p [2]float64) bool { return p[0] >= first })
			all[k].Points = appendLine(s.Points, &lines[i])
			continue
		}
		s.Points = appendLine(nil, &lines[i])
		all = append(all, s)
	}
	return sortSeries(all)
}

func appendLine(points [][2]float64, l *resource.Line) [][2]float64 {
	for _, p := range l.Points {
		points = append(points, [2]float64{float64(p.At.UnixMilli()), p.Value})
	}
	return points
}

// seriesKey is the same for series of one name.
func seriesKey(s *Series) string { return fmt.Sprint(s.Metric, s.Labels) }

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
