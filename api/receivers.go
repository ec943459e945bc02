package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"flowwatch/api/guide"
	"flowwatch/api/ingest"
	"flowwatch/api/receiver"
	"flowwatch/engine"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

const receiversPath = "/api/admin/receivers"

// Receiver is what came in at one door since the server started.
type Receiver struct {
	Door       string          `json:"door"`
	Path       string          `json:"path"`
	Accepted   uint64          `json:"accepted"`
	Duplicates uint64          `json:"duplicates"`
	Ignored    uint64          `json:"ignored"`         // items that are no news of an execution
	Refused    uint64          `json:"refused"`         // events
	Requests   uint64          `json:"requestsRefused"` // whole
	Triable    bool            `json:"triable"`         // …/try takes its format
	Sample     string          `json:"sample,omitempty"`
	Events     []ReceivedEvent `json:"events"` // the last, newest first; refused ones are kept beside the others
}

// ReceivedEvent is one event as it came in. Index is its place in the request, absent for a request as a whole.
type ReceivedEvent struct {
	At           execution.Instant `json:"at"`
	Source       string            `json:"source"`
	Outcome      string            `json:"outcome"`
	Index        *int              `json:"index,omitempty"`
	Type         string            `json:"type,omitempty"`
	WorkflowID   string            `json:"workflowId,omitempty"`
	WorkflowName string            `json:"workflowName,omitempty"`
	ExecutionID  string            `json:"executionId,omitempty"`
	StepID       string            `json:"stepId,omitempty"`
	Code         string            `json:"code,omitempty"`
	Reason       string            `json:"reason,omitempty"`  // in the language of the request
	Message      string            `json:"message,omitempty"` // as its sender was told, English
}

// ReceiverPage lists all doors; all fit on one page.
type ReceiverPage struct {
	Since      execution.Instant `json:"since"` // the server's start
	Items      []Receiver        `json:"items"`
	NextCursor *string           `json:"nextCursor"`
}

// received notes what became of a request's events: every door that has a batch comes by here.
func (s *Server) received(c *call, batch *ingest.Batch, receipt *engine.Receipt, now execution.Instant) {
	d := s.receivers.Of(c.principal.OrganizationID, c.door)
	d.Count(receiver.Counts{
		Accepted: uint64(receipt.Accepted), Duplicates: uint64(receipt.Duplicates), Ignored: uint64(batch.Ignored),
		Refused: uint64(len(batch.Rejected) + len(receipt.Rejected)),
	})
	refusedAt := func(i int) (int, bool) {
		return slices.BinarySearchFunc(receipt.Rejected, i, func(r engine.Rejection, i int) int { return r.Index - i })
	}
	fill := func(e *receiver.Event, i int) {
		from := &batch.Events[i]
		e.At, e.Source, e.Index, e.Type = now, c.principal.Name, batch.Positions[i], from.Type.String()
		e.WorkflowID, e.Workflow, e.ExecutionID, e.StepID = from.WorkflowID, from.WorkflowName, from.ExecutionID, from.StepID
		if _, repeated := slices.BinarySearch(receipt.Repeated, i); repeated {
			e.Outcome = receiver.Duplicate
		} else if r, refused := refusedAt(i); refused {
			e.Outcome, e.Code, e.Message = receiver.Refused, receipt.Rejected[r].Code, receipt.Rejected[r].Message
		}
	}
	// Refused ones that stand before the last are kept all the same.
	early, _ := refusedAt(len(batch.Events) - receiver.KeptMax)
	d.Keep(early, func(e *receiver.Event) { fill(e, receipt.Rejected[e.Index].Index) })
	d.Keep(len(batch.Events), func(e *receiver.Event) { fill(e, e.Index) })
	d.Keep(len(batch.Rejected), func(e *receiver.Event) {
		i := e.Index
		r := &batch.Rejected[i]
		e.At, e.Source, e.Outcome, e.Index, e.Code, e.Message = now, c.principal.Name, receiver.Refused, r.Index, r.Code, r.Message
		if i < len(batch.Named) {
			about := &batch.Named[i]
			e.WorkflowID, e.ExecutionID, e.StepID = about.WorkflowID, about.ExecutionID, about.StepID
		}
	})
}

// receivedSamples notes what became of a request's samples, whose type is the metric.
func (s *Server) receivedSamples(c *call, samples []engine.Sample, positions []int, accepted int, rejected []engine.Rejection) {
	d := s.receivers.Of(c.principal.OrganizationID, c.door)
	d.Count(receiver.Counts{Accepted: uint64(accepted), Refused: uint64(len(rejected))})
	now := execution.At(s.engine.Now())
	d.Keep(len(rejected), func(e *receiver.Event) {
		r := &rejected[e.Index]
		e.At, e.Source, e.Outcome, e.Index, e.Code, e.Message = now, c.principal.Name, receiver.Refused, r.Index, r.Code, r.Message
	})
	if accepted == 0 {
		return
	}
	d.Keep(len(samples), func(e *receiver.Event) {
		e.At, e.Source, e.Type, e.Index = now, c.principal.Name, samples[e.Index].Metric, positions[e.Index]
	})
}

// receivedSeries notes what became of a request of remote write. Whose samples were taken is told only where all were.
func (s *Server) receivedSeries(c *call, series []engine.RemoteSeries, taken int, refused []engine.RemoteRefusal) {
	d := s.receivers.Of(c.principal.OrganizationID, c.door)
	count, now := receiver.Counts{Accepted: uint64(taken)}, execution.At(s.engine.Now())
	for _, r := range refused {
		count.Refused += uint64(r.Samples)
	}
	d.Count(count)
	d.Keep(len(refused), func(e *receiver.Event) {
		r := &refused[e.Index]
		e.At, e.Source, e.Outcome, e.Type, e.Code, e.Message = now, c.principal.Name, receiver.Refused, cut(r.Series, nameRunesMax), r.Code, r.Message
	})
	if len(refused) > 0 {
		return
	}
	d.Keep(len(series), func(e *receiver.Event) {
		e.At, e.Source = now, c.principal.Name
		for pair := range slices.Chunk(series[e.Index].Pairs, 2) {
			if pair[0] == "__name__" && len(pair) == 2 {
				e.Type = strings.Clone(cut(pair[1], nameRunesMax))
			}
		}
	})
}

// cut is the text, at most so many characters of it.
func cut(text string, runesMax int) string {
	if runes := []rune(text); len(runes) > runesMax {
		return string(runes[:runesMax-1]) + "…"
	}
	return text
}

// turnedAway notes that a door refused a request whole. Who is not known cannot be told of it.
func (s *Server) turnedAway(k *call, r *route, err error) {
	if r.door == "" || k.principal.OrganizationID == "" {
		return
	}
	e := fault.Of(err)
	if e.Code == errSamplesRefused.Code {
		return // it was noted sample by sample
	}
	message := e.Message
	if e.Code == errInvalid.Code && len(e.Fields) > 0 {
		message = e.Fields[0].Location + " " + e.Fields[0].Message
	}
	d := s.receivers.Of(k.principal.OrganizationID, r.door)
	d.Count(receiver.Counts{Requests: 1})
	d.Keep(1, func(to *receiver.Event) {
		*to = receiver.Event{At: execution.At(s.engine.Now()), Source: k.principal.Name, Outcome: receiver.Refused, Index: receiver.Whole, Code: e.Code, Message: message}
	})
}

func (s *Server) listReceivers(c *call) error {
	if err := c.wholeOrganization(); err != nil {
		return err
	}
	page := ReceiverPage{Since: execution.At(s.began), Items: []Receiver{}}
	english := prefersEnglish(c.Get(fiber.HeaderAcceptLanguage))
	for i := range s.routes {
		r := &s.routes[i]
		if r.door == "" || slices.ContainsFunc(page.Items, func(other Receiver) bool { return other.Door == r.door }) {
			continue
		}
		counts, events := s.receivers.Of(c.principal.OrganizationID, r.door).View()
		one := Receiver{
			Door: r.door, Path: r.path, Accepted: counts.Accepted, Duplicates: counts.Duplicates, Ignored: counts.Ignored, Refused: counts.Refused,
			Requests: counts.Requests, Sample: guide.Sample(r.door), Events: make([]ReceivedEvent, 0, len(events)),
		}
		_, one.Triable = translations[r.door]
		for i := range events {
			one.Events = append(one.Events, receivedEvent(&events[i], english))
		}
		page.Items = append(page.Items, one)
	}
	return c.JSON(page)
}

func receivedEvent(e *receiver.Event, english bool) ReceivedEvent {
	out := ReceivedEvent{
		At: e.At, Source: e.Source, Outcome: e.Outcome.String(), Type: e.Type, WorkflowID: e.WorkflowID, WorkflowName: e.Workflow,
		ExecutionID: e.ExecutionID, StepID: e.StepID, Code: e.Code, Message: e.Message,
	}
	if e.Index != receiver.Whole {
		out.Index = &e.Index
	}
	if !english && e.Code != "" {
		out.Reason = polish(e.Code, http.StatusUnprocessableEntity)
	}
	return out
}

// receiverRoutes are those of what came in, and of what would be made of it.
func receiverRoutes() []route {
	return []route{
		{method: "GET", path: receiversPath, summary: "What came in at each door since the start: counts, and the last events with what became of them",
			rights: adjusting, handle: (*Server).listReceivers, response: ReceiverPage{}},
		{method: "POST", path: receiversPath + "/{door}/try", summary: "What would be made of a body in a door's format; nothing is stored",
			rights: adjusting, handle: (*Server).tryReceiver, request: TrialInput{}, response: Trial{}},
	}
}
