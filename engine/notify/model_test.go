package notify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

const modelSteps = 120

// world is a random history of an office: alerts come and go, targets fail in every way, the process dies at every point of a delivery.
type world struct {
	*bench
	random  *rand.Rand
	records []*alert.Record
	targets map[string][]Target // of the records
	ordinal int
	crashes int

	mu     sync.Mutex
	moods  map[string]Class // how an address fails; absent: it takes everything
	flight map[string]int
	taken  []said
	dying  int // points of deliveries until the process dies; 0: it does not
}

var modelTargets = []Target{
	{Type: Webhook, Address: "a"}, {Type: Webhook, Address: "b"}, {Type: Email, Address: "x@y.pl"}, {Type: SMS, Address: "+48600100200"},
	{Type: Slack, Address: "s"}, User("anna"),
}

// TestPromises runs random histories and holds the outbox to what it promises (B4): see promises.
func TestPromises(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := &world{
					bench: newBench(t), random: rand.New(rand.NewPCG(seed, 7)), targets: map[string][]Target{}, moods: map[string]Class{},
					flight: map[string]int{},
				}
				for _, c := range []Type{Email, SMS, Slack, Webhook} {
					w.office.senders[c] = w
				}
				w.fault = w.deathly
				w.office.backup = modelTargets[2:4]
				w.run()
				for range modelSteps {
					w.step()
				}
				w.heal()
				w.promises()
				w.check()
			})
		})
	}
}

// Send takes the message or fails as the address's mood is, a moment later.
func (w *world) Send(ctx context.Context, to Target, m *Message) error {
	return sendFunc(func(_ context.Context, _ Target, s said) error {
		w.mu.Lock()
		w.flight[to.Address]++
		alone, mood := w.flight[to.Address] == 1, Class(99)
		if c, bad := w.moods[to.Address]; bad {
			mood = c
		}
		w.mu.Unlock()
		if !alone {
			panic("two messages to one target at once")
		}
		<-time.After(300 * time.Millisecond)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.flight[to.Address]--
		if mood != 99 {
			return Fail(mood, errRefused)
		}
		w.taken = append(w.taken, s)
		return nil
	}).Send(ctx, to, m)
}

// deathly lets the process die at the point that was chosen.
func (w *world) deathly(string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dying == 0 {
		return false
	}
	w.dying--
	return w.dying == 0
}

func (w *world) step() {
	switch w.random.IntN(12) {
	case 0, 1, 2, 3:
		w.begin()
	case 4:
		if r := w.any(); r != nil {
			w.ordinal++
			w.tell([]alert.Transition{alert.Reminder, alert.EscalatedUp}[w.random.IntN(2)], w.ordinal, w.targets[r.ID], r)
		}
	case 5, 6:
		if r := w.any(); r != nil {
			w.resolve(r)
		}
	case 7:
		w.silence()
	case 8, 9:
		w.mu.Lock()
		to := modelTargets[w.random.IntN(5)].Address
		delete(w.moods, to)
		if w.random.IntN(3) > 0 {
			w.moods[to] = Class(w.random.IntN(4))
		}
		w.mu.Unlock()
	case 10:
		w.resendSome()
	case 11:
		if w.random.IntN(3) == 0 {
			w.restart()
		} else {
			w.mu.Lock()
			w.dying = 1 + w.random.IntN(6)
			w.mu.Unlock()
		}
	}
	pass(time.Duration(w.random.ExpFloat64() * float64([]time.Duration{time.Second, 30 * time.Second, 10 * time.Minute}[w.random.IntN(3)])))
	select {
	case <-w.ended:
		w.crashes++
		w.restart()
	default:
	}
}

func (w *world) begin() {
	var list []*alert.Record
	to := map[string]Target{}
	for range 1 + w.random.IntN(3) {
		t := modelTargets[w.random.IntN(len(modelTargets))]
		to[t.Address] = t
	}
	var targets []Target
	for _, t := range modelTargets {
		if _, ok := to[t.Address]; ok {
			targets = append(targets, t)
		}
	}
	n := 1
	if w.random.IntN(4) == 0 {
		n = 12
	}
	for range n {
		r := testRecord(fmt.Sprintf("r%d", len(w.records)), []alert.Severity{alert.Info, alert.Error, alert.Critical}[w.random.IntN(3)])
		r.Type = []alert.Type{alert.ExecutionFailed, alert.SlowExecution}[w.random.IntN(2)]
		r.Late = w.random.IntN(10) == 0
		w.records = append(w.records, r)
		w.targets[r.ID] = targets
		list = append(list, r)
	}
	w.trigger(targets, list...)
}

// any is an alert that goes on.
func (w *world) any() *alert.Record {
	for range 20 {
		if len(w.records) == 0 {
			return nil
		}
		if r := w.records[w.random.IntN(len(w.records))]; r.Status != alert.Resolved {
			return r
		}
	}
	return nil
}

func (w *world) silence() {
	r := w.any()
	if r == nil {
		return
	}
	w.office.set(func() {
		if _, held := w.office.held[r.ID]; held {
			delete(w.office.held, r.ID)
			return
		}
		w.office.held[r.ID] = execution.At(time.Now().Add(time.Duration(w.random.IntN(60)) * time.Minute))
	})
	w.d.Reconsider(w.office.scope)
}

func (w *world) resendSome() {
	w.update(func(tx *kv.Tx) error {
		seqs, err := stateSeqs(tx, w.office.scope, Dead, 3)
		for _, seq := range seqs {
			err = errors.Join(err, Resend(tx, w.office, fmt.Sprint(seq), execution.At(time.Now())))
		}
		return err
	})
	w.d.Reconsider(w.office.scope)
}

// heal lets everything work until all is said.
func (w *world) heal() {
	w.mu.Lock()
	clear(w.moods)
	w.dying = 0
	w.mu.Unlock()
	w.office.set(func() { clear(w.office.held) })
	w.restart()
	w.d.Reconsider(w.office.scope)
	pass(3 * time.Hour)
}

// promises: every row ends, what is delivered arrived, what is dead is told in the app; a crash costs a target one repetition at most; nothing
// fires after its end; nobody hears of the end who did not hear of the beginning, or hears of both at once.
func (w *world) promises() {
	rows := map[string]*Row{}
	dead := 0
	require.NoError(w.t, w.db.View(func(tx *kv.Tx) error {
		return outbox.Scan(tx, w.office.scope, kv.Span{}, func(_ []byte, r *Row) (bool, error) {
			require.False(w.t, r.open(), "at %s: %+v still waits", execution.At(time.Now()).Time(), r)
			if rows[r.Key] = r; r.State == Dead {
				dead++
			}
			return true, nil
		})
	}))
	require.NotEmpty(w.t, w.taken)
	times, over, heard, repeated := map[string]int{}, map[string]bool{}, map[string]bool{}, map[string]int{}
	for _, s := range w.taken {
		again := false
		for _, i := range s.Items {
			pair := i.Record + " " + s.Address
			if i.Transition == alert.ResolvedAway {
				require.True(w.t, heard[pair] || i.Delayed, "%s: the end of what was not told", pair)
				over[pair] = true
			} else {
				require.False(w.t, over[pair], "%s fires after its end", pair)
				heard[pair] = true
			}
			key := pair + " " + string(i.Transition)
			times[key]++
			again = again || times[key] > w.planned(rows, i, s.Address)
		}
		if again {
			repeated[s.Address]++
		}
	}
	for address, n := range repeated {
		require.LessOrEqual(w.t, n, w.crashes, "%s: repetitions, %d crashes", address, w.crashes)
	}
	for _, r := range rows {
		told := times[r.RecordID+" "+r.To.Address+" "+string(r.Transition)]
		switch r.State {
		case Delivered:
			require.True(w.t, told > 0 || r.To.Type == InApp, "%s counts as delivered", r.Key)
		case Superseded:
			w.superseded(rows, r)
		}
	}
	require.Equal(w.t, 0, max(0, dead-w.undelivered()), "each dead row is told in the app")
}

// planned is how many rows tell the transition to the address.
func (w *world) planned(rows map[string]*Row, i saidRow, address string) (n int) {
	for _, r := range rows {
		if r.RecordID == i.Record && r.Transition == i.Transition && r.To.Address == address {
			n++
		}
	}
	return n
}

// superseded rows have a reason: the record is over, or another row of the record says it.
func (w *world) superseded(rows map[string]*Row, r *Row) {
	var record *alert.Record
	for _, o := range w.records {
		if o.ID == r.RecordID {
			record = o
		}
	}
	if r.Transition == alert.Reminder && r.LastError == whyMerged {
		return
	}
	require.Equal(w.t, alert.Resolved, record.Status, "%s: %s", r.Key, r.LastError)
}

// undelivered is how many rows the app says to be dead.
func (w *world) undelivered() (n int) {
	require.NoError(w.t, w.db.View(func(tx *kv.Tx) error {
		return inbox.Scan(tx, w.office.scope, kv.Span{}, func(_ []byte, i *InboxItem) (bool, error) {
			n += i.Count
			return true, nil
		})
	}))
	return n
}
