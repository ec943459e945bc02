package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/mask"
	"flowwatch/engine/resource"
	"flowwatch/kv"
	"flowwatch/tsdb"
)

// Bounds of what engines measure. A series that was silent for gaugeIdle gives
// its place to a new one, so that whoever fills tags with numbers cannot take
// the series store's room from the executions.
const (
	gaugesMax = 500 // of one organisation
	gaugeIdle = 24 * time.Hour
)

// Sample is one value that an engine measured, valid and complete (api/ingest
// sees to that). Tags name its series, together with the metric.
type Sample struct {
	Metric    string
	Tags      map[string]string
	Value     float64
	Timestamp execution.Instant
}

// gauge is the latest value of one series, as it is stored.
type gauge struct {
	Metric string            `json:"metric"`
	Tags   map[string]string `json:"tags,omitempty"`
	Value  float64           `json:"value"`
	At     execution.Instant `json:"at"`
}

// gaugeRecords holds the latest value of each series that engines send. All
// values are in the series store, under the same names.
var gaugeRecords = kv.NewCollection("gauges", gaugeSpec())

func gaugeSpec() kv.Spec[gauge] {
	encode, decode := kv.JSON[gauge]()
	key := func(dst []byte, g *gauge) []byte { s := g.series(); return append(dst, s.Key()...) }
	return kv.Spec[gauge]{Version: 1, Key: key, Encode: encode, Decode: decode}
}

// series is the gauge's name; its source is always the engine.
func (g *gauge) series() resource.Series {
	tags := make([]resource.Tag, 0, len(g.Tags))
	for name, value := range g.Tags {
		tags = append(tags, resource.Tag{Name: name, Value: value})
	}
	return resource.NewSeries(g.Metric, resource.Engine, tags...)
}

// gauges are the resources of one organisation: what its engines send, and
// the depth of its queue.
type gauges struct {
	board *resource.Board

	change sync.Mutex // held over a change, from its checks to its commit and effect; guards latest
	latest map[string]*gauge
}

func newGauges(limits resource.Thresholds) *gauges {
	return &gauges{board: resource.NewBoard(limits), latest: map[string]*gauge{}}
}

// loadGauges reads what is stored.
func (t *Tenant) loadGauges() error {
	var readings []resource.Reading
	err := t.engine.db.View(func(tx *kv.Tx) error {
		return gaugeRecords.Scan(tx, t.scope, kv.Span{}, func(_ []byte, g *gauge) (bool, error) {
			series := g.series()
			t.gauges.latest[series.Key()] = g
			readings = append(readings, resource.Reading{Series: series, At: g.At.Time(), Value: g.Value})
			return true, nil
		})
	})
	if err != nil {
		return fmt.Errorf("gauges: %w", err)
	}
	t.gauges.board.Put(t.engine.now(), readings...)
	return nil
}

// errNoRoomForSeries is the answer when others took the last room meanwhile.
var errNoRoomForSeries = fault.New(fault.Invalid, "too_many_series", "the organisation has as many series as it may")

// PutSamples takes what engines measured; what it accepted is on disk when it
// returns. Of several values of one series and millisecond the last counts, so
// a request may be repeated. Personal data in tags is masked before. A series
// over a limit rejects its samples with too_many_series. Errors:
// fault.StorageFull, and then nothing is taken.
func (t *Tenant) PutSamples(_ context.Context, samples []Sample) (accepted int, rejected []Rejection, err error) {
	accepted, rejected, err = t.takeSamples(samples)
	if accepted > 0 || t.engine.storage.recordingStopped.Load() {
		t.heard.note(t.engine.now(), nil) // the engine is there
	}
	return accepted, rejected, err
}

// takeSamples is PutSamples, whoever measured: an engine is not heard of by it.
func (t *Tenant) takeSamples(samples []Sample) (accepted int, rejected []Rejection, err error) {
	now := t.engine.now()
	if t.engine.storage.recordingStopped.Load() {
		return 0, nil, storeFault(fmt.Errorf("put samples: the last room is for states: %w", kv.ErrFull))
	}
	g := t.gauges
	g.change.Lock()
	p := g.plan(samples, t.Hides(), execution.At(now), gaugesMax)
	if err = t.series.Room(p.added...); errors.Is(err, tsdb.ErrSeriesLimit) {
		p, err = g.plan(samples, t.Hides(), execution.At(now), 0), nil
	}
	if err == nil {
		err = t.saveGauges(p)
	}
	if err == nil {
		for key := range p.idle {
			series := g.latest[key].series()
			g.board.Forget(&series)
			delete(g.latest, key)
		}
		maps.Copy(g.latest, p.put)
	}
	g.change.Unlock()
	if err != nil {
		return 0, nil, storeFault(fmt.Errorf("put samples: %w", err))
	}
	t.noteReadings(p.readings)
	if g.board.Put(now, p.readings...) {
		t.publishMetrics()
	}
	return len(p.readings), p.rejected, nil
}

// gaugePlan is what one request changes.
type gaugePlan struct {
	readings []resource.Reading
	points   tsdb.Batch
	put      map[string]*gauge   // newer than what is stored
	added    []tsdb.Labels       // series without a latest value so far
	idle     map[string]struct{} // leave, to make room
	rejected []Rejection
}

// plan decides on samples, when seriesMax series may have latest values. The
// caller holds change.
func (g *gauges) plan(samples []Sample, hides *mask.Rules, now execution.Instant, seriesMax int) *gaugePlan {
	p := &gaugePlan{put: map[string]*gauge{}}
	all, series := make([]gauge, len(samples)), make([]resource.Series, len(samples))
	named, added := map[string]bool{}, 0
	for i := range samples {
		s := &samples[i]
		all[i] = gauge{Metric: s.Metric, Tags: masked(s.Tags, hides), Value: s.Value, At: s.Timestamp}
		series[i] = all[i].series()
		if key := series[i].Key(); !named[key] {
			named[key] = true
			if g.latest[key] == nil {
				added++
			}
		}
	}
	room := max(0, seriesMax-len(g.latest))
	if added > room && seriesMax > 0 {
		p.idle = g.idle(now, named)
		room += len(p.idle)
	}
	for i := range all {
		next, key := &all[i], series[i].Key()
		last := p.put[key]
		if last == nil {
			last = g.latest[key]
		}
		if last == nil && room == 0 {
			p.reject(i, "too_many_series", fmt.Sprintf("an organisation has at most %d series of samples", gaugesMax))
			continue
		}
		labels, err := p.add(&series[i], next)
		if err != nil {
			p.reject(i, "invalid_field", err.Error())
			continue
		}
		if last == nil {
			p.added = append(p.added, labels)
			room--
		}
		if last == nil || next.At >= last.At {
			p.put[key] = next
		}
		p.readings = append(p.readings, resource.Reading{Series: series[i], At: next.At.Time(), Value: next.Value})
	}
	return p
}

// add puts a value among the points. Its error is for the sender.
func (p *gaugePlan) add(series *resource.Series, g *gauge) (tsdb.Labels, error) {
	if computed(series.Metric) {
		return tsdb.Labels{}, fmt.Errorf("%s is computed from events and cannot be sent", series.Metric)
	}
	labels, err := labelsOfSeries(series)
	if err == nil {
		err = p.points.Put(labels, sampleID(g.At.Ms()), tsdb.Point{At: g.At.Ms(), Value: g.Value})
	}
	return labels, err
}

func (p *gaugePlan) reject(index int, code, message string) {
	p.rejected = append(p.rejected, Rejection{Index: index, Code: code, Message: message})
}

// idle finds the series that were silent for long, and are not named now.
func (g *gauges) idle(now execution.Instant, named map[string]bool) map[string]struct{} {
	found := map[string]struct{}{}
	for key, v := range g.latest {
		if !named[key] && now.Time().Sub(v.At.Time()) > gaugeIdle {
			found[key] = struct{}{}
		}
	}
	return found
}

// saveGauges commits a plan. One without readings changes nothing.
func (t *Tenant) saveGauges(p *gaugePlan) error {
	if len(p.readings) == 0 {
		return nil
	}
	keys := slices.Sorted(maps.Keys(p.put))
	return t.engine.db.Batch(func(tx *kv.Tx) error {
		for key := range p.idle {
			if err := gaugeRecords.Delete(tx, t.scope, t.gauges.latest[key]); err != nil {
				return err
			}
		}
		for _, key := range keys {
			if err := gaugeRecords.Put(tx, t.scope, p.put[key]); err != nil {
				return err
			}
		}
		left, err := t.series.Apply(tx, &p.points)
		if err == nil && left > 0 {
			err = errNoRoomForSeries
		}
		return err
	})
}

// masked copies tags without personal data: a label cannot be erased (B-101).
func masked(tags map[string]string, hides *mask.Rules) map[string]string {
	out := make(map[string]string, len(tags))
	for name, value := range tags {
		out[name] = hides.Label(name, value)
	}
	return out
}
