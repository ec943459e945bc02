package kv

import (
	"bytes"
)

// Span selects keys of one scope. The zero Span is all of them. Keys are given without the scope's number.
type Span struct {
	From    []byte // first key, inclusive; nil: from the beginning
	To      []byte // end, exclusive; nil: to the end
	Prefix  []byte // only keys that begin with it
	Reverse bool   // from the greatest to the least; From stays the least key
	After   []byte // resume strictly past this key in the direction of the scan; nil: at the beginning
}

// bounds returns the first key and the end of the span, both with the scope's number.
func (sp Span) bounds(s Scope) (low, high []byte) {
	low, high = s.append(make([]byte, 0, 64)), s.appendEnd(make([]byte, 0, 64))
	raise := func(key []byte, successor bool) {
		if bytes.Compare(key, low[scopeBytes:]) >= 0 {
			low = append(low[:scopeBytes], key...)
			if successor {
				low = append(low, 0)
			}
		}
	}
	lower := func(key []byte) {
		bound := append(s.append(make([]byte, 0, scopeBytes+len(key))), key...)
		if bytes.Compare(bound, high) < 0 {
			high = bound
		}
	}
	raise(sp.From, false)
	raise(sp.Prefix, false)
	if end, ok := prefixEnd(nil, sp.Prefix); ok {
		lower(end)
	}
	if sp.To != nil {
		lower(sp.To)
	}
	if sp.After != nil {
		if sp.Reverse {
			lower(sp.After)
		} else {
			raise(sp.After, true)
		}
	}
	return low, high
}

// walk calls fn for each key of the span until it returns false. Keys come without the scope's number; both slices are
// borrowed. fn must not change the bucket.
func (h handle) walk(s Scope, sp Span, fn func(key, value []byte) bool) {
	low, high := sp.bounds(s)
	if h.bucket == nil {
		return
	}
	h.walkBounds(low, high, sp.Reverse, func(k, v []byte) bool { return fn(k[scopeBytes:], v) })
}

// walkBounds is walk over [low, high) of whole keys.
func (h handle) walkBounds(low, high []byte, reverse bool, fn func(key, value []byte) bool) {
	c := h.bucket.Cursor()
	k, v := c.Seek(low)
	if k == nil || bytes.Compare(k, high) >= 0 {
		return
	}
	if !reverse {
		for ; k != nil && bytes.Compare(k, high) < 0 && fn(k, v); k, v = c.Next() {
		}
		return
	}
	// The least key is there, so the way back always ends at it. bbolt's Prev also returns nil on a page whose keys
	// this very transaction deleted: that is not the end.
	least := k
	if k, _ = c.Seek(high); k == nil {
		k, v = c.Last()
	} else {
		k, v = c.Prev()
	}
	for {
		if k != nil && (!fn(k, v) || bytes.Equal(k, least)) {
			return
		}
		k, v = c.Prev()
	}
}
