package feed

import (
	"strconv"
	"sync"
	"sync/atomic"

	"flowwatch/engine/execution"
)

// Frame is one change. It is immutable once published.
type Frame struct {
	Seq   uint64 // per organisation, consecutive; 0 for a volatile topic
	Event string // "execution:update", "step:update", "queue:update", "metrics:update", "alert:update", "alert:triggered"
	Topic Topic

	ExecutionID, WorkflowID, StepID string
	ClientRef                       string // whom it is about; who sees some clients only gets no frame of others, nor of executions without one
	Key                             string // tells apart what the ids do not, such as two alerts of one execution

	Status, Former execution.Status // of the execution after and before this change
	HasFormer      bool             // false: there was nothing before, or it is not known

	// Data appends the JSON object of "data". It is called at most once, by
	// whichever goroutine first needs it, and never if nobody does.
	Data func(dst []byte) []byte

	// DataFor is Data for a session that sees some clients only; nil: they may
	// have the same. It is called for each such session.
	DataFor func(dst []byte, clients execution.Clients) []byte
}

// identity is what makes a later frame replace an earlier one.
type identity struct{ event, execution, step, key string }

func (f *Frame) identity() identity { return identity{f.Event, f.ExecutionID, f.StepID, f.Key} }

// shared is a published frame with its wire text, which all sessions share.
type shared struct {
	Frame
	texts [2]atomic.Pointer[encoded] // plain, and with "left":true
	mu    sync.Mutex                 // guards making texts, Data and ring
	ring  *atomic.Int64              // encoded bytes of the ring it is in, nil outside
}

// encoded is the wire text {"event":…,"seq":…,"data":…}; data begins at from
// and ends before the last byte.
type encoded struct {
	text []byte
	from int
}

// encodedSizeGuess is allocated for a frame's text at first.
const encodedSizeGuess = 512

// text returns the wire text, made once for all sessions.
func (f *shared) text(left bool) *encoded {
	variant := 0
	if left {
		variant = 1
	}
	if e := f.texts[variant].Load(); e != nil {
		return e
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	plain := f.texts[0].Load()
	if plain == nil {
		plain = f.encode()
		f.store(0, plain)
	}
	if !left {
		return plain
	}
	e := f.texts[1].Load()
	if e == nil {
		e = plain.leaving()
		f.store(1, e)
	}
	return e
}

func (f *shared) store(variant int, e *encoded) {
	f.texts[variant].Store(e)
	if f.ring != nil {
		f.ring.Add(int64(len(e.text)))
	}
}

// textFor is the wire text for who sees the clients only.
func (f *shared) textFor(clients execution.Clients, left bool) *encoded {
	if f.DataFor == nil || clients.All() {
		return f.text(left)
	}
	own := f.encodeData(func(dst []byte) []byte { return f.DataFor(dst, clients) })
	if left {
		return own.leaving()
	}
	return own
}

func (f *shared) encode() *encoded {
	e := f.encodeData(f.Data)
	f.Data = nil // what it holds on to is not needed any more
	return e
}

func (f *shared) encodeData(data func(dst []byte) []byte) *encoded {
	dst := make([]byte, 0, encodedSizeGuess)
	dst = append(dst, `{"event":"`...)
	dst = append(dst, f.Event...)
	dst = append(dst, '"')
	if f.Seq != 0 {
		dst = append(dst, `,"seq":`...)
		dst = strconv.AppendUint(dst, f.Seq, 10)
	}
	dst = append(dst, `,"data":`...)
	from := len(dst)
	dst = append(data(dst), '}')
	return &encoded{text: dst, from: from}
}

// leaving is the text with "left":true as the first member of data.
func (e *encoded) leaving() *encoded {
	const mark = `"left":true`
	open := e.from + 1
	dst := make([]byte, 0, len(e.text)+len(mark)+1)
	dst = append(append(dst, e.text[:open]...), mark...)
	if e.text[open] != '}' {
		dst = append(dst, ',')
	}
	return &encoded{text: append(dst, e.text[open:]...), from: e.from}
}

// size is the length of the text if it was made already, else 0.
func (f *shared) size() int {
	n := 0
	for i := range f.texts {
		if e := f.texts[i].Load(); e != nil {
			n += len(e.text)
		}
	}
	return n
}

// enter and leave keep the ring's count of bytes.
func (f *shared) enter(ring *atomic.Int64) {
	f.mu.Lock()
	f.ring = ring
	ring.Add(int64(f.size()))
	f.mu.Unlock()
}

func (f *shared) leave() {
	f.mu.Lock()
	f.ring.Add(-int64(f.size()))
	f.ring = nil
	f.mu.Unlock()
}
