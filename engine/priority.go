package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

// PriorityState says how far a wish came. It never says that an engine obeyed:
// Flowwatch does not own the queue (B-89).
type PriorityState string

// The states. All but the first are final.
const (
	PriorityRequested    PriorityState = "requested"
	PriorityAcknowledged PriorityState = "acknowledged" // by the engine, or an event of it brought the priority
	PriorityRefused      PriorityState = "refused"      // by the engine
	PriorityLapsed       PriorityState = "lapsed"       // the execution ended before an answer, or a rule's ground is gone
)

// PriorityRequest is the wish that an execution have a priority, of a person or
// of a rule about deadlines. An execution has one at most: a new one takes the
// place of the one before, but a rule's never that of a person's.
type PriorityRequest struct {
	ID          string            `json:"id"` // UUIDv7; the id of the command to engines
	ExecutionID string            `json:"executionId"`
	WorkflowID  string            `json:"workflowId"`
	Priority    string            `json:"priority"` // HIGH, NORMAL or LOW
	Reason      string            `json:"reason"`   // masked
	State       PriorityState     `json:"state"`
	RequestedAt execution.Instant `json:"requestedAt"`
	RequestedBy string            `json:"requestedBy"` // id of the principal; of a rule's wish system:deadlines
	AnsweredAt  execution.Instant `json:"answeredAt"`  // null until the engine answered
	Message     string            `json:"message"`     // of the engine, masked
	Former      string            `json:"former"`      // the engine's priority when it was requested
	Boost       *Raise            `json:"boost"`       // the deadline for which a rule wishes it; null: a person does
}

// Indexes of priorityRequests.
const (
	byCommand = "command"
	byOpen    = "open" // those without an answer
)

// priorityRequests holds the latest wish for each execution that had one.
var priorityRequests = kv.NewCollection("priority_requests", prioritySpec())

func prioritySpec() kv.Spec[PriorityRequest] {
	encode, decode := kv.JSON[PriorityRequest]()
	return kv.Spec[PriorityRequest]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, r *PriorityRequest) []byte { return append(dst, r.ExecutionID...) },
		Indexes: []kv.Index[PriorityRequest]{
			{Name: byCommand, Unique: true, Keys: func(r *PriorityRequest, emit func([]byte)) { emit(kv.AppendString(nil, r.ID)) }},
			{Name: byOpen, Unique: true, Keys: func(r *PriorityRequest, emit func([]byte)) {
				if r.State == PriorityRequested {
					emit(kv.AppendString(nil, r.ID))
				}
			}},
		},
	}
}

var (
	errUnknownCommand  = fault.New(fault.NotFound, "not_found", "no such command")
	errEnded           = fault.New(fault.Conflict, "execution_ended", "the execution has ended")
	errAlreadyAnswered = fault.New(fault.Conflict, "already_answered", "the command has another answer already")
)

// priorities keeps changes to the wishes of one organisation apart.
type priorities struct {
	change sync.Mutex // held over a change, from its checks to its commit
}

// RequestPriority stores the wish, for engines to fetch; it is durable when it
// returns. Wishing the same again while there is no answer changes nothing; what
// a rule wished for becomes the person's. An unknown execution is fault.NotFound, one that has ended fault.Conflict.
func (t *Tenant) RequestPriority(_ context.Context, id string, p execution.Priority, reason string, by audit.By) (PriorityRequest, error) {
	t.priorities.change.Lock()
	defer t.priorities.change.Unlock()
	x, err := t.summaryOf(id)
	switch {
	case err != nil:
		return PriorityRequest{}, err
	case x.Status.Terminal():
		return PriorityRequest{}, errEnded
	}
	last, err := t.priorityRequest(id)
	if err != nil {
		return PriorityRequest{}, err
	}
	if last.byPerson() && last.seenWith(&x) == PriorityRequested && last.Priority == p.String() {
		return *last, nil
	}
	r, err := newWish(&x, p, t.Hides().Text(reason), by.ID, t.engine.instant())
	if err != nil {
		return PriorityRequest{}, err
	}
	err = t.savePriorities([]*PriorityRequest{r}, func(tx *kv.Tx) error {
		return t.note(tx, audit.Prioritised, by, ObjectExecution, id, map[string]any{"priority": r.Priority, "former": r.Former, "reason": r.Reason})
	})
	t.engine.raiseSoon() // no rule raises it any more
	return *r, err
}

// newWish is a wish that engines have not heard of.
func newWish(x *execution.Summary, p execution.Priority, reason, by string, now execution.Instant) (*PriorityRequest, error) {
	command, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make a command id: %w", err)
	}
	return &PriorityRequest{
		ID: command.String(), ExecutionID: x.ExecutionID, WorkflowID: x.WorkflowID, Priority: p.String(), Reason: reason,
		State: PriorityRequested, RequestedAt: now, RequestedBy: by, AnsweredAt: execution.NoInstant, Former: x.Priority.String(),
	}, nil
}

// PriorityRequest is the wish for an execution, nil when there was none. The
// state is what the execution shows of it by now.
func (t *Tenant) PriorityRequest(x *execution.Summary) (*PriorityRequest, error) {
	r, err := t.priorityRequest(x.ExecutionID)
	if r != nil {
		r.State = r.seenWith(x)
	}
	return r, err
}

// seenWith is the state of a wish beside its execution. Without an answer an
// event may have brought the priority, or the end; a rule's wish is about the queue only.
func (r *PriorityRequest) seenWith(x *execution.Summary) PriorityState {
	switch {
	case r.State != PriorityRequested:
		return r.State
	case x.Priority.String() == r.Priority && r.Former != r.Priority:
		return PriorityAcknowledged
	case x.Status.Terminal(), r.Boost != nil && x.Status != execution.Pending:
		return PriorityLapsed
	}
	return PriorityRequested
}

// Commands are the wishes that no engine has answered, oldest first, past the
// cursor. next is "" when there are no more. They are given until they are
// answered; those that events have settled are left out.
func (t *Tenant) Commands(_ context.Context, cursor string, limit int) (items []PriorityRequest, next string, err error) {
	for rounds := 0; rounds < commandRoundsMax; rounds++ {
		found, more, err := t.openRequests(cursor, limit-len(items))
		if err != nil {
			return nil, "", err
		}
		for i := range found {
			r := &found[i]
			cursor = r.ID
			x, err := t.entire.summaryOf(r.ExecutionID)
			state := r.seenWith(&x)
			if errors.Is(err, errUnknownExecution) {
				state = PriorityLapsed // it is kept no longer
			} else if err != nil {
				return nil, "", err
			}
			if state == PriorityRequested {
				if t.sees(x.ClientRef) {
					items = append(items, *r)
				}
			} else if err := t.settlePriority(r.ExecutionID, r.ID, state); err != nil {
				return nil, "", err
			}
		}
		if !more {
			return items, "", nil
		}
		if len(items) == limit {
			return items, cursor, nil
		}
	}
	return items, cursor, nil
}

// commandRoundsMax bounds how many pages of settled wishes one call looks past.
const commandRoundsMax = 20

// openRequests reads up to limit of them past a command id.
func (t *Tenant) openRequests(after string, limit int) (found []PriorityRequest, more bool, err error) {
	span := kv.Span{}
	if after != "" {
		span.After = kv.AppendString(nil, after)
	}
	err = t.engine.db.View(func(tx *kv.Tx) error {
		var keys []string
		priorityRequests.ScanIndex(tx, t.scope, byOpen, span, func(_, primary []byte) bool {
			if more = len(keys) == limit; !more {
				keys = append(keys, string(primary))
			}
			return !more
		})
		for _, key := range keys {
			r, err := priorityRequests.Get(tx, t.scope, []byte(key))
			if err != nil {
				return err
			}
			found = append(found, *r)
		}
		return nil
	})
	if err != nil {
		return nil, false, fmt.Errorf("open priority requests: %w", err)
	}
	return found, more, nil
}

// settlePriority notes what events have made of a wish.
func (t *Tenant) settlePriority(executionID, command string, state PriorityState) error {
	t.priorities.change.Lock()
	defer t.priorities.change.Unlock()
	r, err := t.priorityRequest(executionID)
	if err != nil || r == nil || r.ID != command || r.State != PriorityRequested {
		return err
	}
	r.State = state
	return t.savePriority(r)
}

// AnswerCommand notes what an engine says to a command: that it has taken it,
// which gives the execution the priority from now on, or that it refuses. It is
// durable when it returns; the same answer again changes nothing. A command
// that is unknown, or whose place another has taken, is fault.NotFound; another
// answer than before fault.Conflict.
func (t *Tenant) AnswerCommand(ctx context.Context, command string, taken bool, message string) (PriorityRequest, error) {
	t.priorities.change.Lock()
	defer t.priorities.change.Unlock()
	r, err := t.Command(command)
	if err != nil {
		return PriorityRequest{}, err
	}
	state := PriorityRefused
	if taken {
		state = PriorityAcknowledged
	}
	switch {
	case r.State == state:
		return *r, nil
	case r.State != PriorityRequested && r.AnsweredAt.Present():
		return PriorityRequest{}, errAlreadyAnswered
	}
	if taken {
		// First: after a crash between the two the engine answers again, and the event is a duplicate.
		if err := t.applyPriority(ctx, r); err != nil {
			return PriorityRequest{}, err
		}
	}
	r.State, r.AnsweredAt, r.Message = state, t.engine.instant(), t.Hides().Text(message)
	return *r, t.savePriority(r)
}

// priorityEventPrefix begins the ids of events that nobody reported: they say what an engine has answered.
const priorityEventPrefix = "flowwatch:priority:"

// applyPriority gives an execution that has not ended the priority, as an event
// of its engine would.
func (t *Tenant) applyPriority(ctx context.Context, r *PriorityRequest) error {
	x, err := t.summaryOf(r.ExecutionID)
	if err != nil || x.Status.Terminal() {
		return err
	}
	priority, ok := execution.ParsePriority(r.Priority)
	if !ok {
		return fmt.Errorf("priority request %s: unknown priority %q", r.ID, r.Priority)
	}
	now := t.engine.instant()
	e := execution.Event{
		ID: priorityEventPrefix + r.ID, Type: execution.ExecutionProgress, Timestamp: max(now, x.LastEventAt+1), ReceivedAt: now,
		ExecutionID: r.ExecutionID, WorkflowID: x.WorkflowID, Priority: priority, Deadline: execution.NoInstant,
		DurationMs: execution.Unknown, CPUPercent: execution.Unknown, MemoryMB: execution.Unknown,
		InputBytes: execution.Unknown, OutputBytes: execution.Unknown, Progress: execution.Unknown,
	}
	if x.Status == execution.Pending {
		e.Type = execution.ExecutionQueued // it was queued before: this begins nothing
	}
	_, err = t.Ingest(ctx, []execution.Event{e})
	return err
}

// summaryOf is an execution's present summary; fault.NotFound when unknown.
func (t *Tenant) summaryOf(id string) (s execution.Summary, err error) {
	err = t.withExecution(id, func(x *execution.Execution, _ uint64) { s = x.Summary() })
	return s, err
}

// priorityRequest reads the stored wish, nil when there is none.
func (t *Tenant) priorityRequest(executionID string) (r *PriorityRequest, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		r, err = priorityRequests.Get(tx, t.scope, []byte(executionID))
		return err
	})
	if errors.Is(err, kv.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("priority request of %s: %w", executionID, err)
	}
	return r, nil
}

// Command finds the wish that a command tells; fault.NotFound when there is none.
func (t *Tenant) Command(command string) (r *PriorityRequest, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		primary, ok := priorityRequests.Lookup(tx, t.scope, byCommand, kv.AppendString(nil, command))
		if !ok {
			return errUnknownCommand
		}
		r, err = priorityRequests.Get(tx, t.scope, append([]byte(nil), primary...))
		return err
	})
	if err == nil && !t.clients.All() && !t.Knows("", r.ExecutionID) {
		err = errUnknownCommand
	}
	if err != nil {
		return nil, fmt.Errorf("command %s: %w", command, err)
	}
	return r, nil
}

func (t *Tenant) savePriority(r *PriorityRequest) error {
	return t.savePriorities([]*PriorityRequest{r})
}

// savePriorities stores wishes together, and does also what belongs to them. The caller holds change.
func (t *Tenant) savePriorities(all []*PriorityRequest, also ...func(tx *kv.Tx) error) error {
	if len(all) == 0 {
		return nil
	}
	err := t.engine.db.Batch(func(tx *kv.Tx) error {
		for _, do := range also {
			if err := do(tx); err != nil {
				return err
			}
		}
		return t.putPriorities(tx, all)
	})
	if err != nil {
		return storeFault(fmt.Errorf("put priority requests: %w", err))
	}
	t.boosts.note(all)
	t.happened()
	return nil
}
