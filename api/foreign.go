package api

import (
	"slices"
	"strings"

	"flowwatch/api/ingest"
	"flowwatch/api/ingest/cloudevents"
	"flowwatch/api/ingest/n8n"
	"flowwatch/api/ingest/openlineage"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// Doors for what engines tell in formats of their own.
const (
	cloudeventsPath = "/api/ingest/cloudevents"
	openlineagePath = "/api/ingest/openlineage"
	n8nPath         = "/api/ingest/n8n"
)

const linesMedia = "application/x-ndjson"

// takesEvents reports whether bodies of events are sent to the path.
func (s *Server) takesEvents(path string) bool {
	return slices.Contains([]string{ingestPath, cloudeventsPath, openlineagePath, n8nPath, tracesPath, metricsPath, remoteWritePath}, path)
}

// postCloudEvents takes CloudEvents in every mode of the HTTP binding.
func (s *Server) postCloudEvents(c *call) error {
	attributes := map[string]string{}
	for name, value := range c.Request().Header.All() {
		if attribute, ok := strings.CutPrefix(strings.ToLower(string(name)), cloudevents.HeaderPrefix); ok {
			attributes[attribute] = string(value)
		}
	}
	return s.ingest(c, func(body []byte, contentType string, now execution.Instant) (ingest.Batch, error) {
		return cloudevents.Decode(s.codec, cloudevents.Request{Body: body, ContentType: contentType, Attributes: attributes}, now)
	})
}

// postOpenLineage takes run events of OpenLineage.
func (s *Server) postOpenLineage(c *call) error {
	return s.ingest(c, func(body []byte, contentType string, now execution.Instant) (ingest.Batch, error) {
		return openlineage.Decode(s.codec, body, contentType, now)
	})
}

// postN8n takes messages of the hook that n8n loads, of its log streaming, and reports of error workflows.
func (s *Server) postN8n(c *call) error {
	q, err := newQuery(c.Ctx)
	if err != nil {
		return err
	}
	_, instance := q.first("instance")
	if instance != "" && !ingest.ValidID(instance) {
		return errInvalid.With(fault.Field{Location: "query.instance", Message: "must be 1 to 128 characters of A-Z a-z 0-9 . _ : -"})
	}
	return s.ingest(c, func(body []byte, contentType string, now execution.Instant) (ingest.Batch, error) {
		return n8n.Decode(s.codec, body, contentType, instance, now)
	})
}

// foreignRoutes are those of other formats. They answer as the native one.
func foreignRoutes() []route {
	door := func(name, path, summary string, handle func(*Server, *call) error, media ...string) route {
		return route{door: name, method: "POST", path: path, summary: summary, rights: feeding, handle: handle, unlimited: true,
			accepts: append(media, "application/json", linesMedia), response: IngestReceipt{}}
	}
	ofN8n := door("n8n", n8nPath, "Send what n8n tells: messages of its hook file, of its log streaming, or of an error workflow", (*Server).postN8n)
	ofN8n.query = []parameter{{name: "instance", kind: "string", about: "a name for the n8n that sends, where there are several"}}
	return []route{
		door("cloudevents", cloudeventsPath, "Send CloudEvents 1.0: structured, batch, binary, or one a line", (*Server).postCloudEvents,
			cloudevents.MediaType, cloudevents.BatchMediaType),
		door("openlineage", openlineagePath, "Send run events of OpenLineage: one, a JSON array, or NDJSON", (*Server).postOpenLineage),
		ofN8n,
	}
}
