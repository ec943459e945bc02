package office

import (
	"math"
	"time"

	"flowwatch/api/ingest"
)

// What the invented engine has, and what an execution costs it.
const (
	engineMemoryMB  = 4096
	engineIdleMB    = 380
	executionMB     = 45
	executionCPU    = 1.7 // percent
	connectionsIdle = 4
)

// Measure invents what the engine measures of itself, busier the more the office has open. Times are the server's.
func (o *Office) Measure() []ingest.Sample {
	busy := float64(len(o.active))
	between := func(low, high float64) float64 { return low + (high-low)*o.random.Float64() }
	cents := func(v float64) float64 { return math.Round(v*100) / 100 }
	memory := min(0.97*engineMemoryMB, engineIdleMB+executionMB*busy+between(0, 120))
	return []ingest.Sample{
		{Metric: "cpu.usage_percent", Value: cents(min(98, between(2, 9)+executionCPU*busy*between(0.6, 1.2)))},
		{Metric: "memory.used_mb", Value: cents(memory)},
		{Metric: "memory.usage_percent", Value: cents(100 * memory / engineMemoryMB)},
		{Metric: "db.active_connections", Value: math.Round(connectionsIdle + busy*between(0.3, 1))},
	}
}

// MeasureEvery is how often engines measure.
const MeasureEvery = 5 * time.Second
