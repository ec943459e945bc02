package notify

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/mask"
	"flowwatch/kv"
)

// listScanMax bounds the rows that a page of List looks at; listLimitMax the page.
const listLimitMax = 100

var (
	errUnknown   = fault.New(fault.NotFound, "not_found", "there is no such delivery")
	errNotDead   = fault.New(fault.Conflict, "not_dead", "only a delivery that was given up can be sent again")
	errBadStatus = fault.New(fault.Invalid, "invalid_field", "the status is not one of deliveries").
			With(fault.Field{Location: "query.status", Message: "must be queued, sending, delivered, retrying, dead or superseded"})
)

// Delivery is a row as people see it.
type Delivery struct {
	ID         string            `json:"id"`
	RecordID   string            `json:"alertHistoryId"`
	Transition alert.Transition  `json:"transition"`
	Channel    Type              `json:"channel"`
	Target     string            `json:"target"` // masked
	Severity   alert.Severity    `json:"severity"`
	Status     State             `json:"status"`
	Attempts   int               `json:"attempts"`
	LastError  string            `json:"lastError"`
	Digest     bool              `json:"digest"`   // it was sent with others in one message
	Fallback   bool              `json:"fallback"` // because another target was not reached
	CreatedAt  execution.Instant `json:"createdAt"`
	NotBefore  execution.Instant `json:"notBefore"` // NoInstant: it does not wait
	At         execution.Instant `json:"at"`        // of the last change
}

func (r *Row) delivery() Delivery {
	d := Delivery{
		ID: r.ID(), RecordID: r.RecordID, Transition: r.Transition, Channel: r.To.Type, Target: maskTarget(r.To.Type, r.To.Address),
		Severity: r.Severity, Status: r.State, Attempts: r.Attempts, LastError: r.LastError, Digest: r.Told > 1, Fallback: r.Fallback,
		CreatedAt: r.CreatedAt, NotBefore: execution.NoInstant, At: r.At,
	}
	if r.open() && r.NotBefore > r.At {
		d.NotBefore = r.NotBefore
	}
	return d
}

// Masked is the target as it may be shown and logged.
func (t Target) Masked() string { return maskTarget(t.Type, t.Address) }

func maskTarget(t Type, address string) string {
	switch t {
	case Slack, Webhook:
		u, err := url.Parse(address)
		if err != nil || u.Host == "" {
			return "***"
		}
		return u.Scheme + "://" + u.Host + "/***"
	case InApp:
		return address
	default:
		return mask.Text(address)
	}
}

// Deliveries are the record's rows in the order in which they were written.
func Deliveries(tx *kv.Tx, s kv.Scope, recordID string) (list []Delivery, err error) {
	rows, err := rowsOf(tx, s, recordID)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		list = append(list, r.delivery())
	}
	return list, nil
}

// List is a page of deliveries, newest first, from 1 to 100; status "" is all. cursor is "" or the next of the page before; next is "" at the end.
func List(tx *kv.Tx, s kv.Scope, status State, cursor string, limit int) (list []Delivery, next string, err error) {
	switch status {
	case "", Queued, Sending, Delivered, Retrying, Dead, Superseded:
	default:
		return nil, "", errBadStatus
	}
	limit = min(max(limit, 1), listLimitMax)
	after, err := cursorKey(cursor, rowKey)
	if err != nil {
		return nil, "", err
	}
	keys := pageKeys(tx, s, status, after, limit+1)
	for _, key := range keys[:min(len(keys), limit)] {
		r, err := outbox.Get(tx, s, key)
		if err != nil {
			return nil, "", fmt.Errorf("list deliveries: %w", err)
		}
		list = append(list, r.delivery())
	}
	if len(keys) > limit {
		next = list[limit-1].ID
	}
	return list, next, nil
}

func pageKeys(tx *kv.Tx, s kv.Scope, status State, after []byte, n int) (keys [][]byte) {
	span := kv.Span{Reverse: true, After: after}
	take := func(key, _ []byte) bool {
		keys = append(keys, append([]byte(nil), key...))
		return len(keys) < n
	}
	if status == "" {
		outbox.ScanRaw(tx, s, span, take)
		return keys
	}
	span.Prefix = kv.AppendString(nil, status)
	if after != nil {
		span.After = append(append([]byte(nil), span.Prefix...), after...)
	}
	outbox.ScanIndex(tx, s, byState, span, func(_, primary []byte) bool { return take(primary, nil) })
	return keys
}

// Resend queues a dead row again, with the whole time that its severity gives it. A repeat is harmless. NotFound, or Conflict not_dead. Call
// Dispatcher.Reconsider after the commit.
func Resend(tx *kv.Tx, o Office, id string, now execution.Instant) error {
	s := o.Scope()
	seq, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return errUnknown
	}
	old, err := outbox.Get(tx, s, rowKey(seq))
	if errors.Is(err, kv.ErrNotFound) {
		return errUnknown
	}
	if err != nil {
		return fmt.Errorf("resend: %w", err)
	}
	switch {
	case old.open():
		return nil
	case old.State != Dead:
		return errNotDead
	}
	r := *old
	r.State, r.At, r.Attempts, r.LastError, r.Message, r.Told, r.Alone = Queued, now, 0, "", 0, 0, false
	r.begin(now)
	if err := outbox.Replace(tx, s, old, &r); err != nil {
		return fmt.Errorf("resend: %w", err)
	}
	return o.Planned(tx, []Row{r}, now)
}
