package engine

import (
	"fmt"
	"io"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"flowwatch/engine/notify"
)

// selfMetrics are the appliance's own numbers, served at /metrics.
type selfMetrics struct {
	set                            *metrics.Set
	accepted, duplicates, rejected *metrics.Counter
	failures, pointsLeftOut        *metrics.Counter
	commit, checkpoint             *metrics.Histogram
}

func newSelfMetrics(e *Engine) *selfMetrics {
	s := metrics.NewSet()
	m := &selfMetrics{
		set:           s,
		accepted:      s.NewCounter(`flowwatch_ingest_events_total{result="accepted"}`),
		duplicates:    s.NewCounter(`flowwatch_ingest_events_total{result="duplicate"}`),
		rejected:      s.NewCounter(`flowwatch_ingest_events_total{result="rejected"}`),
		failures:      s.NewCounter("flowwatch_ingest_failures_total"),
		pointsLeftOut: s.NewCounter("flowwatch_points_left_out_total"),
		commit:        s.NewHistogram("flowwatch_commit_duration_seconds"),
		checkpoint:    s.NewHistogram("flowwatch_checkpoint_slice_duration_seconds"),
	}
	s.NewGauge("flowwatch_ingest_queue_bytes", func() float64 { return float64(e.intake.depth()) })
	s.NewGauge("flowwatch_database_bytes", func() float64 { return float64(e.db.Size()) })
	s.NewGauge("flowwatch_executions_in_memory", func() (n float64) {
		for _, t := range e.all() {
			t.view.RLock()
			n += float64(len(t.shown))
			t.view.RUnlock()
		}
		return n
	})
	return m
}

func (m *selfMetrics) ingested(r *Receipt, err error) {
	if err != nil {
		m.failures.Inc()
		return
	}
	m.accepted.Add(r.Accepted)
	m.duplicates.Add(r.Duplicates)
	m.rejected.Add(len(r.Rejected))
}

// tried counts a message to people, or (channel "subscription") to a program.
func (m *selfMetrics) tried(channel notify.Type, err error) {
	result := "delivered"
	if err != nil {
		result = "failed"
	}
	m.set.GetOrCreateCounter(fmt.Sprintf("flowwatch_deliveries_total{channel=%q,result=%q}", channel, result)).Inc()
}

func (m *selfMetrics) committed(d time.Duration)    { m.commit.Update(d.Seconds()) }
func (m *selfMetrics) checkpointed(d time.Duration) { m.checkpoint.Update(d.Seconds()) }

// WriteMetrics writes the engine's metrics and those of the process in
// Prometheus text format.
func (e *Engine) WriteMetrics(w io.Writer) {
	e.metrics.set.WritePrometheus(w)
	metrics.WriteProcessMetrics(w)
}
