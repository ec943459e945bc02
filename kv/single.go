package kv

import "errors"

// Single stores one record of type T for each Scope, as JSON.
type Single[T any] struct{ *Collection[T] }

// NewSingle describes a collection of single records. Names are fixed for ever: they are the names of stored buckets.
func NewSingle[T any](name string) Single[T] {
	encode, decode := JSON[T]()
	return Single[T]{NewCollection(name, Spec[T]{Version: 1, Encode: encode, Decode: decode, Key: func(dst []byte, _ *T) []byte { return dst }})}
}

// Read returns the scope's record, which is the caller's; the zero T when there is none yet.
func (c Single[T]) Read(tx *Tx, s Scope) (*T, error) {
	v, err := c.Get(tx, s, nil)
	if errors.Is(err, ErrNotFound) {
		return new(T), nil
	}
	return v, err
}
