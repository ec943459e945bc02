package notify

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// State is how far a row is.
type State string

// The states. Delivered, Dead and Superseded are final, but for Resend.
const (
	Queued     State = "queued"
	Sending    State = "sending" // leased: a try is under way, or was when the process ended
	Delivered  State = "delivered"
	Retrying   State = "retrying"
	Dead       State = "dead"       // given up; LastError says why
	Superseded State = "superseded" // another row tells it, or there is nothing to tell any more
)

// Why a row is dead or superseded when no server said so.
const (
	whyExpired  = "expired"
	whyRestored = "restored"
	whyGone     = "record_gone"
	whyResolved = "resolved"
	whyUntold   = "untold" // resolved, and the target never heard of it
	whyMerged   = "merged" // a later row of the record says more
	whyBroken   = "interrupted"
)

// lifetimes are how long a row is tried, by severity.
var lifetimes = map[alert.Severity]time.Duration{
	alert.Critical: 24 * time.Hour,
	alert.Error:    12 * time.Hour,
	alert.Warning:  4 * time.Hour,
	alert.Info:     4 * time.Hour,
}

// Row is one transition of one record on its way to one target.
type Row struct {
	Seq         uint64            `json:"seq"` // its place in the organisation's outbox, from 1
	Key         string            `json:"key"` // recordId:transition:ordinal:target, unique; the target is its type and a hash of its address
	RecordID    string            `json:"recordId"`
	Transition  alert.Transition  `json:"transition"`
	Ordinal     int               `json:"ordinal"` // of reminders and escalations, from 1; 0: there is one only
	To          Target            `json:"to"`
	Group       alert.Type        `json:"group"`
	Severity    alert.Severity    `json:"severity"`
	TriggeredAt execution.Instant `json:"triggeredAt"` // of the record
	CreatedAt   execution.Instant `json:"createdAt"`
	Due         execution.Instant `json:"due"`       // when it could go first: CreatedAt, or when what held it ended
	NotBefore   execution.Instant `json:"notBefore"` // it waits until then
	ExpiresAt   execution.Instant `json:"expiresAt"`
	At          execution.Instant `json:"at"` // of the last change of its state
	State       State             `json:"state"`
	Attempts    int               `json:"attempts"` // tries that count: those that reached somebody
	LastError   string            `json:"lastError,omitempty"`
	Message     uint64            `json:"message,omitempty"` // Seq of the first row of the message that it was sent in last; 0: in none
	Told        int               `json:"told,omitempty"`    // rows of that message; more than one: a digest
	Sent        string            `json:"sent,omitempty"`    // Message.Key that it was delivered with

	Late     bool `json:"late,omitempty"`     // the record is late: one digest a target
	Held     bool `json:"held,omitempty"`     // it waits for the end of a silence
	Delayed  bool `json:"delayed,omitempty"`  // of Resolved: it tells of the beginning too
	Fallback bool `json:"fallback,omitempty"` // another target was not reached
	FellBack bool `json:"fellBack,omitempty"` // a fallback was considered
	Alone    bool `json:"alone,omitempty"`    // a digest with it was refused, so it goes by itself
}

// ID is the row's name in the API.
func (r *Row) ID() string { return strconv.FormatUint(r.Seq, 10) }

// open says that the row is still to be sent.
func (r *Row) open() bool { return r.State == Queued || r.State == Sending || r.State == Retrying }

// firing says that the row tells of an alert that goes on.
func (r *Row) firing() bool {
	return r.Transition == alert.Triggered || r.Transition == alert.Reminder || r.Transition == alert.EscalatedUp
}

// groupable says that the row may be held up to be told with others.
func (r *Row) groupable() bool {
	return r.Transition == alert.Triggered || r.Transition == alert.Reminder
}

// group is the name under which the row gathers with others before it is told; "": it goes by itself, or as an all-clear.
func (r *Row) group() string {
	switch {
	case r.Alone || (!r.groupable() && !r.Delayed):
		return ""
	case r.Late:
		return lateGroup
	}
	return firingPrefix + string(r.Group)
}

// urgent says that the row goes even when the hourly limit is used up.
func (r *Row) urgent() bool { return r.Severity == alert.Critical }

// mayFallBack says that somebody else may have to be told.
func (r *Row) mayFallBack() bool {
	return !r.FellBack && !r.Fallback && (r.Transition == alert.Triggered || r.Transition == alert.EscalatedUp) &&
		(r.Severity == alert.Error || r.Severity == alert.Critical)
}

// transition names what the row tells, to whichever target.
func (r *Row) transition() string {
	return fmt.Sprintf("%s:%s:%d", r.RecordID, r.Transition, r.Ordinal)
}

// lifetime is how long the row is tried.
func (r *Row) lifetime() execution.Instant {
	if d, ok := lifetimes[r.Severity]; ok {
		return execution.Instant(d)
	}
	return execution.Instant(lifetimes[alert.Info])
}

// begin makes the row wait for its first try at a time.
func (r *Row) begin(at execution.Instant) {
	r.Due, r.NotBefore, r.ExpiresAt = at, at, at+r.lifetime()
}

// RowKey is the idempotency key of a transition to a target.
func RowKey(recordID string, t alert.Transition, ordinal int, to Target) string {
	sum := sha256.Sum256([]byte(to.Address))
	return fmt.Sprintf("%s:%s:%d:%s-%s", recordID, t, ordinal, to.Type, hex.EncodeToString(sum[:8]))
}

const (
	byKey    = "key"
	byRecord = "record"
	byState  = "state"
	byLane   = "lane"
)

var (
	outbox = kv.NewCollection("outbox", rowSpec())
	heads  = kv.NewSingle[head]("outbox_heads")
)

// Collections lists what the package stores, for kv's check.
func Collections() []kv.Checker {
	return []kv.Checker{outbox, heads, lanes, bodies, inbox, followers, letters}
}

func rowKey(seq uint64) []byte { return kv.AppendUint64(nil, seq) }

func rowSpec() kv.Spec[Row] {
	encode, decode := kv.JSON[Row]()
	return kv.Spec[Row]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, r *Row) []byte { return kv.AppendUint64(dst, r.Seq) },
		Indexes: []kv.Index[Row]{
			{Name: byKey, Unique: true, Keys: func(r *Row, emit func([]byte)) { emit(kv.AppendString(nil, r.Key)) }},
			{Name: byRecord, Keys: func(r *Row, emit func([]byte)) { emit(kv.AppendString(nil, r.RecordID)) }},
			{Name: byState, Keys: func(r *Row, emit func([]byte)) { emit(kv.AppendString(nil, r.State)) }},
			{Name: byLane, Keys: func(r *Row, emit func([]byte)) {
				if r.open() {
					emit(appendEntry(nil, r))
				}
			}},
		},
	}
}

// entry is what the index of lanes tells of an open row without reading it.
type entry struct {
	seq                  uint64
	notBefore, expiresAt execution.Instant
	group                uint64 // hash of the group's name, if the row gathers with others; else 0
	fallback, urgent     bool
}

const (
	entryBytes    = 8 + 8 + 8 + 8 + 1
	entryFallback = 1
	entryUrgent   = 2
)

// groupHash stands for a group's name in the index.
func groupHash(group string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(group))
	return h.Sum64()
}

func appendEntry(dst []byte, r *Row) []byte {
	dst = laneKey(dst, r.To.Type, r.To.Address)
	dst = kv.AppendUint64(dst, r.Seq)
	dst = kv.AppendInt64(dst, int64(r.NotBefore))
	dst = kv.AppendInt64(dst, int64(r.ExpiresAt))
	group, flags := uint64(0), byte(0)
	if g := r.group(); g != "" && r.groupable() && r.Message == 0 {
		group = groupHash(g)
	}
	if r.mayFallBack() {
		flags |= entryFallback
	}
	if r.urgent() {
		flags |= entryUrgent
	}
	return append(kv.AppendUint64(dst, group), flags)
}

// readEntry splits an entry of the index, with the primary key behind it, into its lane's key and the rest. lane is borrowed.
func readEntry(b []byte) (lane []byte, e entry, err error) {
	end := len(b) - 8 // the primary key
	if end < entryBytes {
		return nil, e, fmt.Errorf("read outbox entry of %d bytes: %w", len(b), kv.ErrCorrupt)
	}
	const sign = 1 << 63
	tail := b[end-entryBytes : end]
	e.seq = binary.BigEndian.Uint64(tail)
	e.notBefore = execution.Instant(binary.BigEndian.Uint64(tail[8:]) ^ sign)
	e.expiresAt = execution.Instant(binary.BigEndian.Uint64(tail[16:]) ^ sign)
	e.group = binary.BigEndian.Uint64(tail[24:])
	e.fallback, e.urgent = tail[32]&entryFallback != 0, tail[32]&entryUrgent != 0
	return b[:end-entryBytes], e, nil
}

// head counts what an organisation's outbox and inboxes have given out.
type head struct {
	Row  uint64 `json:"row"`
	Item uint64 `json:"item"`
}

// rowsOf are the record's rows in the order in which they were written.
func rowsOf(tx *kv.Tx, s kv.Scope, recordID string) (rows []*Row, err error) {
	rows, err = outbox.Under(tx, s, byRecord, kv.AppendString(nil, recordID))
	if err != nil {
		return nil, fmt.Errorf("outbox of record %s: %w", recordID, err)
	}
	return rows, nil
}
