package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api"
	"flowwatch/tsdb"
)

// seal makes the directory's segments, as a server does when its days have been quiet for a while.
func seal(t *testing.T, data string) (segments []string) {
	t.Helper()
	db, err := directory(data).open()
	require.NoError(t, err)
	later := func() time.Time { return time.Now().Add(time.Hour) }
	series, err := tsdb.Open(db, tsdb.Options{Segments: directory(data).segments(), Now: later})
	require.NoError(t, err)
	for range 6 { // each verifies one segment of one organisation; what is found damaged is an error, and made anew by the next
		err = series.Maintain(t.Context())
	}
	require.NoError(t, err)
	require.NoError(t, series.Close())
	require.NoError(t, db.Close())
	segments, err = filepath.Glob(filepath.Join(directory(data).segments(), "*", "*", "*", "data"))
	require.NoError(t, err)
	require.NotEmpty(t, segments)
	return segments
}

// ofEvents leaves out what the server measures of itself.
const ofEvents = "&metricTypes=execution.duration_ms,execution.wait_ms,execution.completed,execution.failed,step.duration_ms"

// Numbers are the same with segments, without, with damaged ones, and in a restored backup; check tells, and does not call it damage.
func TestDamagedSegmentsAreToldOfAndLoseNothing(t *testing.T) {
	t.Parallel()
	data, token := filled(t)
	numbers := func(data string) (m api.WorkflowMetrics, values api.SeriesAnswer) {
		t.Helper()
		server := serveOn(t, data)
		defer server.stop(t)
		read(t, server.url, token, "/api/monitoring/workflows/w/metrics?start=2000-01-01T00:00:00Z&end=2100-01-01T00:00:00Z", &m)
		read(t, server.url, token, "/api/monitoring/metrics?startTime=2000-01-01T00:00:00Z&endTime=2100-01-01T00:00:00Z"+ofEvents, &values)
		require.EqualValues(t, 1, m.SuccessfulExecutions)
		require.NotEmpty(t, values.Series)
		return m, values
	}
	want, wantValues := numbers(data)
	requireSame := func(data string) {
		t.Helper()
		m, values := numbers(data)
		require.Equal(t, want, m)
		require.Equal(t, wantValues, values)
	}
	for _, harm := range []func(path string) error{
		func(path string) error { return os.Truncate(path, 3) },
		func(path string) error { return os.WriteFile(path, []byte("something else"), 0o600) },
		func(path string) error { return os.RemoveAll(filepath.Dir(filepath.Dir(path))) },
	} {
		segments := seal(t, data)
		require.NotContains(t, flowwatch(t, "check", "--data", data).requireDone(t).stdout, "built again")
		requireSame(data)
		require.NoError(t, harm(segments[0]))
		told := flowwatch(t, "check", "--data", data).requireDone(t).stdout
		require.Contains(t, told, "1 segment to be built again")
		require.Contains(t, told, ": ok\n")
		requireSame(data)
	}
	out, restored := filepath.Join(t.TempDir(), "b.fwb"), empty(t)
	flowwatch(t, "backup", "--out", out, "--data", data).requireDone(t)
	flowwatch(t, "restore", "--data", restored, out).requireDone(t)
	flowwatch(t, "check", "--data", restored).requireDone(t)
	requireSame(restored)
}
