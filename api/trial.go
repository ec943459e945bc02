package api

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"flowwatch/api/ingest"
	"flowwatch/api/ingest/cloudevents"
	"flowwatch/api/ingest/n8n"
	"flowwatch/api/ingest/openlineage"
	"flowwatch/api/ingest/otlp"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/mask"
)

// Limits of a trial.
const (
	trialBytesMax  = 64 << 10
	trialEventsMax = 100 // that are answered
)

// TrialInput is a body as an engine would send it to the door.
type TrialInput struct {
	Body        string `json:"body"`
	ContentType string `json:"contentType,omitempty"` // default: application/json
}

// Trial is what would be made of a body. Refused is why all of it would be turned away.
type Trial struct {
	Events   []TrialEvent     `json:"events"` // the first 100 of total
	Total    int              `json:"total"`
	Rejected []TrialRejection `json:"rejected"`
	Ignored  int              `json:"ignored"`
	Refused  *TrialRefusal    `json:"refused,omitempty"`
}

// TrialRejection says why an item would not be taken. Reason is in the language of the request, unless that is English as Message is.
type TrialRejection struct {
	ingest.Rejection
	Reason string `json:"reason,omitempty"`
}

// TrialEvent is an event as it would be stored. Index is its place in the body.
type TrialEvent struct {
	Index        int               `json:"index"`
	Type         string            `json:"type"`
	Timestamp    execution.Instant `json:"timestamp"`
	WorkflowID   string            `json:"workflowId,omitempty"`
	WorkflowName string            `json:"workflowName,omitempty"`
	ExecutionID  string            `json:"executionId,omitempty"`
	StepID       string            `json:"stepId,omitempty"`
	StepName     string            `json:"stepName,omitempty"`
	Error        string            `json:"error,omitempty"`
}

// TrialRefusal says what the door would answer instead.
type TrialRefusal struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Reason string `json:"reason"` // in the language of the request
}

// translation reads a body in a door's format, by the very function that the door reads it with.
type translation func(s *Server, organizationID string, in TrialInput, now execution.Instant) (ingest.Batch, error)

// translations are those of doors whose bodies are texts that a person can write.
var translations = map[string]translation{
	"events": func(s *Server, organizationID string, in TrialInput, now execution.Instant) (ingest.Batch, error) {
		return s.codec.Decode([]byte(in.Body), in.ContentType, organizationID, now)
	},
	"cloudevents": func(s *Server, _ string, in TrialInput, now execution.Instant) (ingest.Batch, error) {
		return cloudevents.Decode(s.codec, cloudevents.Request{Body: []byte(in.Body), ContentType: in.ContentType}, now)
	},
	"openlineage": func(s *Server, _ string, in TrialInput, now execution.Instant) (ingest.Batch, error) {
		return openlineage.Decode(s.codec, []byte(in.Body), in.ContentType, now)
	},
	"otlp": func(s *Server, _ string, in TrialInput, now execution.Instant) (ingest.Batch, error) {
		return otlp.DecodeTraces(s.codec, []byte(in.Body), in.ContentType, now)
	},
	"n8n": func(s *Server, _ string, in TrialInput, now execution.Instant) (ingest.Batch, error) {
		return n8n.Decode(s.codec, []byte(in.Body), in.ContentType, "", now)
	},
}

// tryReceiver says what would be made of a body, and stores nothing.
func (s *Server) tryReceiver(c *call) error {
	if err := c.wholeOrganization(); err != nil {
		return err
	}
	translate, known := translations[c.Params("door")]
	if !known {
		return errNotFound
	}
	var in TrialInput
	if err := s.read(c, &in); err != nil {
		return err
	}
	if len(in.Body) > trialBytesMax {
		return errInvalid.With(fault.Field{Location: "body.body", Message: "must be at most 64 KiB"})
	}
	out := Trial{Events: []TrialEvent{}, Rejected: []TrialRejection{}}
	english := prefersEnglish(c.Get(fiber.HeaderAcceptLanguage))
	batch, err := translate(s, c.principal.OrganizationID, in, execution.At(s.engine.Now()))
	if e := fault.Of(err); err != nil && e.Kind == fault.Internal {
		return err
	} else if err != nil {
		out.Refused = &TrialRefusal{Status: statuses[e.Kind], Code: e.Code, Reason: e.Message}
		if !english {
			out.Refused.Reason = polish(e.Code, http.StatusBadRequest)
		}
		return c.JSON(out)
	}
	out.Total, out.Ignored = len(batch.Events), batch.Ignored
	for _, r := range batch.Rejected {
		one := TrialRejection{Rejection: r}
		if !english {
			one.Reason = polish(r.Code, http.StatusUnprocessableEntity)
		}
		out.Rejected = append(out.Rejected, one)
	}
	for i := range batch.Events[:min(trialEventsMax, len(batch.Events))] {
		out.Events = append(out.Events, trialEvent(&batch.Events[i], batch.Positions[i]))
	}
	return c.JSON(out)
}

func trialEvent(e *execution.Event, index int) TrialEvent {
	out := TrialEvent{
		Index: index, Type: e.Type.String(), Timestamp: e.Timestamp, WorkflowID: e.WorkflowID, WorkflowName: e.WorkflowName,
		ExecutionID: e.ExecutionID, StepID: e.StepID, StepName: e.StepName,
	}
	if e.Error != nil {
		out.Error = mask.Text(e.Error.Message)
	}
	return out
}
