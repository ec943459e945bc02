package ingest

import (
	"math"
	"strconv"

	"flowwatch/engine/execution"
)

// measures reads the optional numbers; those not given are execution.Unknown,
// but attempt, which is 0 then.
func (d *decoder) measures(e *execution.Event) {
	e.DurationMs = d.whole(fieldDurationMs)
	e.InputBytes = d.whole(fieldInputSizeBytes)
	e.OutputBytes = d.whole(fieldOutputSizeBytes)
	e.CPUPercent = d.measure(fieldCPUUsagePercent, math.MaxFloat64)
	e.MemoryMB = d.measure(fieldMemoryUsageMb, math.MaxFloat64)
	e.Progress = int(math.Round(d.measure(fieldProgress, progressMax)))
	if d.given(fieldAttempt) {
		n := d.measure(fieldAttempt, AttemptMax)
		if n < 1 || n != math.Trunc(n) {
			d.refuse(CodeInvalidField, fieldAttempt, "must be a whole number from 1 to 1000000")
			return
		}
		e.Attempt = int(n)
	}
}

// whole is a measure rounded to a whole number.
func (d *decoder) whole(f field) int64 { return int64(math.Round(d.measure(f, measureMax))) }

// measure reads a number from 0 to limit; execution.Unknown if there is none.
func (d *decoder) measure(f field, limit float64) float64 {
	if !d.given(f) {
		return execution.Unknown
	}
	n, ok := d.number(f)
	if !ok || !(n >= 0 && n <= limit) {
		message := "must be a number from 0 on"
		if limit < math.MaxFloat64 {
			message += " to " + strconv.FormatFloat(limit, 'f', -1, 64)
		}
		d.refuse(CodeInvalidField, f, message)
		return execution.Unknown
	}
	return math.Abs(n) // there is no -0
}

func (d *decoder) number(f field) (float64, bool) {
	v := d.fields[f]
	if v.kind != number {
		return 0, false
	}
	raw := d.raw(v)
	if len(raw) <= 15 {
		if n := decimal(raw); n >= 0 {
			return float64(n), true
		}
	}
	n, err := strconv.ParseFloat(string(raw), 64)
	return n, err == nil
}
