package api

import (
	"fmt"
	"net/http"
	"time"

	"flowwatch/api/ingest/remotewrite"
	"flowwatch/engine"
	"flowwatch/engine/fault"
)

const remoteWritePath = "/api/v1/write"

// A request of some kilobytes may need some megabytes, in protobuf many more: so many of a kind are read at a time, and others wait a while.
const (
	protobufAtOnce = 8
	protobufWait   = 10 * time.Second
)

// errProtobufBusy is no 429: after that Prometheus gives its samples up, unless it was told otherwise.
var errProtobufBusy = fault.New(fault.Unavailable, "bodies_full", "too many requests of this kind at a time").After(5 * time.Second)

// turn waits for a place among those that are read.
func turn(places chan struct{}) (leave func(), err error) {
	select {
	case places <- struct{}{}:
		return func() { <-places }, nil
	case <-time.After(protobufWait):
		return nil, errProtobufBusy
	}
}

var errSamplesRefused = fault.New(fault.Malformed, "samples_refused", "some samples were not taken; the others were")

// postRemoteWrite takes samples by Prometheus' remote write 1.0. What can be taken is; of what cannot, ever, a 400 tells each reason, so that the sender
// goes on with the next samples instead of trying again.
func (s *Server) postRemoteWrite(c *call) error {
	header := &c.Request().Header
	if err := remotewrite.CheckHeaders(string(header.ContentType()), string(header.ContentEncoding())); err != nil {
		return err
	}
	leave, err := turn(s.remoteWrites)
	if err != nil {
		return err
	}
	defer leave()
	sent, err := remotewrite.Decode(c.Request().Body())
	if err != nil {
		return err
	}
	series := remoteSeries(sent)
	taken, refused, err := c.tenant.WriteRemote(c.Context(), series)
	if err != nil {
		return err
	}
	s.receivedSeries(c, series, taken, refused)
	if len(refused) == 0 {
		return c.noContent()
	}
	fields := make([]fault.Field, len(refused))
	for i, r := range refused {
		fields[i] = fault.Field{Location: "series" + r.Series, Message: fmt.Sprintf("%s: %s; samples: %d", r.Code, r.Message, r.Samples)}
	}
	s.log.Debug("remote write refused samples", "organization", c.principal.OrganizationID, "taken", taken, "reasons", len(refused))
	return errSamplesRefused.With(fields...)
}

// remoteSeries are the series of a request as the engine takes them.
func remoteSeries(sent []remotewrite.Series) []engine.RemoteSeries {
	series, samples := make([]engine.RemoteSeries, len(sent)), []engine.RemoteSample(nil)
	for i := range sent {
		one, first := &sent[i], len(samples)
		for _, p := range one.Samples {
			samples = append(samples, engine.RemoteSample(p))
		}
		series[i] = engine.RemoteSeries{Identity: one.Identity, Pairs: one.Pairs, Histograms: one.Histograms, Samples: samples[first:]}
	}
	return series
}

// remoteWriteRoutes are those by which other monitors send their samples.
func remoteWriteRoutes() []route {
	return []route{
		{method: http.MethodPost, path: remoteWritePath, summary: "Send samples by Prometheus' remote write 1.0; durable when answered", rights: feeding,
			door: "prometheus", handle: (*Server).postRemoteWrite, unlimited: true, accepts: []string{remotewrite.MediaType}, status: http.StatusNoContent},
	}
}
