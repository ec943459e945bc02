// Package audit keeps who did what: for each organisation a chain of entries, each written in the transaction of the change
// that it is about and each holding the hash of the one before, so that Verify finds any entry that was edited, removed or put between.
//
// What may have to be erased, the name of who acted, their address and the details, is not hashed itself: the chain holds the SHA-256 of a
// random salt and the text. When text and salt are gone the chain is still whole, and nobody can guess the text from its hash.
//
// A chain proves that nothing was changed behind its newest hash. Who could rewrite the whole database could write another whole chain: note
// the newest hash elsewhere, as exports and evidence packs do.
package audit

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"flowwatch/kv"
)

// detailsBytesMax bounds the details of an entry. Longer ones are left out, with a mark and their size: a change is never refused because
// of its entry.
const detailsBytesMax = 64 << 10

// The types of actors.
const (
	User   = "user"
	Token  = "token"
	Nobody = "system"
)

// Actor is who did something, by the name that they had then.
type Actor struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"` // User, Token or Nobody
}

// By is an actor and the address that they came from; "" is unknown.
type By struct {
	Actor
	IP string
}

// System is By of what nobody asked for: time, rules, the product itself.
func System() By { return By{Actor: Actor{ID: Nobody, Name: Nobody, Type: Nobody}} }

// Object is what something was done to.
type Object struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// Entry is what is to be noted. Details are written as JSON; they hold neither secrets nor personal data in clear. nil: none.
type Entry struct {
	Event   string // "monitoring." and what happened
	By      By
	Object  Object
	Details any
}

// Append notes the entry in the organisation's chain, within the transaction of the change that it is about. It costs two small
// writes. Errors are the store's.
func Append(tx *kv.Tx, s kv.Scope, at time.Time, e Entry) error {
	details, err := detailsOf(e.Details)
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Event, err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Event, err)
	}
	h, err := heads.Read(tx, s)
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Event, err)
	}
	r := &record{
		Seq: h.Seq + 1, ID: id.String(), AtMs: at.UnixMilli(), Event: e.Event,
		ActorID: e.By.ID, ActorType: e.By.Type, ObjectType: e.Object.Type, ObjectID: e.Object.ID,
		Who: seal(mustJSON(who{Name: e.By.Name, IP: e.By.IP})), Details: seal(details),
	}
	r.Hash = r.chained(h.Hash)
	h.Seq, h.Hash = r.Seq, r.Hash
	if err := records.Replace(tx, s, nil, r); err != nil {
		return fmt.Errorf("audit %s: %w", e.Event, err)
	}
	if err := heads.Put(tx, s, h); err != nil {
		return fmt.Errorf("audit %s: %w", e.Event, err)
	}
	return nil
}

func detailsOf(v any) ([]byte, error) {
	if v == nil {
		return []byte("{}"), nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(data) > detailsBytesMax {
		data = mustJSON(map[string]any{"leftOut": true, "sizeBytes": len(data)})
	}
	return data, nil
}

func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("BUG: encode %T: %v", v, err))
	}
	return data
}

// sealed is a text that may be erased from the chain without breaking it.
type sealed struct {
	Digest []byte          `json:"digest"` // SHA-256 of salt and text
	Salt   []byte          `json:"salt,omitempty"`
	Text   json.RawMessage `json:"text,omitempty"`
}

const saltBytes = 16

func seal(text []byte) sealed {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails: see crypto/rand
	return sealed{Digest: digest(salt, text), Salt: salt, Text: text}
}

func digest(salt, text []byte) []byte {
	sum := sha256.New()
	sum.Write(salt)
	sum.Write(text)
	return sum.Sum(nil)
}

// erased says that salt and text are gone.
func (s *sealed) erased() bool { return len(s.Salt) == 0 && len(s.Text) == 0 }

// holds says that the text is the one that was sealed, or gone as a whole.
func (s *sealed) holds() bool {
	return len(s.Digest) == sha256.Size && (s.erased() || string(digest(s.Salt, s.Text)) == string(s.Digest))
}

// who is what an entry tells of its actor and may be erased.
type who struct {
	Name string `json:"name"`
	IP   string `json:"ip"`
}
