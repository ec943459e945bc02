package notify

import (
	"errors"
	"fmt"
	"strconv"

	"flowwatch/kv"
)

// RecordOf is the record that a delivery tells of; NotFound when there is no such delivery.
func RecordOf(tx *kv.Tx, s kv.Scope, id string) (string, error) {
	seq, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return "", errUnknown
	}
	r, err := outbox.Get(tx, s, rowKey(seq))
	if errors.Is(err, kv.ErrNotFound) {
		return "", errUnknown
	}
	if err != nil {
		return "", fmt.Errorf("delivery %s: %w", id, err)
	}
	return r.RecordID, nil
}
