package engine

import (
	"maps"
	"slices"
	"sync"

	"flowwatch/engine/notify"
)

// brokenChannels are the targets that nothing can be sent to until somebody changes the settings, and why. The zero value is none. Safe for concurrent use.
type brokenChannels struct {
	mu  sync.Mutex // guards why
	why map[notify.Type]map[string]string
}

func (b *brokenChannels) note(to notify.Target, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.why == nil {
		b.why = map[notify.Type]map[string]string{}
	}
	if b.why[to.Type] == nil {
		b.why[to.Type] = map[string]string{}
	}
	b.why[to.Type][to.Address] = why
}

func (b *brokenChannels) mend(to notify.Target) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.why == nil {
		b.why = map[notify.Type]map[string]string{}
	}
	if b.why[to.Type] == nil {
		b.why[to.Type] = map[string]string{} // it was broken before the start
	}
	delete(b.why[to.Type], to.Address)
}

// has reports whether nothing can be sent to a target.
func (b *brokenChannels) has(to notify.Target) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, has := b.why[to.Type][to.Address]
	return has
}

// list is why each type of channel that was ever broken is so now; "": it is well again.
func (b *brokenChannels) list() map[notify.Type]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[notify.Type]string{}
	for channel, all := range b.why {
		out[channel] = ""
		for _, address := range slices.Sorted(maps.Keys(all)) {
			out[channel] = all[address]
			break
		}
	}
	return out
}
