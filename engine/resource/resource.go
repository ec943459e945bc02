// Package resource knows what machines and processes use: it reads the
// appliance's own process, its host and the watched process of an engine,
// keeps the latest value of each series and the last hour of what it read, and
// decides when a value is worth a warning. It imports nothing of the engine.
//
// What was not measured has no Reading: absent is never 0.
package resource

import (
	"math"
	"slices"
	"strings"
	"time"
)

// SampleEvery is how often resources are read, and shown.
const SampleEvery = 5 * time.Second

// Names of the metrics. CPU is the share of all processors of its machine in
// percent 0–100, memory in MiB or in percent of the machine's.
const (
	CPUPercent    = "cpu.usage_percent"
	MemoryMB      = "memory.used_mb"
	MemoryPercent = "memory.usage_percent"
	DiskPercent   = "disk.used_percent" // of the disk that holds the data
	DBConnections = "db.active_connections"
	QueueDepth    = "queue.depth"
)

// Common reports whether a metric is one of these.
func Common(metric string) bool {
	switch metric {
	case CPUPercent, MemoryMB, MemoryPercent, DiskPercent, DBConnections, QueueDepth:
		return true
	}
	return false
}

// Source says who is measured. The sources are never mixed in one series.
type Source string

// The sources.
const (
	Self   Source = "self"   // the appliance's own process and data
	Host   Source = "host"   // the machine it runs on
	Engine Source = "engine" // what engines send, and the watched process
)

// Tag is one more label of a series.
type Tag struct{ Name, Value string }

// Series names what is measured, and of whom. Tags are sorted by name.
type Series struct {
	Metric string
	Source Source
	Tags   []Tag
}

// Reading is one value of a series. Value is finite.
type Reading struct {
	Series
	At    time.Time
	Value float64
}

// NewSeries sorts the tags, which it takes over.
func NewSeries(metric string, source Source, tags ...Tag) Series {
	slices.SortFunc(tags, func(a, b Tag) int { return strings.Compare(a.Name, b.Name) })
	return Series{Metric: metric, Source: source, Tags: tags}
}

// Key is the same for equal series and differs for others: neither names nor
// values hold control characters.
func (s *Series) Key() string {
	const between = "\x1f"
	var b strings.Builder
	b.WriteString(s.Metric)
	b.WriteString(between)
	b.WriteString(string(s.Source))
	for _, t := range s.Tags {
		b.WriteString(between)
		b.WriteString(t.Name)
		b.WriteString(between)
		b.WriteString(t.Value)
	}
	return b.String()
}

// Labels are the tags and the source.
func (s *Series) Labels() map[string]string {
	labels := make(map[string]string, len(s.Tags)+1)
	for _, t := range s.Tags {
		labels[t.Name] = t.Value
	}
	labels["source"] = string(s.Source)
	return labels
}

// processTag names the watched process that a series is about.
const processTag = "process"

// measuredHere reports whether a Probe reads the series.
func (s *Series) measuredHere() bool {
	return s.Source != Engine || slices.ContainsFunc(s.Tags, func(t Tag) bool { return t.Name == processTag })
}

// Rounded has two decimals, as people read it.
func Rounded(v float64) float64 { return math.Round(v*100) / 100 }
