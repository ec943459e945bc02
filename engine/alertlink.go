package engine

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/notify"
	"flowwatch/kv"
)

// Links by which a message is answered (B-92).
const (
	linkLives    = 72 * time.Hour
	linkBytes    = 9 // 12 characters of base64, 72 bits
	linkKeyBytes = 32
	linksAtOnce  = 500 // that one clean-up removes in a transaction
)

// alertLink is what a link in a message stands for: one record, shown and answered without signing in. Its token is not stored.
type alertLink struct {
	Hash      []byte            `json:"hash"` // SHA-256 of the token
	Tenant    string            `json:"tenant"`
	RecordID  string            `json:"recordId"`
	Recipient string            `json:"recipient"` // masked, for the audit
	ExpiresAt execution.Instant `json:"expiresAt"`
	Escalated bool              `json:"escalated,omitempty"` // by this link; once is enough
}

// alertLinks holds those that have not expired, of all organisations: who follows one has nothing but the token.
var alertLinks = kv.NewCollection("alert_links", alertLinkSpec())

const byLinkEnd = "end"

func alertLinkSpec() kv.Spec[alertLink] {
	encode, decode := kv.JSON[alertLink]()
	return kv.Spec[alertLink]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, l *alertLink) []byte { return append(dst, l.Hash...) },
		Indexes: []kv.Index[alertLink]{{Name: byLinkEnd, Keys: func(l *alertLink, emit func([]byte)) {
			emit(kv.AppendInt64(nil, int64(l.ExpiresAt)))
		}}},
	}
}

// linkKey is the secret from which the tokens of all links are made.
type linkKey struct {
	Key []byte `json:"key"`
}

var linkKeys = kv.NewCollection("alert_link_keys", linkKeySpec())

func linkKeySpec() kv.Spec[linkKey] {
	encode, decode := kv.JSON[linkKey]()
	return kv.Spec[linkKey]{Version: 1, Encode: encode, Decode: decode, Key: func(dst []byte, _ *linkKey) []byte { return kv.AppendByte(dst, 0) }}
}

// openLinkKey reads the secret of links, or makes it.
func openLinkKey(db *kv.DB) (key []byte, err error) {
	err = db.Update(func(tx *kv.Tx) error {
		k, err := linkKeys.Get(tx, db.System(), kv.AppendByte(nil, 0))
		if err == nil {
			key = k.Key
			return nil
		}
		if !errors.Is(err, kv.ErrNotFound) {
			return err
		}
		key = make([]byte, linkKeyBytes)
		_, _ = rand.Read(key)
		return linkKeys.Put(tx, db.System(), &linkKey{Key: key})
	})
	if err != nil {
		return nil, fmt.Errorf("key of links: %w", err)
	}
	return key, nil
}

// linkToken is the same for each message about one record to one target, so that a message that is sent again has the same link.
func (t *Tenant) linkToken(recordID string, to notify.Target) string {
	mac := hmac.New(sha256.New, t.engine.linkKey)
	_, _ = fmt.Fprintf(mac, "%s\x00%s\x00%s\x00%s", t.id, recordID, to.Type, to.Address)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:linkBytes])
}

// allowLink lets a token be followed, from the transaction in which its message is planned.
func (t *Tenant) allowLink(tx *kv.Tx, recordID string, to notify.Target, now execution.Instant) error {
	sum := sha256.Sum256([]byte(t.linkToken(recordID, to)))
	l, err := alertLinks.Get(tx, t.engine.db.System(), sum[:])
	if errors.Is(err, kv.ErrNotFound) {
		l, err = &alertLink{Hash: sum[:], Tenant: t.id, RecordID: recordID, Recipient: to.Masked()}, nil
	}
	if err != nil {
		return err
	}
	l.ExpiresAt = now + execution.Instant(linkLives)
	return alertLinks.Put(tx, t.engine.db.System(), l)
}

// LinkedAlert is what a link shows, and lets be answered.
type LinkedAlert struct {
	Tenant *Tenant
	Record *alert.Record
	link   *alertLink
	by     audit.By
}

var errUnknownLink = fault.New(fault.NotFound, "not_found", "no such link, or it has expired")

// FollowLink finds what a token stands for. An unknown or expired one, or one whose alert is gone, is fault.NotFound.
func (e *Engine) FollowLink(token, address string) (*LinkedAlert, error) {
	sum := sha256.Sum256([]byte(token))
	var l *alertLink
	err := e.db.View(func(tx *kv.Tx) (err error) {
		l, err = alertLinks.Get(tx, e.db.System(), sum[:])
		return err
	})
	if errors.Is(err, kv.ErrNotFound) || err == nil && l.ExpiresAt <= e.instant() {
		return nil, errUnknownLink
	}
	if err != nil {
		return nil, fmt.Errorf("follow a link: %w", err)
	}
	t, err := e.Tenant(l.Tenant)
	if err != nil {
		return nil, errUnknownLink.Wrap(err)
	}
	r, err := t.Alert(l.RecordID)
	if errors.Is(err, errUnknownAlert) {
		return nil, errUnknownLink
	}
	if err != nil {
		return nil, err
	}
	by := audit.By{Actor: audit.Actor{ID: "link:" + l.Recipient, Name: "link: " + l.Recipient, Type: audit.Nobody}, IP: address}
	return &LinkedAlert{Tenant: t, Record: r, link: l, by: by}, nil
}

// Acknowledge is AcknowledgeAlert by whoever has the link. Repeating it changes nothing.
func (l *LinkedAlert) Acknowledge(comment string) (*alert.Record, error) {
	return l.Tenant.AcknowledgeAlert(l.Record.ID, comment, l.by)
}

// Escalate is EscalateAlert by whoever has the link, once: repeating it changes nothing.
func (l *LinkedAlert) Escalate(comment string) (*alert.Record, error) {
	return l.Tenant.actOnAlert(l.Record.ID, comment, func(w *alertWork, r *alert.Record) (bool, error) {
		links := l.Tenant.engine.db.System()
		link, err := alertLinks.Get(w.tx, links, l.link.Hash)
		if errors.Is(err, kv.ErrNotFound) {
			return false, errUnknownLink
		}
		if err != nil || link.Escalated && r.Status != alert.Resolved {
			return false, err
		}
		link.Escalated = true
		if err := alertLinks.Put(w.tx, links, link); err != nil {
			return false, err
		}
		return w.escalate(r, l.by, comment), w.err
	})
}

// forgetLinks removes links that have expired.
func (e *Engine) forgetLinks() error {
	for {
		var old []*alertLink
		err := e.db.Batch(func(tx *kv.Tx) (err error) {
			old = nil
			span := kv.Span{To: kv.AppendInt64(nil, int64(e.instant()))}
			var hashes [][]byte
			alertLinks.ScanIndex(tx, e.db.System(), byLinkEnd, span, func(_, hash []byte) bool {
				hashes = append(hashes, append([]byte(nil), hash...))
				return len(hashes) < linksAtOnce
			})
			for _, hash := range hashes {
				old = append(old, &alertLink{Hash: hash})
				err = errors.Join(err, alertLinks.Delete(tx, e.db.System(), &alertLink{Hash: hash}))
			}
			return err
		})
		if err != nil || len(old) < linksAtOnce {
			return err
		}
	}
}
