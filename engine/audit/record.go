package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"flowwatch/kv"
)

// record is a stored entry. Its key is its number in the chain, from 1 without a gap.
type record struct {
	Seq        uint64 `json:"seq"`
	ID         string `json:"id"`
	AtMs       int64  `json:"at"` // Unix milliseconds
	Event      string `json:"event"`
	ActorID    string `json:"actorId"`
	ActorType  string `json:"actorType"`
	ObjectType string `json:"objectType"`
	ObjectID   string `json:"objectId"`
	Who        sealed `json:"who"`
	Details    sealed `json:"details"`
	Hash       []byte `json:"hash"`
}

// chained is the record's hash behind the one before: SHA-256 of that hash (32 bytes, zeros before the first), the number and the time as big-endian
// 64-bit integers, then id, event, actor's id and type, object's type and id, each with its length as a big-endian 32-bit integer before it,
// then the digests of who and of details.
func (r *record) chained(before []byte) []byte {
	sum := sha256.New()
	var first [sha256.Size]byte
	copy(first[:], before)
	sum.Write(first[:])
	sum.Write(binary.BigEndian.AppendUint64(nil, r.Seq))
	sum.Write(binary.BigEndian.AppendUint64(nil, uint64(r.AtMs)))
	for _, text := range []string{r.ID, r.Event, r.ActorID, r.ActorType, r.ObjectType, r.ObjectID} {
		sum.Write(binary.BigEndian.AppendUint32(nil, uint32(len(text))))
		sum.Write([]byte(text))
	}
	sum.Write(r.Who.Digest)
	sum.Write(r.Details.Digest)
	return sum.Sum(nil)
}

func (r *record) at() time.Time { return time.UnixMilli(r.AtMs).UTC() }

func (r *record) object() Object { return Object{Type: r.ObjectType, ID: r.ObjectID} }

// head is where a chain ends and begins. Old entries may be dropped; the hash of the last of them is kept.
type head struct {
	Seq     uint64 `json:"seq"` // of the newest entry; 0: none yet
	Hash    []byte `json:"hash"`
	Dropped uint64 `json:"dropped"` // entries up to this number are gone
	Base    []byte `json:"base"`    // hash of the last of them
}

const (
	byTime   = "time"
	byObject = "object"
)

var (
	records = kv.NewCollection("audit", recordSpec())
	heads   = kv.NewSingle[head]("audit_heads")
)

// Collections lists what the package stores, for kv's check.
func Collections() []kv.Checker { return []kv.Checker{records, heads} }

func recordKey(seq uint64) []byte { return kv.AppendUint64(nil, seq) }

func recordSpec() kv.Spec[record] {
	encode, decode := kv.JSON[record]()
	return kv.Spec[record]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, r *record) []byte { return kv.AppendUint64(dst, r.Seq) },
		Indexes: []kv.Index[record]{
			{Name: byTime, Keys: func(r *record, emit func([]byte)) { emit(kv.AppendInt64(nil, r.AtMs)) }},
			{Name: byObject, Keys: func(r *record, emit func([]byte)) { emit(objectKey(r.object())) }},
		},
	}
}

func objectKey(o Object) []byte { return kv.AppendString(kv.AppendString(nil, o.Type), o.ID) }
