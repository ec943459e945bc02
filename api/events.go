package api

import (
	"context"
	"net/http"
	"slices"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/execution"
)

const ingestPath = "/api/ingest/events"

// IngestReceipt answers a request with events: what it counts is on disk. Seq
// is at least that of every live frame that the request caused.
type IngestReceipt struct {
	Accepted           int                `json:"accepted"`
	Duplicates         int                `json:"duplicates"`
	Rejected           []engine.Rejection `json:"rejected"`
	Seq                uint64             `json:"seq"`
	OlderThanRetention int                `json:"olderThanRetention,omitempty"`
	Ignored            int                `json:"ignored,omitempty"` // items of other formats that are no news of an execution
}

// postEvents takes what can be taken of a request (AC1, B-76).
func (s *Server) postEvents(c *call) error {
	return s.ingest(c, func(body []byte, contentType string, now execution.Instant) (ingest.Batch, error) {
		return s.codec.Decode(body, contentType, c.principal.OrganizationID, now)
	})
}

// ingest takes what can be taken of a request in the format that decode reads.
func (s *Server) ingest(c *call, decode func(body []byte, contentType string, now execution.Instant) (ingest.Batch, error)) error {
	batch, receipt, err := s.take(c, decode)
	if err != nil {
		return err
	}
	answer := IngestReceipt{
		Accepted: receipt.Accepted, Duplicates: receipt.Duplicates, Seq: receipt.Seq,
		OlderThanRetention: receipt.OlderThanRetention, Rejected: rejections(&batch, receipt.Rejected), Ignored: batch.Ignored,
	}
	if answer.Accepted+answer.Duplicates+answer.Ignored == 0 {
		return s.writeStatus(c.Ctx, http.StatusUnprocessableEntity, Problem{
			Code: "all_rejected", Detail: "no event was accepted",
			Accepted: &answer.Accepted, Duplicates: &answer.Duplicates, Rejected: &answer.Rejected,
		})
	}
	return c.JSON(answer)
}

// take hands what decode reads of a request to the engine.
func (s *Server) take(c *call, decode func(body []byte, contentType string, now execution.Instant) (ingest.Batch, error)) (ingest.Batch, engine.Receipt, error) {
	header := &c.Request().Header
	body, release, err := s.inflate(c)
	if err != nil {
		return ingest.Batch{}, engine.Receipt{}, err
	}
	defer release()
	now := execution.At(s.engine.Now())
	batch, err := decode(body, string(header.ContentType()), now)
	if err != nil {
		return ingest.Batch{}, engine.Receipt{}, err
	}
	// Inputs and outputs alias the body, so the engine must be done with them
	// before this returns: it is not told that the client may have gone away.
	receipt, err := c.tenant.Ingest(context.Background(), batch.Events)
	if err == nil {
		s.received(c, &batch, &receipt, now)
	}
	return batch, receipt, err
}

// rejections joins what could not be read and what the engine refused, in the
// order of the request.
func rejections(batch *ingest.Batch, refused []engine.Rejection) []engine.Rejection {
	all := make([]engine.Rejection, 0, len(batch.Rejected)+len(refused))
	for _, r := range batch.Rejected {
		all = append(all, engine.Rejection(r))
	}
	for _, r := range refused {
		r.Index = batch.Positions[r.Index]
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b engine.Rejection) int { return a.Index - b.Index })
	return all
}
