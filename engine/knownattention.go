package engine

import (
	"sync"

	"flowwatch/engine/execution"
)

// attentionAsksKept is how many different questions are remembered.
const attentionAsksKept = 32

// attentionAsk is a question for what needs attention, of all clients.
type attentionAsk struct {
	workflowID string
	from       execution.Instant
	limit      int
}

// knownAttention is what needed attention when it was computed last: many pages ask the same every few seconds. The zero value knows nothing.
type knownAttention struct {
	mu      sync.Mutex // guards all
	seq     uint64     // of the last change that the answers know of
	removed uint64     // how often executions were removed, which no seq tells
	answers map[attentionAsk]Attention
}

// at returns the answer as of seq, if it is known; else what keep wants to be told.
func (k *knownAttention) at(seq uint64, ask attentionAsk) (a Attention, known bool, removed uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.seq == seq {
		a, known = k.answers[ask]
	}
	return a, known, k.removed
}

// keep remembers an answer that was computed since seq was the last change and the removals were counted.
func (k *knownAttention) keep(seq, removed uint64, ask attentionAsk, a Attention) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if removed != k.removed || seq < k.seq {
		return
	}
	if seq > k.seq || k.answers == nil || len(k.answers) >= attentionAsksKept {
		k.seq, k.answers = seq, map[attentionAsk]Attention{}
	}
	k.answers[ask] = a
}

// forget is for when executions were removed.
func (k *knownAttention) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.removed++
	k.answers = nil
}
