package alert

import (
	"encoding/json"
	"math"
	"strings"

	"flowwatch/engine/execution"
)

// equalWithin is how far equal numbers may be apart (B-26).
const equalWithin = 1e-9

// Operators of conditions.
const (
	opGreater        = "gt"
	opGreaterOrEqual = "gte"
	opLess           = "lt"
	opLessOrEqual    = "lte"
	opEqual          = "eq"
	opUnequal        = "ne"
)

// Hysteresis: how far a value must go back before its condition is over (§9b).
const (
	hysteresisPoints = 5.0 // of a percentage, but never more than half of its threshold
	hysteresisShare  = 0.1
)

// compare says whether the value meets the threshold. What is no number meets nothing.
func compare(operator string, value, threshold float64) bool {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return false
	}
	switch operator {
	case opGreater:
		return value > threshold
	case opGreaterOrEqual:
		return value >= threshold
	case opLess:
		return value < threshold
	case opLessOrEqual:
		return value <= threshold
	case opEqual:
		return math.Abs(value-threshold) <= equalWithin
	case opUnequal:
		return math.Abs(value-threshold) > equalWithin
	}
	return false
}

// relaxed says whether a value that met the threshold has gone back far enough.
func relaxed(operator string, value, threshold float64, percent bool) bool {
	if math.IsNaN(value) || compare(operator, value, threshold) {
		return false
	}
	band := math.Abs(threshold) * hysteresisShare
	if percent {
		band = min(hysteresisPoints, math.Abs(threshold)/2)
	}
	switch operator {
	case opGreater, opGreaterOrEqual:
		return value <= threshold-band
	case opLess, opLessOrEqual:
		return value >= threshold+band
	}
	return true
}

// operator is the condition's, or gt where none is said.
func (c *Condition) operator() string {
	if c.Operator == "" {
		return opGreater
	}
	return c.Operator
}

// rises reports whether a growing value comes to meet the condition and goes on meeting it.
func (c *Condition) rises() bool {
	return c.operator() == opGreater || c.operator() == opGreaterOrEqual
}

// Units of thresholds.
const (
	unitMs      = "ms"
	unitSecond  = "s"
	unitMinute  = "min"
	unitHour    = "h"
	unitPercent = "percent"
	unitRatio   = "ratio"
)

// unitMillis is how many milliseconds a unit of time has; 0: it is none.
func unitMillis(unit string) float64 {
	switch unit {
	case "", unitMs:
		return 1
	case unitSecond:
		return 1000
	case unitMinute:
		return 60_000
	case unitHour:
		return 3_600_000
	}
	return 0
}

// limitMs is the threshold of a duration in milliseconds.
func (c *Condition) limitMs() (ms float64, ok bool) {
	if c.Threshold == nil {
		return 0, false
	}
	return *c.Threshold * unitMillis(c.Unit), true
}

// Short names of resources, and the metrics that engine/resource measures.
var resourceMetrics = map[string]string{
	"cpu":            "cpu.usage_percent",
	"memory":         "memory.usage_percent",
	"disk":           "disk.used_percent",
	"db_connections": "db.active_connections",
	"queue_depth":    "queue.depth",
}

// seriesMetric is the full name of a resource's metric.
func seriesMetric(name string) string {
	if full, ok := resourceMetrics[name]; ok {
		return full
	}
	return name
}

// percentage reports whether values of the metric are percentages.
func percentage(metric string) bool { return strings.HasSuffix(seriesMetric(metric), "percent") }

// conditionWire is a Condition as it is read: a number that is not acceptable must not look like one that is absent.
type conditionWire struct {
	Metric            string          `json:"metric"`
	Operator          string          `json:"operator"`
	Threshold         json.RawMessage `json:"threshold"`
	Unit              string          `json:"unit"`
	TimeWindowMinutes json.RawMessage `json:"timeWindowMinutes"`
	ConsecutiveCount  json.RawMessage `json:"consecutiveCount"`
	MinSample         json.RawMessage `json:"minSample"`
}

// UnmarshalJSON reads a condition. A 0, a fraction or a text where a count belongs becomes −1, which Normalise refuses with the field's
// path; a threshold that is no number becomes NaN, likewise.
func (c *Condition) UnmarshalJSON(b []byte) error {
	var w conditionWire
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	*c = Condition{Metric: w.Metric, Operator: w.Operator, Unit: w.Unit, TimeWindowMinutes: count(w.TimeWindowMinutes),
		ConsecutiveCount: count(w.ConsecutiveCount), MinSample: count(w.MinSample)}
	if absent(w.Threshold) {
		return nil
	}
	threshold := math.NaN()
	if err := json.Unmarshal(w.Threshold, &threshold); err != nil {
		threshold = math.NaN()
	}
	c.Threshold = &threshold
	return nil
}

func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// count reads a whole number above 0. 0 is what is absent, −1 what is no such number.
func count(raw json.RawMessage) int {
	if absent(raw) {
		return 0
	}
	var n float64
	if err := json.Unmarshal(raw, &n); err != nil || n < 1 || n > math.MaxInt32 || n != math.Trunc(n) {
		return -1
	}
	return int(n)
}

// minutes is a span of time.
func minutes(n int) execution.Instant { return execution.Instant(n) * minute }

const minute = execution.Instant(60_000_000_000)
