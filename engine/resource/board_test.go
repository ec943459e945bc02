package resource

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// AC4.2a, B-48, B-50: what an engine sends warns at once; each source and each of its parts stands alone.
func TestWhatAnEngineSendsWarnsAtOnce(t *testing.T) {
	t.Parallel()
	b := NewBoard(DefaultThresholds())
	require.False(t, b.Put(noon, reading(CPUPercent, 0, 80), reading(MemoryPercent, 0, 85), reading(DiskPercent, 0, 85)))
	require.Empty(t, b.Warnings(noon))
	require.True(t, b.Put(noon, reading(CPUPercent, time.Second, 81, Tag{"host", "a"}), reading(CPUPercent, time.Second, 10, Tag{"host", "b"})))
	require.True(t, b.Put(noon, reading(MemoryPercent, time.Second, 86)))
	warnings := b.Warnings(noon.Add(time.Second))
	require.Len(t, warnings, 2)
	require.Equal(t, Crossing{NewSeries(CPUPercent, Engine, Tag{"host", "a"}), WarnCPU, 81, 80}, warnings[0])
	require.Equal(t, WarnMemory, warnings[1].Code)

	require.False(t, b.Put(noon, reading(CPUPercent, 0, 1, Tag{"host", "a"})), "an older reading changes nothing")
	require.Len(t, b.Warnings(noon), 2)
	require.Empty(t, b.Warnings(noon.Add(6*time.Minute)), "nothing is known any more")
	require.False(t, b.Put(noon.Add(time.Hour), reading(CPUPercent, 0, 99)), "too old to be news")
}

// A burst of the host's processors is no news, a minute of it is.
func TestAHostWarnsWhenItIsBusyForLong(t *testing.T) {
	t.Parallel()
	b := NewBoard(DefaultThresholds())
	put := func(i int, source Source, value float64) bool {
		at := noon.Add(time.Duration(i) * SampleEvery)
		return b.Put(at, Reading{NewSeries(CPUPercent, source), at, value})
	}
	for i := range 8 {
		require.False(t, put(i, Host, 100), "the burst of a start")
		put(i, Self, 100)
	}
	for i := range 13 {
		require.False(t, put(8+i, Host, 20))
	}
	require.False(t, put(21, Host, 100))
	crossed := 0
	for i := 22; i < 40 && crossed == 0; i++ {
		if put(i, Host, 100) {
			crossed = i
		}
	}
	require.Greater(t, crossed, 26)
	warnings := b.Warnings(noon.Add(time.Duration(crossed) * SampleEvery))
	require.Len(t, warnings, 1, "the process is a part of its host")
	require.Equal(t, Host, warnings[0].Source)
	require.Greater(t, warnings[0].Value, 80.0)
}
