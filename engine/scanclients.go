package engine

import (
	"container/heap"
	"slices"

	"flowwatch/kv"
)

// How many entries of one client's index are read at once.
const (
	clientBatchFirst = 4
	clientBatchMost  = 256
)

// clientRun is one client's part of a merged scan.
type clientRun struct {
	source source
	keys   [][]byte // of documents, in order, that are read and not visited yet
	batch  int
	ended  bool // the index has no more
}

// clientRuns is a heap by what comes next.
type clientRuns struct {
	runs   []*clientRun
	before func(a, b []byte) bool
}

func (h *clientRuns) Len() int           { return len(h.runs) }
func (h *clientRuns) Less(i, j int) bool { return h.before(h.runs[i].keys[0], h.runs[j].keys[0]) }
func (h *clientRuns) Swap(i, j int)      { h.runs[i], h.runs[j] = h.runs[j], h.runs[i] }

// Push and Pop implement heap.Interface.
func (h *clientRuns) Push(v any) {
	if r, ok := v.(*clientRun); ok {
		h.runs = append(h.runs, r)
	}
}

func (h *clientRuns) Pop() any {
	last := h.runs[len(h.runs)-1]
	h.runs = h.runs[:len(h.runs)-1]
	return last
}

var _ heap.Interface = (*clientRuns)(nil)

// walkClients visits the documents of several clients in one order, as if they
// had an index of their own. Nothing else is looked at, so that not even a
// cursor tells of another client.
func (s *scan) walkClients(clients []string, at position, visit func(key []byte, load func() (*Listed, error)) bool) {
	h := &clientRuns{before: s.before}
	for _, client := range clients {
		r := &clientRun{source: clientSource(client), batch: clientBatchFirst}
		if s.refill(r, at); len(r.keys) > 0 {
			h.runs = append(h.runs, r)
		}
	}
	heap.Init(h)
	for h.Len() > 0 {
		r := h.runs[0]
		key := r.keys[0]
		if !visit(key, func() (*Listed, error) { return s.load(r.source.index, key) }) {
			return
		}
		if r.keys = r.keys[1:]; len(r.keys) == 0 {
			s.refill(r, position{key: key})
		}
		if len(r.keys) == 0 {
			heap.Pop(h)
		} else {
			heap.Fix(h, 0)
		}
	}
}

func clientSource(client string) source {
	return source{index: byClient, prefix: kv.AppendString(nil, client)}
}

// refill reads what of a client comes after the position.
func (s *scan) refill(r *clientRun, at position) {
	if r.ended {
		return
	}
	documents.ScanIndex(s.tx, s.tenant.scope, r.source.index, s.span(r.source, at), func(_, primary []byte) bool {
		r.keys = append(r.keys, slices.Clone(primary))
		return len(r.keys) < r.batch
	})
	r.ended = len(r.keys) < r.batch
	r.batch = min(clientBatchMost, 4*r.batch)
}
