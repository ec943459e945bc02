package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"flowwatch/api/ingest"
	"flowwatch/api/ingest/otlp"
	"flowwatch/engine"
	"flowwatch/engine/execution"
)

// Doors of OpenTelemetry, where its exporters look for them.
const (
	tracesPath  = "/v1/traces"
	metricsPath = "/v1/metrics"
)

// reasonsShown is how many reasons an answer names, of what was not taken.
const reasonsShown = 3

// UnheardRuns are the executions whose end may get lost with a span, or is never told.
func UnheardRuns() []engine.Unheard {
	return []engine.Unheard{
		{Prefix: otlp.KestraPrefix, After: otlp.SilenceMax, Assumed: true},
		{Prefix: otlp.Prefix, After: otlp.SilenceMax},
	}
}

// getTraces answers who only wants to know whether somebody is here.
func (s *Server) getTraces(*call) error { return nil }

// postTraces takes what can be taken of an export of spans.
func (s *Server) postTraces(c *call) error {
	leave, err := turn(s.telemetry)
	if err != nil {
		return err
	}
	defer leave()
	batch, receipt, err := s.take(c, func(body []byte, contentType string, now execution.Instant) (ingest.Batch, error) {
		return otlp.DecodeTraces(s.codec, body, contentType, now)
	})
	if err != nil {
		return err
	}
	rejected := rejections(&batch, receipt.Rejected)
	return s.exported(c, otlp.OfTraces(distinct(rejected), reasons("span", rejected)))
}

// postMetrics takes what can be taken of an export of metrics.
func (s *Server) postMetrics(c *call) error {
	leave, err := turn(s.telemetry)
	if err != nil {
		return err
	}
	defer leave()
	_, rejected, err := s.takeSamples(c, otlp.DecodeMetrics)
	if err != nil {
		return err
	}
	return s.exported(c, otlp.OfMetrics(distinct(rejected), reasons("point", rejected)))
}

// exported answers in the format of the request.
func (s *Server) exported(c *call, a otlp.Answer) error {
	if inProtobuf(c.Ctx) {
		c.Set(fiber.HeaderContentType, otlp.MediaType)
		return c.Send(a.Protobuf())
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	return c.Send(a.JSON())
}

// inProtobuf reports whether the answer must be protobuf, even that of an error.
func inProtobuf(c *fiber.Ctx) bool {
	if path := c.Path(); path != tracesPath && path != metricsPath {
		return false
	}
	protobuf, err := otlp.IsProtobuf(c.Get(fiber.HeaderContentType))
	return err == nil && protobuf
}

// distinct is how many items are rejected, in order of items.
func distinct(rejected []engine.Rejection) int {
	return len(slices.CompactFunc(slices.Clone(rejected), func(a, b engine.Rejection) bool { return a.Index == b.Index }))
}

// reasons are the first ones that differ.
func reasons(item string, rejected []engine.Rejection) string {
	var shown []string
	known, more := map[string]bool{}, 0
	for _, r := range rejected {
		if known[r.Message] {
			continue
		}
		known[r.Message] = true
		if len(shown) == reasonsShown {
			more++
			continue
		}
		shown = append(shown, fmt.Sprintf("%s %d: %s", item, r.Index, r.Message))
	}
	if more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more reasons", more))
	}
	return strings.Join(shown, "; ")
}

// telemetryRoutes are those of OpenTelemetry.
func telemetryRoutes() []route {
	door := func(path, summary string, handle func(*Server, *call) error) route {
		return route{door: "otlp", method: http.MethodPost, path: path, summary: summary, rights: feeding, handle: handle, unlimited: true,
			accepts: []string{otlp.MediaType, "application/json"}, media: otlp.MediaType}
	}
	return []route{
		door(tracesPath, "Send spans by OTLP, in protobuf or JSON, gzip or not: runs of workflows and their steps", (*Server).postTraces),
		{method: http.MethodHead, path: tracesPath, summary: "Whether spans can be sent here", public: true, handle: (*Server).getTraces},
		door(metricsPath, "Send metrics by OTLP, in protobuf or JSON, gzip or not: gauges, and sums that go up and down", (*Server).postMetrics),
	}
}
