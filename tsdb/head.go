package tsdb

import (
	"errors"

	"flowwatch/kv"
)

// head is what one scope counts. It stays when the scope is erased, so that no number is ever given twice.
type head struct {
	LastSeries uint32 `json:"lastSeries"` // the highest number that was given to a series
	Series     uint32 `json:"series"`     // series in the catalogue
	Seq        uint64 `json:"seq"`        // of the newest chunk, over all days
}

// heads holds one record a scope.
var heads = kv.NewCollection("tsdb_heads", headSpec())

var headKey = []byte{1}

func headSpec() kv.Spec[head] {
	encode, decode := kv.JSON[head]()
	return kv.Spec[head]{Version: 1, Key: func(dst []byte, _ *head) []byte { return append(dst, headKey...) }, Encode: encode, Decode: decode}
}

// readHead returns the scope's head, a new one when nothing was ever written.
func readHead(tx *kv.Tx, s kv.Scope) (*head, error) {
	h, err := heads.Get(tx, s, headKey)
	if errors.Is(err, kv.ErrNotFound) {
		return &head{}, nil
	}
	return h, err
}

func (h *head) store(tx *kv.Tx, s kv.Scope) error { return heads.Replace(tx, s, nil, h) }
