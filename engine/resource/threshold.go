package resource

import "time"

// Thresholds of the warnings that need no rule (B-50). A value warns when it
// is greater, not when it is equal.
type Thresholds struct {
	CPUWarnPercent  float64
	MemWarnPercent  float64
	DiskWarnPercent float64
}

// DefaultThresholds are those of an organisation that said nothing.
func DefaultThresholds() Thresholds {
	return Thresholds{CPUWarnPercent: 80, MemWarnPercent: 85, DiskWarnPercent: 85}
}

// A percentage is calm again when it was calmPoints below its threshold, or
// more, for calmFor.
const (
	calmPoints = 5
	calmFor    = time.Minute
)

// Codes of the warnings of Thresholds.
const (
	WarnCPU    = "cpu"
	WarnMemory = "memory"
	WarnDisk   = "disk"
)

// Of says which warning a metric gives, and above what; ok is false for those
// that give none.
func (t *Thresholds) Of(metric string) (code string, threshold float64, ok bool) {
	switch metric {
	case CPUPercent:
		return WarnCPU, t.CPUWarnPercent, true
	case MemoryPercent:
		return WarnMemory, t.MemWarnPercent, true
	case DiskPercent:
		return WarnDisk, t.DiskWarnPercent, true
	}
	return "", 0, false
}

// Watch is the state of one series against its threshold. The zero value is
// calm. It reads no clock: time is that of the values.
type Watch struct {
	Warned bool
	calm   time.Time // since when it has been low, while it still warns; zero: it is not low
}

// Observe takes the next value and reports whether the warning came or went.
func (w *Watch) Observe(value, threshold float64, at time.Time) (changed bool) {
	switch {
	case value > threshold:
		changed = !w.Warned
		*w = Watch{Warned: true}
	case !w.Warned:
	case value > threshold-calmPoints:
		w.calm = time.Time{}
	case w.calm.IsZero():
		w.calm = at
	case at.Sub(w.calm) >= calmFor:
		*w = Watch{}
		changed = true
	}
	return changed
}
