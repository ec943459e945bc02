package engine

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/resource"
)

const gib = int64(1) << 30

// onDisk gives the bench a disk of 100 GiB, of which the returned number of GiB is used.
func onDisk(t *testing.T) (*bench, *atomic.Int64) {
	t.Helper()
	b := start(t)
	b.close()
	var used atomic.Int64
	b.disk = func() (resource.Disk, bool) {
		u := used.Load() * gib
		return resource.Disk{Total: 100 * gib, Used: u, Free: 100*gib - u}, u > 0
	}
	b.open()
	return b, &used
}

// about lists the codes of causes that are about the disk.
func (b *bench) about() (all []string) {
	for _, code := range codes(b.tenant.SystemHealth().causes) {
		if slices.Contains([]string{warnDisk, warnDiskCritical, warnDiskForecast, warnCapture, warnRecording, "disk"}, code) {
			all = append(all, code)
		}
	}
	return all
}

// J12: at 95 % inputs and outputs of steps are not kept any more, at 98 % measurements neither; states are, and health says so.
func TestAFullDiskStopsStepDataFirstThenMeasurements(t *testing.T) {
	t.Parallel()
	b, used := onDisk(t)
	require.Empty(t, b.about(), "unknown is no warning")
	require.Nil(t, b.engine.Storage().UsedPercent)
	at := time.Duration(0)
	look := func(percent int64, minutes int, level string, want ...string) {
		t.Helper()
		used.Store(percent)
		for range minutes {
			at += time.Minute
			b.clock.set(noon.Add(at))
			b.engine.storage.look()
		}
		require.Equal(t, want, b.about())
		require.Equal(t, level, b.engine.Storage().Level)
	}
	step := func(id string) {
		t.Helper()
		b.ingest(event(id, execution.ExecutionStarted, at), event(id, execution.StepStarted, at+time.Second, func(e *execution.Event) {
			e.StepID, e.Input = "s", []byte(`{"invoice":"FV/1"}`)
		}))
	}
	input := func(id string) string {
		t.Helper()
		detail, err := b.tenant.Step(t.Context(), id, "s")
		require.NoError(t, err)
		return string(detail.Input)
	}
	look(85, 1, "ok")
	look(86, 1, "warning", warnDisk)
	require.Equal(t, statusYellow, b.tenant.SystemHealth().Status)
	step("kept")
	require.JSONEq(t, `{"invoice":"FV/1"}`, input("kept"))

	look(96, 1, "critical", warnDiskCritical, warnCapture)
	h := b.tenant.SystemHealth()
	require.Equal(t, statusRed, h.Status)
	require.Contains(t, codes(h.Warnings), warnDiskCritical)
	require.Contains(t, h.InEnglish().Reasons, "For want of room inputs and outputs of steps are not kept; states of executions are")
	step("late")
	require.JSONEq(t, `{"truncated":true,"sizeBytes":18,"data":"","reason":"disk_critical"}`, input("late"))
	require.JSONEq(t, `{"invoice":"FV/1"}`, input("kept"))
	b.put(sampleAt("a", 1, at))

	look(99, 1, "critical", warnDiskCritical, warnCapture, warnRecording)
	step("states")
	require.Contains(t, input("states"), "disk_critical")
	_, _, err := b.tenant.PutSamples(t.Context(), []Sample{sampleAt("a", 2, at)})
	var refused *fault.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, fault.StorageFull, refused.Kind)
	b.engine.recorder.record(true)
	require.NotContains(t, codes(b.tenant.SystemHealth().causes), warnSilent, "the engine is there")
	b.crash()
	require.Contains(t, input("states"), "disk_critical", "the mark is stored")
	require.Equal(t, []string{warnDiskCritical, warnCapture, warnRecording}, b.about(), "known from the start on")

	look(94, 3, "critical", warnDiskCritical, warnCapture, warnRecording) // not low enough to go on
	look(92, 3, "critical", warnDiskCritical, warnCapture)
	b.put(sampleAt("a", 3, at))
	look(89, 3, "warning", warnDisk)
	step("again")
	require.JSONEq(t, `{"invoice":"FV/1"}`, input("again"))
	look(79, 3, "ok")
}

func TestTheForecastIsComputedFromStoredHistory(t *testing.T) {
	t.Parallel()
	b, used := onDisk(t)
	hours := func(from, to int, gibPerDay int64) {
		t.Helper()
		for h := from; h <= to; h++ {
			b.clock.set(noon.Add(time.Duration(h) * time.Hour))
			used.Store(40 + gibPerDay*int64(h)/24)
			b.engine.storage.look()
			b.engine.recorder.record(true)
			b.engine.recorder.record(true) // one an hour is stored
		}
	}
	hours(0, 23, 24)
	early := b.engine.Storage()
	require.Nil(t, early.BytesPerDay, "a day must have been seen")
	require.Nil(t, early.DaysUntilFull)
	require.Empty(t, b.about())
	hours(24, 36, 24)
	check := func() {
		t.Helper()
		s := b.engine.Storage()
		require.NotNil(t, s.BytesPerDay)
		require.InDelta(t, float64(24*gib), *s.BytesPerDay, float64(gib)/100)
		require.InDelta(t, 1.0, *s.DaysUntilFull, 0.01)
		require.NotNil(t, s.DatabaseBytesPerDay)
		require.Equal(t, noon, s.Since.Time())
		require.Equal(t, []string{warnDiskForecast}, b.about())
		require.Len(t, b.engine.storage.sizes, 37)
	}
	check()
	b.restart()
	check()
	require.Contains(t, b.tenant.SystemHealth().Reasons, "Przy obecnym przyroście dysk danych zapełni się za 1 dni")

	// What is older than 14 days is forgotten, on the disk too.
	b.clock.set(noon.AddDate(0, 0, 20))
	used.Store(40)
	b.engine.storage.look()
	b.engine.recorder.record(true)
	require.Len(t, b.engine.storage.sizes, 1)
	b.restart()
	require.Len(t, b.engine.storage.sizes, 1)
	require.Nil(t, b.engine.Storage().DaysUntilFull)
}
