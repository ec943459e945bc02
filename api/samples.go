package api

import (
	"net/http"
	"slices"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/execution"
)

// SampleReceipt answers a request with samples: the newest value of each
// series in it is on disk.
type SampleReceipt struct {
	Accepted int                `json:"accepted"`
	Rejected []engine.Rejection `json:"rejected"`
}

// postSamples takes what can be taken of what an engine measured (AC4.1, B-48).
func (s *Server) postSamples(c *call) error {
	accepted, rejected, err := s.takeSamples(c, ingest.DecodeSamples)
	if err != nil {
		return err
	}
	if accepted == 0 {
		return s.writeStatus(c.Ctx, http.StatusUnprocessableEntity, Problem{
			Code: "all_rejected", Detail: "no sample was accepted", Accepted: &accepted, Rejected: &rejected,
		})
	}
	return c.JSON(SampleReceipt{Accepted: accepted, Rejected: rejected})
}

// takeSamples hands the samples that decode reads of a request to the engine. What is rejected is in the order of the request.
func (s *Server) takeSamples(c *call, decode func(body []byte, contentType string, now execution.Instant) (ingest.SampleBatch, error)) (accepted int, rejected []engine.Rejection, err error) {
	header := &c.Request().Header
	body, release, err := s.inflate(c)
	if err != nil {
		return 0, nil, err
	}
	defer release()
	batch, err := decode(body, string(header.ContentType()), execution.At(s.engine.Now()))
	if err != nil {
		return 0, nil, err
	}
	samples := make([]engine.Sample, len(batch.Samples))
	for i, one := range batch.Samples {
		samples[i] = engine.Sample{Metric: one.Metric, Tags: one.Tags, Value: one.Value, Timestamp: one.Timestamp}
	}
	accepted, refused, err := c.tenant.PutSamples(c.Context(), samples)
	if err != nil {
		return 0, nil, err
	}
	rejected = make([]engine.Rejection, 0, len(batch.Rejected)+len(refused))
	for _, r := range batch.Rejected {
		rejected = append(rejected, engine.Rejection(r))
	}
	for _, r := range refused {
		r.Index = batch.Positions[r.Index]
		rejected = append(rejected, r)
	}
	slices.SortFunc(rejected, func(a, b engine.Rejection) int { return a.Index - b.Index })
	s.receivedSamples(c, samples, batch.Positions, accepted, rejected)
	return accepted, rejected, nil
}
