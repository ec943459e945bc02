package resource

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// values are a source's readings by metric.
func values(readings []Reading, source Source) map[string]float64 {
	out := map[string]float64{}
	for i := range readings {
		if r := &readings[i]; r.Source == source {
			out[r.Metric] = r.Value
		}
	}
	return out
}

// burn uses a processor until the deadline.
func burn(until time.Time) (n int) {
	for time.Now().Before(until) {
		n++
	}
	return n
}

// AC4.1a, AC4.1b, B-48: the own process and its host are measured, apart.
func TestTheOwnProcessAndItsHostAreMeasured(t *testing.T) {
	t.Parallel()
	p, err := NewProbe(t.TempDir(), "")
	require.NoError(t, err)
	burn(time.Now().Add(300 * time.Millisecond))
	readings, found := p.Read(time.Now())
	require.True(t, found)
	self, host := values(readings, Self), values(readings, Host)
	for _, metric := range []string{CPUPercent, MemoryMB, MemoryPercent, DiskPercent} {
		require.Contains(t, self, metric)
		require.Positive(t, self[metric], metric)
	}
	for _, metric := range []string{CPUPercent, MemoryMB, MemoryPercent} {
		require.Contains(t, host, metric)
	}
	require.Empty(t, values(readings, Engine))
	for _, v := range []float64{self[CPUPercent], host[CPUPercent], self[MemoryPercent], host[MemoryPercent], self[DiskPercent]} {
		require.LessOrEqual(t, v, 100.0)
	}
	require.Greater(t, host[MemoryMB], self[MemoryMB])
}

// The first reading has no CPU: it would have to be 0, which is not known (B-48).
func TestCPUNeedsTwoReadings(t *testing.T) {
	t.Parallel()
	g := newGroup()
	now := time.Now()
	pid := []int32{int32(os.Getpid())}
	require.Negative(t, g.read(t.Context(), pid, now).cpuPercent)
	require.GreaterOrEqual(t, g.read(t.Context(), pid, now.Add(time.Second)).cpuPercent, 0.0)
	require.Equal(t, usage{cpuPercent: -1, memoryMB: -1}, g.read(t.Context(), nil, now.Add(2*time.Second)))
}

// child starts a copy of a real program under a name that no other process has.
func child(t *testing.T, name string) *exec.Cmd {
	t.Helper()
	sleep, err := exec.LookPath("sleep")
	require.NoError(t, err)
	path := t.TempDir() + "/" + name
	program, err := os.ReadFile(sleep)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, program, 0o700))
	c := exec.CommandContext(t.Context(), path, "60")
	c.Args[0] = path
	require.NoError(t, c.Start())
	return c
}

// AC4.1a: a watched engine is found by name and by pid, several of one name count together; when it ends it is absent, not 0 (B-48).
func TestAWatchedProcessIsMeasuredWhileItLives(t *testing.T) {
	t.Parallel()
	name := "fw-engine-" + strconv.Itoa(os.Getpid()%10_000)
	first := child(t, name)
	byName, err := NewProbe(t.TempDir(), name)
	require.NoError(t, err)
	byPID, err := NewProbe(t.TempDir(), strconv.Itoa(first.Process.Pid))
	require.NoError(t, err)
	for _, p := range []*Probe{byName, byPID} {
		readings, found := p.Read(time.Now().Add(time.Second))
		require.True(t, found)
		require.Positive(t, values(readings, Engine)[MemoryMB])
		require.Contains(t, values(readings, Engine), CPUPercent)
		for i := range readings {
			if readings[i].Source == Engine {
				require.Equal(t, p.watch.Name, readings[i].Labels()["process"])
			}
		}
	}
	second := child(t, name)
	readings, _ := byName.Read(time.Now().Add(time.Second))
	alone := values(readings, Engine)[MemoryMB]
	readings, _ = byName.Read(time.Now().Add(searchEvery + time.Minute))
	require.Greater(t, values(readings, Engine)[MemoryMB], alone)

	for _, c := range []*exec.Cmd{first, second} {
		require.NoError(t, c.Process.Kill())
		require.Error(t, c.Wait())
	}
	for _, p := range []*Probe{byName, byPID} {
		readings, found := p.Read(time.Now().Add(time.Hour))
		require.False(t, found)
		require.Empty(t, values(readings, Engine))
	}
}

func TestATargetIsAPidOrAName(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "0", "-3", "a/b", "a\nb", string(make([]byte, 100))} {
		_, err := ParseTarget(text)
		require.Error(t, err, "%q", text)
		if text != "" { // none at all
			_, err = NewProbe(t.TempDir(), text)
			require.Error(t, err, "%q", text)
		}
	}
	for _, text := range []string{"n8n", "1", "My Engine.exe"} {
		_, err := ParseTarget(text)
		require.NoError(t, err, text)
	}
}
