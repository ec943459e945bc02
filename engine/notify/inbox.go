package notify

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/kv"
)

const (
	inboxDays      = 90
	inboxLimitMax  = 100
	unreadMax      = 1000 // a count stops there
	markMax        = 1000 // items that are marked at once
	userPrefix     = "user:"
	undeliveredTag = "undelivered"
)

// User is the in_app target of one user.
func User(id string) Target { return Target{Type: InApp, Address: userPrefix + id} }

func userOf(to Target) string { return strings.TrimPrefix(to.Address, userPrefix) }

// InboxItem is one line of a user's inbox. Its words come from the record.
type InboxItem struct {
	Seq      uint64            `json:"seq"`
	User     string            `json:"user"`
	RecordID string            `json:"recordId"`
	Kind     string            `json:"kind"` // a transition, or "undelivered": messages did not arrive
	Severity alert.Severity    `json:"severity"`
	Late     bool              `json:"late,omitempty"`
	Channel  Type              `json:"channel,omitempty"` // of undelivered, as are the rest
	Target   string            `json:"target,omitempty"`  // masked
	Error    string            `json:"error,omitempty"`
	Count    int               `json:"count,omitempty"` // messages that did not arrive
	At       execution.Instant `json:"at"`
	ReadAt   execution.Instant `json:"readAt"` // NoInstant: unread
}

// ID is the item's name in the API.
func (i *InboxItem) ID() string { return strconv.FormatUint(i.Seq, 10) }

const (
	byUnread = "unread"
	byTime   = "time"
)

var inbox = kv.NewCollection("inbox", inboxSpec())

func inboxKey(dst []byte, user string, seq uint64) []byte {
	return kv.AppendUint64(kv.AppendString(dst, user), seq)
}

func inboxSpec() kv.Spec[InboxItem] {
	encode, decode := kv.JSON[InboxItem]()
	return kv.Spec[InboxItem]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, i *InboxItem) []byte { return inboxKey(dst, i.User, i.Seq) },
		Indexes: []kv.Index[InboxItem]{
			{Name: byUnread, Keys: func(i *InboxItem, emit func([]byte)) {
				if !i.ReadAt.Present() {
					emit(inboxKey(nil, i.User, i.Seq))
				}
			}},
			{Name: byTime, Keys: func(i *InboxItem, emit func([]byte)) { emit(kv.AppendInt64(nil, int64(i.At))) }},
			{Name: byRecord, Keys: func(i *InboxItem, emit func([]byte)) { emit(kv.AppendString(nil, i.RecordID)) }},
		},
	}
}

// addItem numbers the item by h, which the caller stores.
func addItem(tx *kv.Tx, s kv.Scope, h *head, user string, item InboxItem) error {
	h.Item++
	item.Seq, item.User, item.ReadAt = h.Item, user, execution.NoInstant
	if err := inbox.Replace(tx, s, nil, &item); err != nil {
		return fmt.Errorf("add to inbox: %w", err)
	}
	return nil
}

// Inbox is a page of the user's inbox, newest first, from 1 to 100 items. cursor is "" or what the page before gave as next; next is ""
// when there is no more.
func Inbox(tx *kv.Tx, s kv.Scope, user, cursor string, limit int) (items []InboxItem, next string, err error) {
	span := kv.Span{Prefix: kv.AppendString(nil, user), Reverse: true}
	if span.After, err = cursorKey(cursor, func(seq uint64) []byte { return inboxKey(nil, user, seq) }); err != nil {
		return nil, "", err
	}
	limit = min(max(limit, 1), inboxLimitMax)
	err = inbox.Scan(tx, s, span, func(_ []byte, i *InboxItem) (bool, error) {
		if len(items) == limit {
			next = items[limit-1].ID()
			return false, nil
		}
		items = append(items, *i)
		return true, nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("read inbox: %w", err)
	}
	return items, next, nil
}

func cursorKey(cursor string, key func(seq uint64) []byte) ([]byte, error) {
	if cursor == "" {
		return nil, nil
	}
	seq, err := strconv.ParseUint(cursor, 10, 64)
	if err != nil {
		return nil, fault.New(fault.Invalid, "invalid_cursor", "the cursor is not one of ours").Wrap(err)
	}
	return key(seq), nil
}

// Unread counts the user's unread items; it stops at 1,000.
func Unread(tx *kv.Tx, s kv.Scope, user string) (n int) {
	inbox.ScanIndex(tx, s, byUnread, kv.Span{Prefix: kv.AppendString(nil, user)}, func(_, _ []byte) bool {
		n++
		return n < unreadMax
	})
	return n
}

// MarkRead marks the user's items as read: those with the ids, or without any all of them, at most 1,000 a call. It returns how many were
// unread. Ids of others, and of nothing, are ignored.
func MarkRead(tx *kv.Tx, s kv.Scope, user string, ids []string, now execution.Instant) (n int, err error) {
	var keys [][]byte
	if len(ids) == 0 {
		inbox.ScanIndex(tx, s, byUnread, kv.Span{Prefix: kv.AppendString(nil, user)}, func(_, primary []byte) bool {
			keys = append(keys, append([]byte(nil), primary...))
			return len(keys) < markMax
		})
	}
	for _, id := range ids[:min(len(ids), markMax)] {
		if seq, err := strconv.ParseUint(id, 10, 64); err == nil {
			keys = append(keys, inboxKey(nil, user, seq))
		}
	}
	for _, key := range keys {
		item, err := inbox.Get(tx, s, key)
		if errors.Is(err, kv.ErrNotFound) || (err == nil && item.ReadAt.Present()) {
			continue
		}
		if err != nil {
			return n, fmt.Errorf("mark inbox: %w", err)
		}
		read := *item
		read.ReadAt = now
		if err := inbox.Replace(tx, s, item, &read); err != nil {
			return n, fmt.Errorf("mark inbox: %w", err)
		}
		n++
	}
	return n, nil
}

// inboxEnd is before what items are old.
func inboxEnd(now execution.Instant) execution.Instant {
	return now - execution.Instant(inboxDays*24*time.Hour)
}
