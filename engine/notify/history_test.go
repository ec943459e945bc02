package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

const testSubscription = "erp"

// testHistory is what happened: events by their numbers from 1, those up to forgotten no longer kept.
type testHistory struct {
	office *testOffice
	mu     sync.Mutex
	at     []execution.Instant
	batch  int
	off    string
	gone   uint64 // no longer kept up to here
	erased map[uint64]bool
	walked int
}

func (h *testHistory) Subscribers() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.off != "" {
		return nil
	}
	return []string{testSubscription}
}

func (h *testHistory) Newest() Place {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Place{Seq: uint64(len(h.at))}
}

func (h *testHistory) Walk(_ string, after Place, visit func(o *Occurrence) bool) (Place, bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if after.Seq < h.gone {
		return Place{Seq: h.gone}, true, nil
	}
	for n := 0; after.Seq < uint64(len(h.at)) && n < 5_000; n++ {
		h.walked++
		after.Seq++
		o := Occurrence{Place: after, ID: fmt.Sprint("e", after.Seq), Name: "execution.failed", At: h.at[after.Seq-1]}
		if !visit(&o) {
			return after, false, nil
		}
	}
	return after, false, nil
}

func (h *testHistory) Count(id string, after, last Place) (n int, end Place, gap bool, err error) {
	end, gap, err = h.Walk(id, after, func(o *Occurrence) bool {
		n++
		return o.Place.Seq < last.Seq
	})
	return n, end, gap, err
}

// told is what the receivers of the tests are sent.
type told struct {
	Events []string `json:"events,omitempty"`
	Skip   *Skip    `json:"skip,omitempty"`
	Trial  string   `json:"trial,omitempty"`
}

func (h *testHistory) Compose(_ string, p *Packet) (*Message, int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := told{Skip: p.Skip, Trial: p.Trial}
	for _, o := range p.Found {
		if !h.erased[o.Place.Seq] {
			m.Events = append(m.Events, o.ID)
		}
	}
	if len(m.Events) == 0 && m.Skip == nil && m.Trial == "" {
		return nil, len(p.Found), nil
	}
	body, err := json.Marshal(m)
	return &Message{JSON: body}, len(p.Found), err
}

func (h *testHistory) Receiver(string) (Sender, Target, error) {
	return h.office.Route(Target{Type: Webhook, Address: "https://receiver.example"})
}
func (h *testHistory) Batches(string) int { return max(h.batch, 1) }

func (h *testHistory) SwitchOff(_ *kv.Tx, _, why string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.off = why
	return nil
}

func (h *testHistory) SwitchedOff(string) {}

// receiver takes what a subscription is told, in the process.
type receiver struct {
	mu     sync.Mutex
	answer func(key string, m told) error
	got    []told
	keys   []string // of all tries
	times  []time.Time
}

func (r *receiver) Send(ctx context.Context, _ Target, message *Message) error {
	var m told
	if err := json.Unmarshal(message.JSON, &m); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys, r.times = append(r.keys, message.Key), append(r.times, time.Now())
	if r.answer != nil {
		if err := r.answer(message.Key, m); errors.Is(err, context.DeadlineExceeded) {
			<-ctx.Done() // it hangs
			return Fail(Temporary, ctx.Err())
		} else if err != nil {
			return err
		}
	}
	r.got = append(r.got, m)
	return nil
}

func (r *receiver) answers(fn func(key string, m told) error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = fn
}

func (r *receiver) events() (all []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.got {
		all = append(all, m.Events...)
	}
	return all
}

func (r *receiver) skips() (all []*Skip) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.got {
		if m.Skip != nil {
			all = append(all, m.Skip)
		}
	}
	return all
}

func (r *receiver) tries() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.keys)
}

// numbered are the events of numbers.
func numbered(from, to int) (all []string) {
	for n := from; n <= to; n++ {
		all = append(all, fmt.Sprint("e", n))
	}
	return all
}

// subscribe lets a receiver follow an empty history, from its beginning.
func (b *bench) subscribe(r Sender) *testHistory {
	h := &testHistory{office: b.office, erased: map[uint64]bool{}}
	b.office.set(func() { b.office.past, b.office.senders[Webhook] = h, r })
	require.NoError(b.t, b.db.Update(func(tx *kv.Tx) error {
		return Follow(tx, b.office.scope, testSubscription, Place{}, execution.At(time.Now()))
	}))
	return h
}

// happen lets n things happen.
func (b *bench) happen(n int) {
	h := b.office.past
	h.mu.Lock()
	for range n {
		h.at = append(h.at, execution.At(time.Now()))
	}
	h.mu.Unlock()
	if b.d != nil {
		b.d.Happened(b.office.scope)
	}
}

func (b *bench) standing() (s Standing) {
	b.t.Helper()
	require.NoError(b.t, b.db.View(func(tx *kv.Tx) (err error) {
		s, err = StandingOf(tx, b.office.scope, testSubscription)
		return err
	}))
	return s
}

// following runs fn with a clock that moves when all wait, a dispatcher and a receiver that follows.
func following(t *testing.T, fn func(b *bench, h *testHistory, r *receiver)) {
	t.Helper()
	inBubble(t, func(b *bench, _ *desk) {
		b.halt()
		r := &receiver{}
		h := b.subscribe(r)
		b.run()
		fn(b, h, r)
	})
}
