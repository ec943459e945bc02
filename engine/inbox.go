package engine

import (
	"errors"

	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/fault"
	"flowwatch/engine/notify"
	"flowwatch/kv"
)

var errUnknownDelivery = fault.New(fault.NotFound, "not_found", "there is no such delivery")

// Deliveries is a page of messages, newest first; status "" is all. Through a handle that shows some clients only, messages about others are left out.
func (t *Tenant) Deliveries(status notify.State, cursor string, limit int) (items []notify.Delivery, next string, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		if items, next, err = notify.List(tx, t.scope, status, cursor, limit); err != nil || t.clients.All() {
			return err
		}
		kept := items[:0]
		for _, d := range items {
			r, err := alertRecords.Get(tx, t.scope, []byte(d.RecordID))
			if err == nil && t.seesAlert(r) {
				kept = append(kept, d)
			}
		}
		items = kept
		return nil
	})
	return items, next, err
}

// Resend sends again what was given up. Errors: fault.NotFound, fault.Conflict when it was not given up.
func (t *Tenant) Resend(id string, by audit.By) error {
	err := t.engine.db.Batch(func(tx *kv.Tx) error {
		recordID, err := notify.RecordOf(tx, t.scope, id)
		if err != nil {
			return err
		}
		r, err := office{t}.Record(tx, recordID)
		if errors.Is(err, kv.ErrNotFound) || err == nil && !t.seesAlert(r) {
			return errUnknownDelivery
		}
		if err = errors.Join(err, notify.Resend(tx, office{t}, id, t.engine.instant())); err != nil {
			return err
		}
		return t.note(tx, audit.NotificationResent, by, ObjectAlert, recordID, map[string]any{"delivery": id})
	})
	if err != nil {
		return storeFault(err)
	}
	t.engine.outbox.Reconsider(t.scope)
	return nil
}

// InboxLine is an item of an inbox in words.
type InboxLine struct {
	notify.InboxItem
	Message string
}

// Inbox is a page of a user's inbox, newest first, and how many items are unread in all.
func (t *Tenant) Inbox(user, cursor string, limit int) (lines []InboxLine, unread int, next string, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		items, n, err := notify.Inbox(tx, t.scope, user, cursor, limit)
		if err != nil {
			return err
		}
		next, unread = n, notify.Unread(tx, t.scope, user)
		for i := range items {
			line := InboxLine{InboxItem: items[i]}
			r, err := alertRecords.Get(tx, t.scope, []byte(items[i].RecordID))
			switch {
			case err == nil && !t.seesAlert(r):
				continue
			case err == nil:
				line.Message = t.saying(alert.Transition(items[i].Kind), t.narrowed(r))
			case !errors.Is(err, kv.ErrNotFound):
				return err
			}
			lines = append(lines, line)
		}
		return nil
	})
	return lines, unread, next, err
}

// MarkRead marks items of a user's inbox as read, all of them without ids, and returns how many were unread.
func (t *Tenant) MarkRead(user string, ids []string) (n int, err error) {
	err = t.engine.db.Batch(func(tx *kv.Tx) error {
		n, err = notify.MarkRead(tx, t.scope, user, ids, t.engine.instant())
		return err
	})
	return n, storeFault(err)
}
