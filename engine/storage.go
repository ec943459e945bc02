package engine

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/resource"
	"flowwatch/kv"
)

// At which share of the data's disk what stops, in percent; each goes on when it is 5 points lower for a minute. What engines send of
// their executions is taken until there is no room at all (J12).
const (
	diskWarnPercent      = 85
	diskCriticalPercent  = 95 // inputs and outputs of steps are not kept any more
	diskRecordingPercent = 98 // nor the appliance's own resources and queues
	diskForecastDays     = 14 // until it is full: a warning
	diskReadMax          = 2 * time.Second
	diskForgottenEach    = 100
)

// diskSize is the disk and the database at one hour.
type diskSize struct {
	At       time.Time `json:"at"`
	Used     int64     `json:"used"`
	Total    int64     `json:"total"`
	Database int64     `json:"database"`
}

// diskSizes holds one record an hour, in the appliance's own scope.
var diskSizes = kv.NewCollection("disk_sizes", diskSizeSpec())

func diskSizeSpec() kv.Spec[diskSize] {
	encode, decode := kv.JSON[diskSize]()
	key := func(dst []byte, s *diskSize) []byte { return diskSizeKey(dst, s.At) }
	return kv.Spec[diskSize]{Version: 1, Key: key, Encode: encode, Decode: decode}
}

func diskSizeKey(dst []byte, at time.Time) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(max(0, at.UnixMilli())))
}

// storage watches the room that is left for the data.
type storage struct {
	engine *Engine
	read   func() (resource.Disk, bool)

	captureStopped   atomic.Bool // of step data
	recordingStopped atomic.Bool

	mu                            sync.Mutex // guards the fields below
	disk                          resource.Disk
	known                         bool
	warned, critical, noRecording resource.Watch
	sizes                         []diskSize // of the last 14 days, in order of time
}

// newStorage reads the history, and how full the disk is now.
func newStorage(e *Engine, read func() (resource.Disk, bool)) (*storage, error) {
	if read == nil {
		dir := filepath.Dir(e.db.Path())
		read = func() (resource.Disk, bool) {
			ctx, cancel := context.WithTimeout(context.Background(), diskReadMax)
			defer cancel()
			return resource.ReadDisk(ctx, dir)
		}
	}
	s := &storage{engine: e, read: read}
	err := e.db.View(func(tx *kv.Tx) error {
		from := diskSizeKey(nil, e.now().Add(-resource.GrowthOver))
		return diskSizes.Scan(tx, e.db.System(), kv.Span{From: from}, func(_ []byte, d *diskSize) (bool, error) {
			s.sizes = append(s.sizes, *d)
			return true, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read disk sizes: %w", err)
	}
	s.look()
	return s, nil
}

// look measures the disk and stops or resumes what depends on it.
func (s *storage) look() {
	disk, ok := s.read()
	now := s.engine.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known = ok; !ok {
		return
	}
	s.disk = disk
	used := disk.UsedPercent()
	s.warned.Observe(used, diskWarnPercent, now)
	if s.critical.Observe(used, diskCriticalPercent, now) {
		s.captureStopped.Store(s.critical.Warned)
		s.engine.log.Warn("the disk decides whether step data are kept", "kept", !s.critical.Warned, "usedPercent", used)
	}
	if s.noRecording.Observe(used, diskRecordingPercent, now) {
		s.recordingStopped.Store(s.noRecording.Warned)
		s.engine.log.Warn("the disk decides whether resources are recorded", "recorded", !s.noRecording.Warned, "usedPercent", used)
	}
}

// due returns the size to store, once an hour.
func (s *storage) due() (d diskSize, ok bool) {
	database, now := s.engine.db.Size(), s.engine.now().UTC()
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.sizes) - 1; !s.known || last >= 0 && s.sizes[last].At.Truncate(time.Hour).Equal(now.Truncate(time.Hour)) {
		return diskSize{}, false
	}
	return diskSize{At: now, Used: s.disk.Used, Total: s.disk.Total, Database: database}, true
}

// write stores a size and forgets those that no forecast looks at.
func (s *storage) write(tx *kv.Tx, d *diskSize) error {
	system := s.engine.db.System()
	var old []*diskSize
	err := diskSizes.Scan(tx, system, kv.Span{To: diskSizeKey(nil, d.At.Add(-resource.GrowthOver))}, func(_ []byte, d *diskSize) (bool, error) {
		old = append(old, d)
		return len(old) < diskForgottenEach, nil
	})
	for i := 0; i < len(old) && err == nil; i++ {
		err = diskSizes.Delete(tx, system, old[i])
	}
	if err == nil {
		err = diskSizes.Put(tx, system, d)
	}
	if err != nil {
		return fmt.Errorf("disk size: %w", err)
	}
	return nil
}

// written notes a size that is on the disk. One that a clock that was wrong left behind goes.
func (s *storage) written(d *diskSize) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.sizes[:0]
	for _, old := range s.sizes {
		if old.At.Before(d.At) && d.At.Sub(old.At) <= resource.GrowthOver {
			kept = append(kept, old)
		}
	}
	s.sizes = append(kept, *d)
}

// Storage is the room for the data. Numbers that are not known are null: growth needs a day of history, days need growth.
type Storage struct {
	TotalBytes          int64             `json:"totalBytes"`
	UsedBytes           int64             `json:"usedBytes"`
	FreeBytes           int64             `json:"freeBytes"`
	UsedPercent         *float64          `json:"usedPercent"`
	DatabaseBytes       int64             `json:"databaseBytes"`
	UnusedBytes         int64             `json:"unusedBytes"` // of the database: what compact gives back, about
	BytesPerDay         *float64          `json:"bytesPerDay"`
	DatabaseBytesPerDay *float64          `json:"databaseBytesPerDay"`
	DaysUntilFull       *float64          `json:"daysUntilFull"`
	Since               execution.Instant `json:"since"` // of the history that growth is computed from
	Level               string            `json:"level"` // ok, warning, critical, full
	WarnPercent         float64           `json:"warnPercent"`
	CriticalPercent     float64           `json:"criticalPercent"`
	CaptureStopped      bool              `json:"captureStopped"`   // inputs and outputs of steps are not kept
	RecordingStopped    bool              `json:"recordingStopped"` // the appliance's own resources and queues are not recorded
}

// Storage returns the room for the data as it was measured last.
func (e *Engine) Storage() Storage {
	stats, s := e.db.Stats(), e.storage
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Storage{
		DatabaseBytes: stats.SizeBytes, UnusedBytes: stats.FreeBytes, Since: execution.NoInstant, Level: "ok",
		WarnPercent: diskWarnPercent, CriticalPercent: diskCriticalPercent,
		CaptureStopped: s.critical.Warned, RecordingStopped: s.noRecording.Warned,
	}
	switch {
	case e.writer.storageFull.Load():
		out.Level = "full"
	case s.critical.Warned:
		out.Level = "critical"
	case s.warned.Warned:
		out.Level = "warning"
	}
	if len(s.sizes) > 0 {
		out.Since = execution.At(s.sizes[0].At)
	}
	if perDay, ok := s.growth(func(d *diskSize) int64 { return d.Database }); ok {
		out.DatabaseBytesPerDay = &perDay
	}
	if !s.known {
		return out
	}
	used := s.disk.UsedPercent()
	out.TotalBytes, out.UsedBytes, out.FreeBytes, out.UsedPercent = s.disk.Total, s.disk.Used, s.disk.Free, &used
	if perDay, ok := s.growth(func(d *diskSize) int64 { return d.Used }); ok {
		out.BytesPerDay = &perDay
		if perDay > 0 {
			days := resource.Rounded(float64(s.disk.Free) / perDay)
			out.DaysUntilFull = &days
		}
	}
	return out
}

// growth is in whole bytes a day.
func (s *storage) growth(of func(*diskSize) int64) (float64, bool) {
	sizes := make([]resource.Size, len(s.sizes))
	for i := range s.sizes {
		sizes[i] = resource.Size{At: s.sizes[i].At, Bytes: of(&s.sizes[i])}
	}
	perDay, ok := resource.Growth(sizes)
	return float64(int64(perDay)), ok
}

// alarms are the causes of red.
func (s *Storage) alarms() (red []Warning) {
	if s.Level == "critical" && s.UsedPercent != nil {
		red = append(red, *newWarning(warnDiskCritical, "", *s.UsedPercent, diskCriticalPercent))
	}
	return red
}

// warnings are the causes of yellow.
func (s *Storage) warnings() (out []Warning) {
	if s.Level == "warning" && s.UsedPercent != nil {
		out = append(out, *newWarning(warnDisk, "", *s.UsedPercent, diskWarnPercent))
	}
	if s.DaysUntilFull != nil && *s.DaysUntilFull < diskForecastDays {
		out = append(out, *newWarning(warnDiskForecast, "", *s.DaysUntilFull, diskForecastDays))
	}
	if s.CaptureStopped {
		out = append(out, *newWarning(warnCapture, "", 0, 0))
	}
	if s.RecordingStopped {
		out = append(out, *newWarning(warnRecording, "", 0, 0))
	}
	return out
}
