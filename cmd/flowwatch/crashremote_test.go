package main_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/prompb"
	"github.com/stretchr/testify/require"
)

// crashSamples are the samples of one request, all or none of which are taken.
const crashSamples = 50

// remoteWriter sends requests one after the other, a sample a millisecond, until the process does not answer.
type remoteWriter struct {
	name     string
	next     time.Time
	answered int // samples
	fault    error
}

func (w *remoteWriter) write(server *child) {
	client := &http.Client{Timeout: 10 * time.Second}
	for w.fault == nil {
		s := prompb.TimeSeries{Labels: []prompb.Label{{Name: "__name__", Value: "crash"}, {Name: "writer", Value: w.name}}}
		for i := range crashSamples {
			s.Samples = append(s.Samples, prompb.Sample{Value: float64(w.answered + i), Timestamp: w.next.UnixMilli() + int64(i)})
		}
		body, err := (&prompb.WriteRequest{Timeseries: []prompb.TimeSeries{s}}).Marshal()
		if err != nil {
			w.fault = err
			return
		}
		r, err := http.NewRequest(http.MethodPost, "http://"+server.address+"/api/v1/write", bytes.NewReader(snappy.Encode(nil, body)))
		if err != nil {
			w.fault = err
			return
		}
		r.Header.Set("Authorization", "Bearer "+childSecret)
		r.Header.Set("Content-Type", "application/x-protobuf")
		r.Header.Set("Content-Encoding", "snappy")
		response, err := client.Do(r)
		if err != nil {
			return // killed
		}
		said, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusNoContent {
			w.fault = fmt.Errorf("HTTP %d: %s", response.StatusCode, said)
			return
		}
		w.answered += crashSamples
		w.next = w.next.Add(crashSamples * time.Millisecond)
	}
}

// TestCrashLosesNoSampleOfOthers kills the process while monitors write to it: each sample that was answered is there, once, and of a request in flight all
// or none.
func TestCrashLosesNoSampleOfOthers(t *testing.T) {
	t.Parallel()
	server := newChild(t, buildBinary(t), filepath.Join(t.TempDir(), "data"))
	server.start(t)
	writers := make([]*remoteWriter, 3)
	for i := range writers {
		writers[i] = &remoteWriter{name: strconv.Itoa(i), next: time.Now().Add(-time.Hour).Truncate(time.Second)}
	}
	for round := range crashRoundsDefault {
		var wait sync.WaitGroup
		for _, w := range writers {
			wait.Go(func() { w.write(server) })
		}
		<-time.After(100*time.Millisecond + rand.N(400*time.Millisecond))
		server.kill()
		wait.Wait()
		server.check(t)
		server.start(t)
		for _, w := range writers {
			require.NoError(t, w.fault)
			query := url.Values{"query": {fmt.Sprintf(`count_over_time(crash{writer=%q}[3h])`, w.name)}, "time": {fmt.Sprint(w.next.Add(time.Hour).Unix())}}
			var got struct {
				Data struct{ Result []struct{ Value [2]any } }
			}
			require.NoError(t, server.get("/prometheus/api/v1/query?"+query.Encode(), childSecret, &got))
			count := "0"
			if len(got.Data.Result) > 0 {
				count, _ = got.Data.Result[0].Value[1].(string)
			}
			require.Contains(t, []string{strconv.Itoa(w.answered), strconv.Itoa(w.answered + crashSamples)}, count, "round %d", round+1)
			t.Logf("round %d: %d samples of writer %s answered, %s there", round+1, w.answered, w.name, count)
		}
	}
	server.stop(t)
	server.check(t)
}
