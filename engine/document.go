package engine

import (
	"encoding/binary"
	"fmt"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// document is an execution as the store holds it. Only the header is decoded
// with it; data is the whole encoding, from which execution.Decode rebuilds it.
type document struct {
	summary execution.Summary
	seq     uint64
	data    []byte
}

// Names of the documents' indexes.
const (
	byID       = "id"
	byWorkflow = "workflow"
	byClient   = "client"
	byStatus   = "status"
)

// documents holds every execution, live or finished, ordered by the time that
// lists sort by, so that a page is a seek. Value: seq as uvarint, then the
// encoding of execution.Encode.
var documents = kv.NewCollection("executions", kv.Spec[document]{
	Version: 1,
	Key: func(dst []byte, d *document) []byte {
		return documentKey(dst, d.summary.SortTime(), d.summary.ExecutionID)
	},
	Encode: func(dst []byte, d *document) []byte {
		return append(binary.AppendUvarint(dst, d.seq), d.data...)
	},
	Decode: func(_ uint8, _, data []byte) (*document, error) { return decodeDocument(data) },
	Indexes: []kv.Index[document]{
		{
			Name: byID, Unique: true,
			Keys:  func(d *document, emit func([]byte)) { emit(kv.AppendString(nil, d.summary.ExecutionID)) },
			Value: func(dst []byte, d *document) []byte { return kv.AppendInt64(dst, int64(d.summary.SortTime())) },
		},
		{Name: byWorkflow, Keys: func(d *document, emit func([]byte)) {
			emit(kv.AppendString(nil, d.summary.WorkflowID))
		}},
		{Name: byClient, Keys: func(d *document, emit func([]byte)) {
			if d.summary.ClientRef != "" {
				emit(kv.AppendString(nil, d.summary.ClientRef))
			}
		}},
		// Completed ones are nearly all: they are read in the order of the documents.
		{Name: byStatus, Keys: func(d *document, emit func([]byte)) {
			if d.summary.Status != execution.Completed {
				emit(kv.AppendByte(nil, byte(d.summary.Status)))
			}
		}},
	},
})

// documentKey orders by time, then by id: the order of every list.
func documentKey(dst []byte, at execution.Instant, id string) []byte {
	return append(kv.AppendInt64(dst, int64(at)), id...)
}

// documentID is the execution's id within a primary key.
func documentID(key []byte) []byte { return key[8:] }

func decodeDocument(data []byte) (*document, error) {
	seq, n := binary.Uvarint(data)
	if n <= 0 {
		return nil, fmt.Errorf("document: bad seq")
	}
	s, err := execution.DecodeSummary(data[n:])
	if err != nil {
		return nil, fmt.Errorf("document header: %w", err)
	}
	return &document{summary: s, seq: seq, data: append([]byte(nil), data[n:]...)}, nil
}

// listedOf reads only what a list shows.
func listedOf(data []byte) (*Listed, error) {
	seq, n := binary.Uvarint(data)
	if n <= 0 {
		return nil, fmt.Errorf("document: bad seq")
	}
	s, err := execution.DecodeSummary(data[n:])
	if err != nil {
		return nil, fmt.Errorf("document header: %w", err)
	}
	return &Listed{Summary: s, Seq: seq}, nil
}

// loadDocument finds an execution's document by its id; nil when there is none.
func (t *Tenant) loadDocument(tx *kv.Tx, id string) (*document, error) {
	at, ok := documents.Lookup(tx, t.scope, byID, kv.AppendString(nil, id))
	if !ok {
		return nil, nil
	}
	instant, _, err := kv.ReadInt64(at)
	if err != nil {
		return nil, fmt.Errorf("id index of %s: %w", id, err)
	}
	d, err := documents.Get(tx, t.scope, documentKey(nil, execution.Instant(instant), id))
	if err != nil {
		return nil, fmt.Errorf("document %s: %w", id, err)
	}
	return d, nil
}

// keysOnly keeps of a stored document what finding its index entries needs.
func keysOnly(d *document) *document {
	s := &d.summary
	return &document{summary: execution.Summary{
		ExecutionID: s.ExecutionID, WorkflowID: s.WorkflowID, ClientRef: s.ClientRef, Status: s.Status,
		Priority: s.Priority, QueuedAt: s.QueuedAt, StartedAt: s.StartedAt, CompletedAt: s.CompletedAt,
		FirstSeenAt: s.FirstSeenAt,
	}}
}
