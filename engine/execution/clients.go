package execution

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
)

// Clients are those whose executions somebody may see. The zero Clients are
// all of them, and executions that name no client too. It is immutable.
type Clients struct{ refs map[string]struct{} }

// OnlyClients are the clients of the references, and no execution that names
// none. No references at all are all clients.
func OnlyClients(refs []string) Clients {
	if len(refs) == 0 {
		return Clients{}
	}
	c := Clients{refs: make(map[string]struct{}, len(refs))}
	for _, ref := range refs {
		if ref != "" {
			c.refs[ref] = struct{}{}
		}
	}
	return c
}

// All says that nothing is hidden.
func (c Clients) All() bool { return c.refs == nil }

// Include says whether what is the client's may be seen; "" names no client.
func (c Clients) Include(ref string) bool {
	if c.refs == nil {
		return true
	}
	_, ok := c.refs[ref]
	return ok
}

// Fingerprint differs where the clients do; "" of all clients.
func (c Clients) Fingerprint() string {
	if c.All() {
		return ""
	}
	const bytesShown = 8
	var text []byte
	for _, ref := range c.Refs() {
		text = append(binary.AppendUvarint(text, uint64(len(ref))), ref...)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:bytesShown])
}

// Refs lists the references in order; none when c is all clients.
func (c Clients) Refs() []string { return slices.Sorted(maps.Keys(c.refs)) }
