package audit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// examinedMax bounds the entries that one page looks at. A page of a rare filter may be short, with a cursor to go on.
const examinedMax = 20_000

// Item is an entry as it is shown. Of an erased one name, address and details are gone.
type Item struct {
	ID      string            `json:"id"`
	Seq     uint64            `json:"seq"` // its number in the chain
	At      execution.Instant `json:"at"`
	Actor   Actor             `json:"actor"`
	Event   string            `json:"event"`
	Object  Object            `json:"object"`
	Details json.RawMessage   `json:"details"`
	IP      string            `json:"ip"`
	Hash    string            `json:"hash"` // hexadecimal
	Erased  bool              `json:"erased"`
}

// ErrCursor is List's error for a place that is none of the list's.
var ErrCursor = errors.New("not a cursor of this list")

// Filter selects entries; zero fields select all. From and To are inclusive.
type Filter struct {
	From, To   time.Time
	ActorID    string
	Event      string // whole, or a beginning that ends with a dot
	ObjectType string
	ObjectID   string // with ObjectType: found by index
	UpTo       uint64 // the newest entry's number
}

func (f *Filter) takes(r *record) bool {
	switch {
	case f.ActorID != "" && r.ActorID != f.ActorID,
		f.ObjectType != "" && r.ObjectType != f.ObjectType,
		f.ObjectID != "" && r.ObjectID != f.ObjectID,
		!f.From.IsZero() && r.AtMs < f.From.UnixMilli(),
		!f.To.IsZero() && r.AtMs > f.To.UnixMilli(),
		f.UpTo != 0 && r.Seq > f.UpTo:
		return false
	}
	return f.Event == "" || r.Event == f.Event || isPrefix(f.Event) && len(r.Event) > len(f.Event) && r.Event[:len(f.Event)] == f.Event
}

func isPrefix(event string) bool { return event[len(event)-1] == '.' }

// List returns at most limit entries, newest first, that the filter takes. after is the next of the page before; nil: the first page. next
// is nil at the end. Errors are ErrCursor and the store's.
func List(db *kv.DB, s kv.Scope, f Filter, after []byte, limit int) (items []Item, next []byte, err error) {
	items = []Item{}
	index, span := f.span()
	span.After = after
	err = db.View(func(tx *kv.Tx) error {
		examined := 0
		failure := f.checkPlace(tx, s, after)
		if failure != nil {
			return failure
		}
		records.ScanIndex(tx, s, index, span, func(entry, primary []byte) bool {
			if len(items) == limit || examined == examinedMax {
				return false
			}
			examined++
			var r *record
			if r, failure = records.Get(tx, s, primary); failure != nil {
				return false
			}
			if f.takes(r) {
				items = append(items, r.item())
			}
			next = append(next[:0], entry...)
			return true
		})
		if len(items) < limit && examined < examinedMax {
			next = nil
		}
		return failure
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list audit: %w", err)
	}
	return items, next, nil
}

// checkPlace refuses a place that no page of the filter has ended with: an entry's key in the index that the filter uses, and its number. An
// entry that was dropped meanwhile was one.
func (f *Filter) checkPlace(tx *kv.Tx, s kv.Scope, place []byte) error {
	const numberBytes = 8
	if place == nil {
		return nil
	}
	if len(place) < 2*numberBytes {
		return ErrCursor
	}
	key, number := place[:len(place)-numberBytes], place[len(place)-numberBytes:]
	seq, _, err := kv.ReadUint64(number)
	if err != nil {
		return ErrCursor
	}
	h, err := heads.Read(tx, s)
	if err != nil {
		return err
	}
	if seq == 0 || seq > h.Seq {
		return ErrCursor
	}
	index, sp := f.span()
	want := sp.Prefix // of an object; none by time
	if seq > h.Dropped {
		r, err := records.Get(tx, s, number)
		if err != nil {
			return err
		}
		if want = kv.AppendInt64(nil, r.AtMs); index == byObject {
			want = objectKey(r.object())
		}
	}
	if want != nil && !bytes.Equal(key, want) || index == byObject && !bytes.Equal(key, sp.Prefix) || index == byTime && len(key) != numberBytes {
		return ErrCursor
	}
	return nil
}

// span is the index that finds the filter's entries fastest, and its part, newest first.
func (f *Filter) span() (index string, sp kv.Span) {
	if f.ObjectType != "" && f.ObjectID != "" {
		return byObject, kv.Span{Prefix: objectKey(Object{Type: f.ObjectType, ID: f.ObjectID}), Reverse: true}
	}
	sp.Reverse = true
	if !f.From.IsZero() {
		sp.From = kv.AppendInt64(nil, f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		sp.To = kv.AppendInt64(nil, f.To.UnixMilli()+1)
	}
	return byTime, sp
}

func (r *record) item() Item {
	item := Item{
		ID: r.ID, Seq: r.Seq, At: execution.At(r.at()), Event: r.Event, Object: r.object(), Hash: hex.EncodeToString(r.Hash),
		Actor:   Actor{ID: r.ActorID, Type: r.ActorType},
		Details: json.RawMessage("{}"), Erased: r.Who.erased() || r.Details.erased(),
	}
	var w who
	if !r.Who.erased() && json.Unmarshal(r.Who.Text, &w) == nil {
		item.Actor.Name, item.IP = w.Name, w.IP
	}
	if !r.Details.erased() {
		item.Details = r.Details.Text
	}
	return item
}
