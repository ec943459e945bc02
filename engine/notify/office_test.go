package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
	"flowwatch/engine/execution"
	"flowwatch/kv"
)

// testRecords is where the office of the tests keeps its alerts.
var testRecords = func() *kv.Collection[alert.Record] {
	encode, decode := kv.JSON[alert.Record]()
	return kv.NewCollection("test_records", kv.Spec[alert.Record]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, r *alert.Record) []byte { return kv.AppendString(dst, r.ID) },
	})
}()

// testOffice is an organisation with records in the real store, whose targets are HTTP servers or functions.
type testOffice struct {
	scope kv.Scope

	mu       sync.Mutex
	senders  map[Type]Sender
	held     map[string]execution.Instant // record → until
	missing  bool                         // secrets
	backup   []Target                     // of Fallback
	broken   []string
	planned  []Row
	mended   int
	noted    map[State]int
	composed []*Notice
	past     *testHistory // nil: nobody has subscribed
}

func (o *testOffice) Scope() kv.Scope { return o.scope }

func (o *testOffice) Record(tx *kv.Tx, id string) (*alert.Record, error) {
	return testRecords.Get(tx, o.scope, kv.AppendString(nil, id))
}

func (o *testOffice) Held(_ *kv.Tx, r *alert.Record, _ execution.Instant) (execution.Instant, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	until, held := o.held[r.ID]
	return until, held
}

func (o *testOffice) Route(to Target) (Sender, Target, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.missing {
		return nil, to, ErrSecretMissing
	}
	s, ok := o.senders[to.Type]
	if !ok {
		return nil, to, errors.New("the channel is not set up")
	}
	return s, to, nil
}

// said is what a message of the tests tells, as the targets receive it.
type said struct {
	Key     string    `json:"key"`
	Thread  string    `json:"thread"`
	Digest  bool      `json:"digest"`
	Items   []saidRow `json:"items"`
	Address string    `json:"-"`
	At      time.Time `json:"-"`
}

type saidRow struct {
	Record     string           `json:"record"`
	Transition alert.Transition `json:"transition"`
	Severity   alert.Severity   `json:"severity"`
	Delayed    bool             `json:"delayed"`
	Fallback   bool             `json:"fallback"`
}

func (o *testOffice) Compose(n *Notice) (*Message, error) {
	s := said{Key: n.Key, Thread: n.Thread, Digest: n.Digest}
	for _, i := range n.Items {
		s.Items = append(s.Items, saidRow{i.Record.ID, i.Transition, i.Record.Severity, i.Delayed, i.Fallback})
	}
	body, err := json.Marshal(s)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.composed = append(o.composed, n)
	return &Message{Key: n.Key, Thread: n.Thread, JSON: body, Text: string(body), SMS: string(body), Slack: body}, err
}

func (o *testOffice) Fallback(*kv.Tx, *alert.Record, []Target) ([]Target, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.backup, nil
}

func (o *testOffice) Overseers(*kv.Tx) ([]string, error) { return []string{"boss"}, nil }

func (o *testOffice) Noted(_ *kv.Tx, r *Row) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.noted == nil {
		o.noted = map[State]int{}
	}
	o.noted[r.State]++
	return nil
}

func (o *testOffice) Planned(_ *kv.Tx, rows []Row, _ execution.Instant) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.planned = append(o.planned, rows...)
	return nil
}

// reported are the channels that were said to be broken, and how often one was said to be mended.
func (o *testOffice) reported() (broken []string, mended int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.broken), o.mended
}

func (o *testOffice) Broken(_ *kv.Tx, to Target, why string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.broken = append(o.broken, strings.TrimSuffix(string(to.Type)+" "+to.Address, " ")+": "+why)
	return nil
}

func (o *testOffice) Mended(*kv.Tx, Target) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.mended++
	return nil
}

func (o *testOffice) History() History {
	if o.past == nil {
		return nil
	}
	return o.past
}

// set changes what the office answers.
func (o *testOffice) set(fn func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	fn()
}

// sendFunc is a target in the process.
type sendFunc func(ctx context.Context, to Target, s said) error

func (f sendFunc) Send(ctx context.Context, to Target, m *Message) error {
	var s said
	if err := json.Unmarshal(m.JSON, &s); err != nil {
		return err
	}
	s.Address, s.At = to.Address, time.Now()
	return f(ctx, to, s)
}

// poster sends over HTTP as the webhook channel does.
type poster struct{ client *http.Client }

func (p poster) Send(ctx context.Context, to Target, m *Message) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.Address, bytes.NewReader(m.JSON))
	if err != nil {
		return Fail(Permanent, err)
	}
	request.Header.Set("Idempotency-Key", m.Key)
	response, err := p.client.Do(request)
	if err != nil {
		return Fail(Network, err)
	}
	defer response.Body.Close()
	wrong := fmt.Errorf("status %d", response.StatusCode)
	switch code := response.StatusCode; {
	case code < 300:
		return nil
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return Fail(Misconfigured, wrong)
	case code == http.StatusTooManyRequests || code >= 500:
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
		return &Failure{Class: Temporary, RetryAfter: time.Duration(seconds) * time.Second, Err: wrong}
	}
	return Fail(Permanent, wrong)
}

// hook is a web server that takes messages.
type hook struct {
	*httptest.Server
	mu  sync.Mutex
	got []said
}

func newHook(t *testing.T) *hook {
	t.Helper()
	h := &hook{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var s said
		if err != nil || json.Unmarshal(body, &s) != nil || r.Header.Get("Idempotency-Key") != s.Key {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.got = append(h.got, s)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *hook) target() Target { return Target{Type: Webhook, Address: h.URL} }

func (h *hook) messages() []said {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.got)
}

// bench is an organisation with a store.
type bench struct {
	t      testing.TB
	db     *kv.DB
	path   string
	office *testOffice
	fault  func(point string) bool
	d      *Dispatcher
	stop   func()
	ended  chan struct{} // closed when the dispatcher has ended
	skew   atomic.Int64  // of the machine's clock
}

// now is what the machine's clock says.
func (b *bench) now() time.Time { return time.Now().Add(time.Duration(b.skew.Load())) }

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, path: filepath.Join(t.TempDir(), "flowwatch.db"), office: &testOffice{held: map[string]execution.Instant{}}}
	b.office.senders = map[Type]Sender{Webhook: poster{&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}}
	b.open()
	t.Cleanup(func() {
		b.halt()
		require.NoError(t, b.db.Close())
	})
	return b
}

func (b *bench) open() {
	b.t.Helper()
	db, err := kv.Open(b.path, kv.Options{})
	require.NoError(b.t, err)
	scope, err := db.Scope("office")
	require.NoError(b.t, err)
	b.db, b.office.scope = db, scope
}

// run starts a dispatcher.
func (b *bench) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	b.ended = done
	b.d = New(b.db, Options{Offices: func() []Office { return []Office{b.office} }, Now: b.now, fault: b.fault})
	d := b.d
	go func() {
		defer close(done)
		d.Run(ctx)
	}()
	b.stop = func() {
		cancel()
		<-done
	}
}

// halt stops the dispatcher, if one runs.
func (b *bench) halt() {
	if b.stop != nil {
		b.stop()
		b.stop = nil
	}
}

// restart opens the database anew, as after a crash or a stop.
func (b *bench) restart() {
	b.t.Helper()
	b.halt()
	require.NoError(b.t, b.db.Close())
	b.open()
	b.run()
}

func (b *bench) update(fn func(tx *kv.Tx) error) {
	b.t.Helper()
	require.NoError(b.t, b.db.Update(fn))
	if b.d != nil {
		b.d.Wake()
	}
}

func testRecord(id string, severity alert.Severity) *alert.Record {
	return &alert.Record{ID: id, Type: alert.ExecutionFailed, Severity: severity, Status: alert.Active, TriggeredAt: execution.At(time.Now())}
}

// tell stores records and appends a transition of each.
func (b *bench) tell(t alert.Transition, ordinal int, to []Target, records ...*alert.Record) {
	b.t.Helper()
	now := execution.At(b.now())
	b.update(func(tx *kv.Tx) error {
		for _, r := range records {
			targets := to
			if t == alert.ResolvedAway {
				r.Status = alert.Resolved
				told, err := Told(tx, b.office.scope, r.ID)
				if err != nil {
					return err
				}
				targets = told
			}
			err := errors.Join(testRecords.Put(tx, b.office.scope, r), Append(tx, b.office.scope, Plan(r, t, ordinal, targets, now)))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bench) trigger(to []Target, records ...*alert.Record) {
	b.t.Helper()
	b.tell(alert.Triggered, 0, to, records...)
}

func (b *bench) resolve(records ...*alert.Record) {
	b.t.Helper()
	b.tell(alert.ResolvedAway, 0, nil, records...)
}

// states are the record's deliveries, as "transition status" in their order.
func (b *bench) states(recordID string) (list []string) {
	b.t.Helper()
	require.NoError(b.t, b.db.View(func(tx *kv.Tx) error {
		deliveries, err := Deliveries(tx, b.office.scope, recordID)
		for _, d := range deliveries {
			list = append(list, fmt.Sprintf("%s %s", d.Transition, d.Status))
		}
		return err
	}))
	return list
}

// count is how many rows have the state.
func (b *bench) count(s State) (n int) {
	b.t.Helper()
	require.NoError(b.t, b.db.View(func(tx *kv.Tx) error {
		seqs, err := stateSeqs(tx, b.office.scope, s, 1<<30)
		n = len(seqs)
		return err
	}))
	return n
}

// check verifies the whole store, indexes included.
func (b *bench) check() {
	b.t.Helper()
	var problems []string
	require.NoError(b.t, b.db.Check(func(p string) { problems = append(problems, p) }, append(Collections(), testRecords)...))
	require.Empty(b.t, strings.Join(problems, "\n"))
}

func (b *bench) eventually(fn func() bool, what string) {
	b.t.Helper()
	require.Eventually(b.t, fn, 20*time.Second, 5*time.Millisecond, what)
}

// desk is a target in the process that notes what it is sent.
type desk struct {
	mu     sync.Mutex
	answer func(s said) error
	got    []said
	tries  []said
}

func (d *desk) Send(ctx context.Context, to Target, m *Message) error {
	return sendFunc(func(_ context.Context, _ Target, s said) error {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.tries = append(d.tries, s)
		if d.answer != nil {
			if err := d.answer(s); err != nil {
				return err
			}
		}
		d.got = append(d.got, s)
		return nil
	}).Send(ctx, to, m)
}

func (d *desk) answers(fn func(s said) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = fn
}

// messages are those that were taken; attempts all.
func (d *desk) messages() []said {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.got)
}

func (d *desk) attempts() []said {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.tries)
}

// inBubble runs fn with a clock that moves when all wait, a dispatcher, and a desk behind every channel.
func inBubble(t *testing.T, fn func(b *bench, d *desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b, d := newBench(t), &desk{}
		for _, c := range []Type{Email, SMS, Slack, Webhook} {
			b.office.senders[c] = d
		}
		b.run()
		fn(b, d)
		b.check()
	})
}

// pass lets time go by, and everything happen that is due.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func records(prefix string, n int, severity alert.Severity) (list []*alert.Record) {
	for i := range n {
		list = append(list, testRecord(fmt.Sprintf("%s%04d", prefix, i), severity))
	}
	return list
}

func web(address string) []Target  { return []Target{{Type: Webhook, Address: address}} }
func mail(address string) []Target { return []Target{{Type: Email, Address: address}} }

// seconds are the times of the messages since the first of them.
func seconds(list []said) (times []float64) {
	for _, s := range list {
		times = append(times, s.At.Sub(list[0].At).Seconds())
	}
	return times
}
