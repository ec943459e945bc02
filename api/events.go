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
}

// postEvents takes what can be taken of a request (AC1, B-76).
func (s *Server) postEvents(c *call) error {
	header := &c.Request().Header
	body, release, err := s.inflater.Inflate(c.Request().Body(), string(header.ContentEncoding()))
	if err != nil {
		return err
	}
	defer release()
	batch, err := s.codec.Decode(body, string(header.ContentType()), c.principal.OrganizationID, execution.At(s.engine.Now()))
	if err != nil {
		return err
	}
	// Inputs and outputs alias the body, so the engine must be done with them
	// before this returns: it is not told that the client may have gone away.
	receipt, err := c.tenant.Ingest(context.Background(), batch.Events)
	if err != nil {
		return err
	}
	answer := IngestReceipt{
		Accepted: receipt.Accepted, Duplicates: receipt.Duplicates, Seq: receipt.Seq,
		OlderThanRetention: receipt.OlderThanRetention, Rejected: rejections(&batch, receipt.Rejected),
	}
	if answer.Accepted+answer.Duplicates == 0 {
		return s.writeStatus(c.Ctx, http.StatusUnprocessableEntity, Problem{
			Code: "all_rejected", Detail: "no event was accepted",
			Accepted: &answer.Accepted, Duplicates: &answer.Duplicates, Rejected: &answer.Rejected,
		})
	}
	return c.JSON(answer)
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
