package engine

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
	"flowwatch/tsdb"
)

// BenchmarkRemoteWrite takes 2,000 samples of known series a request, as Prometheus sends them by default; each is on disk when it returns. Days are looked
// after beside it, as they are in the program.
func BenchmarkRemoteWrite(b *testing.B) {
	const each = 2_000
	db, err := kv.Open(filepath.Join(b.TempDir(), "flowwatch.db"), kv.Options{})
	require.NoError(b, err)
	series, err := tsdb.Open(db, tsdb.Options{})
	require.NoError(b, err)
	series.Start(slog.New(slog.DiscardHandler))
	e, err := Open(Options{DB: db, Series: series, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(b, err)
	b.Cleanup(func() {
		require.NoError(b, e.Close())
		require.NoError(b, series.Close())
		require.NoError(b, db.Close())
	})
	tenant, err := e.Tenant(e.Access().Organizations()[0].ID)
	require.NoError(b, err)
	all := make([]RemoteSeries, each)
	for i := range all {
		pairs := []string{"__name__", "http_requests_total", "instance", "127.0.0.1:9090", "job", "prometheus", "handler", fmt.Sprintf("/api/%d", i)}
		all[i] = RemoteSeries{Identity: fmt.Sprint(pairs), Pairs: pairs, Samples: make([]RemoteSample, 1)}
	}
	at := time.Now().Add(-24 * time.Hour).UnixMilli()
	b.ReportAllocs()
	for b.Loop() {
		at += 15_000
		for i := range all {
			all[i].Samples[0] = RemoteSample{At: at, Value: float64(at % 1000)}
		}
		taken, _, err := tenant.WriteRemote(b.Context(), all)
		if err != nil || taken != each {
			b.Fatal(taken, err)
		}
	}
	b.ReportMetric(float64(each*b.N)/b.Elapsed().Seconds(), "samples/s")
}
