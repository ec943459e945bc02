package tsdb

import (
	"context"

	"flowwatch/kv"
)

// forgetSeries removes from the catalogue what has neither an entry nor a change on any day. It needs db.maintain, so that no entry comes while it
// looks; chunks may, and are looked at again in the transaction that removes.
func (s Scope) forgetSeries(ctx context.Context) error {
	used := make(map[SeriesID]bool)
	err := s.db.store.View(func(tx *kv.Tx) (err error) {
		entries.ScanRaw(tx, s.kv, kv.Span{}, func(key, _ []byte) bool {
			_, id, keyErr := readEntryKey(key)
			used[id], err = true, keyErr
			return err == nil
		})
		return err
	})
	for more := true; more && err == nil; {
		if err = ctx.Err(); err != nil {
			break
		}
		err = s.db.store.Update(func(tx *kv.Tx) error {
			before, err := readHead(tx, s.kv)
			if err == nil {
				err = useChunks(tx, s.kv, used)
			}
			if err == nil {
				err = s.forget(tx, used)
			}
			if err != nil {
				return err
			}
			after, err := readHead(tx, s.kv)
			more = err == nil && before.Series-after.Series == keysPerTx
			return err
		})
	}
	return err
}

// useChunks marks the series that wait in chunks.
func useChunks(tx *kv.Tx, s kv.Scope, used map[SeriesID]bool) (err error) {
	chunks.ScanRaw(tx, s, kv.Span{}, func(_, data []byte) bool {
		err = eachGroup(data, func(id SeriesID, _ []byte) bool {
			used[id] = true
			return true
		})
		return err == nil
	})
	return err
}

// forget removes the series that are not used from the catalogue, at most keysPerTx of them.
func (s Scope) forget(tx *kv.Tx, used map[SeriesID]bool) error {
	var gone []*Series
	err := catalogue.Scan(tx, s.kv, kv.Span{}, func(_ []byte, v *Series) (bool, error) {
		if !used[v.ID] {
			gone = append(gone, v)
		}
		return len(gone) < keysPerTx, nil
	})
	if err != nil || len(gone) == 0 {
		return err
	}
	for _, v := range gone {
		if err := catalogue.Replace(tx, s.kv, v, nil); err != nil {
			return err
		}
	}
	h, err := readHead(tx, s.kv)
	if err != nil {
		return err
	}
	h.Series -= uint32(len(gone))
	return h.store(tx, s.kv)
}
