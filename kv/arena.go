package kv

const (
	arenaChunkBytes = 256 << 10
	arenaTailBytes  = 4 << 10 // a chunk with less room than this is left, so that few records outgrow their tail
)

// arena lends stable memory for values, because bbolt refers to them until the commit. The last chunk is used again by
// the next transaction.
type arena struct {
	chunk []byte
}

func (a *arena) reset() { a.chunk = a.chunk[:0] }

// tail returns an empty slice to append one value to. Pass the result to keep.
func (a *arena) tail() []byte {
	if cap(a.chunk)-len(a.chunk) < arenaTailBytes {
		a.chunk = make([]byte, 0, arenaChunkBytes)
	}
	return a.chunk[len(a.chunk):]
}

// keep takes the value that was appended to tail out of the free room. A value that outgrew the tail has moved to memory of
// its own, which needs no keeping.
func (a *arena) keep(value []byte) []byte {
	if len(value) <= cap(a.chunk)-len(a.chunk) {
		a.chunk = a.chunk[:len(a.chunk)+len(value)]
	}
	return value[:len(value):len(value)]
}
