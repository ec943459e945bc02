package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/promql"
)

// remoteOf are series of one sample each, at the clock's time.
func (b *bench) remoteOf(metric string, from, to int) []RemoteSeries {
	all := make([]RemoteSeries, 0, to-from)
	for i := from; i < to; i++ {
		pairs := []string{"__name__", metric, "n", fmt.Sprint(i)}
		all = append(all, RemoteSeries{Identity: fmt.Sprint(pairs), Pairs: pairs, Samples: []RemoteSample{{At: b.clock.now().UnixMilli(), Value: float64(i)}}})
	}
	return all
}

func (b *bench) remoteWrite(all []RemoteSeries) (taken int, refused []RemoteRefusal) {
	b.t.Helper()
	taken, refused, err := b.tenant.WriteRemote(b.t.Context(), all)
	require.NoError(b.t, err)
	return taken, refused
}

func (b *bench) remoteSeries() int {
	b.t.Helper()
	found, err := b.tenant.PromSeries(b.t.Context(), []string{`{n=~".+"}`})
	require.NoError(b.t, err)
	return len(found)
}

// Who fills labels with numbers takes no more than the room for other monitors' series; known ones go on, and retention makes room again.
func TestSeriesOfOthersHaveALimit(t *testing.T) {
	t.Parallel()
	b := startCalm(t)
	taken, refused := b.remoteWrite(b.remoteOf("a", 0, remoteSeriesMax-1))
	require.Equal(t, remoteSeriesMax-1, taken)
	require.Empty(t, refused)
	taken, refused = b.remoteWrite(b.remoteOf("b", 0, 3))
	require.Equal(t, 1, taken, "as many as there is room for")
	require.Equal(t, "too_many_series", refused[0].Code)
	require.Equal(t, 2, refused[0].Samples)
	b.restart()
	taken, refused = b.remoteWrite(append(b.remoteOf("a", 0, 2), b.remoteOf("b", 1, 2)...))
	require.Equal(t, 2, taken, "also after a restart")
	require.Len(t, refused, 1)

	b.clock.set(noon.Add(47 * 24 * time.Hour))
	taken, _ = b.remoteWrite(b.remoteOf("a", 0, 2))
	require.Equal(t, 2, taken)
	b.retain()
	require.Equal(t, 2, b.remoteSeries(), "what retention left nothing of is forgotten")
	b.clock.set(noon.Add(47*24*time.Hour + 2*remoteReloadIdle))
	taken, refused = b.remoteWrite(b.remoteOf("c", 0, 3))
	require.Equal(t, 3, taken, "%v", refused)
}

// Labels are in memory as long as their series is, and what is remembered of requests must not grow with what they refuse: megabytes a series, in requests
// without end.
func TestLargeLabelsAreNotRemembered(t *testing.T) {
	t.Parallel()
	b := start(t)
	at := b.clock.now().UnixMilli()
	large := func(metric string, n int) (all []RemoteSeries) {
		pairs := []string{"__name__", metric}
		for label := range n {
			pairs = append(pairs, fmt.Sprintf("l%d", label), strings.Repeat("x", 1000))
		}
		return []RemoteSeries{{Identity: metric + strings.Repeat("x", 1000*n), Pairs: pairs, Samples: []RemoteSample{{At: at, Value: 1}}}}
	}
	taken, refused := b.remoteWrite(large("fits", 8))
	require.Equal(t, 1, taken, "%v", refused)
	_, refused = b.remoteWrite(large("large", 9))
	require.Equal(t, "labels_too_large", refused[0].Code)
	require.Less(t, len(refused[0].Series)+len(refused[0].Message), 1000)
	for i := range 40 {
		_, refused = b.remoteWrite([]RemoteSeries{{Identity: fmt.Sprint(i, strings.Repeat("y", 1<<20)), Pairs: []string{"__name__", strings.Repeat("y", 1<<20)}}})
		require.Equal(t, "labels_too_large", refused[0].Code)
		require.LessOrEqual(t, b.tenant.remote.knownBytes, remoteKnownBytesMax)
	}
	kept := 0
	for identity := range b.tenant.remote.known {
		kept += len(identity)
	}
	require.Equal(t, b.tenant.remote.knownBytes, kept)
	require.NotZero(t, kept)
}

// What tells of a refused series is kept where administrators look, who need not see personal data: neither whole nor in part.
func TestRefusedSeriesAreToldMasked(t *testing.T) {
	t.Parallel()
	const pesel = "44051401359"
	for before := range 320 {
		told := describe([]string{"__name__", "x", "a", strings.Repeat("y", before) + " " + pesel, "b", "z " + pesel, "klucz " + pesel, "1"})
		require.NotContains(t, told, pesel[:6], "%d", before)
		require.Less(t, len(told), 310)
	}
}

// A request that says the same labels in another order means the same series.
func TestTheOrderOfLabelsMeansNothing(t *testing.T) {
	t.Parallel()
	b := start(t)
	at := b.clock.now().UnixMilli()
	b.remoteWrite([]RemoteSeries{
		{Identity: "1", Pairs: []string{"__name__", "x", "n", "1", "b", "2"}, Samples: []RemoteSample{{At: at - 1000, Value: 1}}},
		{Identity: "2", Pairs: []string{"b", "2", "n", "1", "__name__", "x", "empty", ""}, Samples: []RemoteSample{{At: at, Value: 2}}},
	})
	require.Equal(t, 1, b.remoteSeries())
	answer, err := b.tenant.PromInstant(t.Context(), &promql.Query{Text: "sum_over_time(x[1m])", At: b.clock.now()})
	require.NoError(t, err)
	require.Contains(t, string(answer.Data), `"3"`)
}

// J12: where the last room is for states, samples of others are refused for the time being, and nothing of them is taken.
func TestAFullDiskTakesNoSamplesOfOthers(t *testing.T) {
	t.Parallel()
	b, used := onDisk(t)
	look := func(percent int64, minute int) {
		used.Store(percent)
		b.clock.set(noon.Add(time.Duration(minute) * time.Minute))
		b.engine.storage.look()
	}
	look(99, 1)
	_, _, err := b.tenant.WriteRemote(t.Context(), b.remoteOf("x", 0, 1))
	require.Equal(t, fault.StorageFull, fault.Of(err).Kind)
	require.Zero(t, b.remoteSeries())
	for minute := 2; minute < 6; minute++ {
		look(50, minute)
	}
	taken, _ := b.remoteWrite(b.remoteOf("x", 0, 1))
	require.Equal(t, 1, taken)
}

// Metrics that are read somewhere, and samples of other monitors, are no word of an engine: its silence is still noticed.
func TestOnlyEnginesAreHeardOf(t *testing.T) {
	t.Parallel()
	b := start(t)
	at := execution.At(b.clock.now())
	b.remoteWrite(b.remoteOf("x", 0, 1))
	_, _, err := b.tenant.takeSamples([]Sample{{Metric: "db.active_connections", Value: 1, Timestamp: at}})
	require.NoError(t, err)
	require.Zero(t, b.tenant.heard.last.Load())
	_, _, err = b.tenant.PutSamples(t.Context(), []Sample{{Metric: "db.active_connections", Value: 1, Timestamp: at}})
	require.NoError(t, err)
	require.NotZero(t, b.tenant.heard.last.Load())
}
