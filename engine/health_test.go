package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

func codes(warnings []Warning) (all []string) {
	for _, w := range warnings {
		all = append(all, w.Code)
	}
	return all
}

// B-102: green while events come or nothing runs; a minute of silence is yellow, five are red.
func TestSilenceWhileSomethingRunsIsSeen(t *testing.T) {
	t.Parallel()
	b := start(t)
	healthAt := func(after time.Duration) SystemHealth {
		b.clock.set(noon.Add(after))
		return b.tenant.SystemHealth()
	}
	b.ingest(event("q", execution.ExecutionQueued, 0))
	require.NotContains(t, codes(healthAt(time.Hour).causes), warnSilent, "nothing runs")
	b.clock.set(noon)
	b.ingest(event("x", execution.ExecutionStarted, 0))
	require.NotContains(t, codes(healthAt(time.Minute).causes), warnSilent)
	yellow := healthAt(61 * time.Second)
	require.Equal(t, statusYellow, yellow.Status)
	require.Contains(t, codes(yellow.Warnings), warnSilent)
	require.Contains(t, yellow.Reasons, "Wykonania trwają, a silniki milczą od 61 s")
	require.Contains(t, yellow.InEnglish().Reasons, "Executions run, and engines have been silent for 61 s")
	red := healthAt(301 * time.Second)
	require.Equal(t, statusRed, red.Status)
	require.Contains(t, codes(red.causes), warnSilent)
	b.ingest(event("x", execution.ExecutionProgress, time.Second))
	require.NotEqual(t, statusRed, healthAt(301*time.Second).Status)

	b.clock.set(noon.Add(30 * time.Minute))
	b.put(sampleAt("cpu.usage_percent", 3, 30*time.Minute))
	require.NotContains(t, codes(healthAt(31*time.Minute).causes), warnSilent, "a long step, and the engine is alive")

	// After a restart the silence counts from there.
	b.clock.set(noon.Add(time.Hour))
	b.restart()
	require.NotContains(t, codes(healthAt(time.Hour).causes), warnSilent)
	require.Contains(t, codes(healthAt(time.Hour+2*time.Minute).causes), warnSilent)
}

// B-102: a clock that runs ahead is a reason for five minutes; a full disk is red.
func TestClocksAndDisksAreReasons(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("x", execution.ExecutionQueued, 0, func(e *execution.Event) { e.ClockSkewed = true }))
	h := b.tenant.SystemHealth()
	require.Contains(t, codes(h.causes), reasonClock)
	require.NotEqual(t, statusGreen, h.Status)
	require.Len(t, h.Reasons, len(h.causes))
	b.clock.set(noon.Add(5 * time.Minute))
	require.NotContains(t, codes(b.tenant.SystemHealth().causes), reasonClock)
	b.engine.writer.storageFull.Store(true)
	h = b.tenant.SystemHealth()
	require.Equal(t, statusRed, h.Status)
	require.Equal(t, reasonFull, h.causes[0].Code)
}

// Every code has its sentence in both languages, with nothing left open.
func TestSentencesAreWhole(t *testing.T) {
	t.Parallel()
	for code := range sentences {
		w := newWarning(code, "engine", 81.25, 80)
		require.NotContains(t, w.Message+w.English(), "{", code)
		require.NotEqual(t, w.Message, w.English())
	}
	require.Contains(t, newWarning("cpu", "host", 81.25, 80).Message, "81,25%")
}
