package api

import (
	"fmt"
	"time"

	"github.com/VictoriaMetrics/metrics"
)

// httpMetrics counts requests by route. All series exist from the start.
type httpMetrics struct{ set *metrics.Set }

func newHTTPMetrics() *httpMetrics { return &httpMetrics{set: metrics.NewSet()} }

// routeMetrics are the numbers of one route: requests by class of status, from
// 1xx on, and how long they took.
type routeMetrics struct {
	classes  [5]*metrics.Counter
	duration *metrics.Histogram
}

func (m *httpMetrics) of(method, path string) *routeMetrics {
	r := &routeMetrics{
		duration: m.set.NewHistogram(fmt.Sprintf("flowwatch_http_request_duration_seconds{method=%q,route=%q}", method, path)),
	}
	for i := range r.classes {
		r.classes[i] = m.set.NewCounter(
			fmt.Sprintf("flowwatch_http_requests_total{method=%q,route=%q,status=\"%dxx\"}", method, path, i+1))
	}
	return r
}

func (r *routeMetrics) count(status int, took time.Duration) {
	r.classes[min(max(status/100, 1), 5)-1].Inc()
	r.duration.Update(took.Seconds())
}
