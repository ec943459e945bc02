package notify

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/kv"
)

const (
	workersMax  = 64               // messages under way at once
	failingMax  = workersMax / 2   // of these to targets that fail, so that they leave room for the others
	tryTimeout  = 10 * time.Second // of one message
	mailTimeout = 40 * time.Second // likewise: servers look through a mail before they take it; its sender gives up after 30 s
	stopGrace   = 3 * time.Second  // for messages under way when Run is to end
	surveyPause = 10 * time.Millisecond
	surveyEvery = time.Minute // without being woken
	readCost    = 50 * time.Microsecond
	blockedLook = time.Second // between looks at a target that nothing is sent to
)

// Options say what a Dispatcher works with.
type Options struct {
	Offices func() []Office // all organisations; asked again and again
	Now     func() time.Time
	Log     *slog.Logger
	Tried   func(Type, error) // is told of each message that was tried, and what came of it; nil: nobody is

	// fault is asked at each named point of a delivery whether the process dies there; for tests.
	fault func(point string) bool
}

// Dispatcher sends what is in the outboxes: one message at a time to each target, to 64 targets at once. Its methods are safe for concurrent use.
type Dispatcher struct {
	db      *kv.DB
	options Options
	woken   chan struct{} // 1 deep
	moved   chan struct{} // 1 deep

	mu         sync.Mutex // guards all below
	reconsider map[kv.Scope]bool
	happened   map[kv.Scope]bool
}

// New returns a dispatcher that sends nothing before Run.
func New(db *kv.DB, o Options) *Dispatcher {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Tried == nil {
		o.Tried = func(Type, error) {}
	}
	return &Dispatcher{db: db, options: o, woken: make(chan struct{}, 1), moved: make(chan struct{}, 1), reconsider: map[kv.Scope]bool{}, happened: map[kv.Scope]bool{}}
}

func (d *Dispatcher) now() execution.Instant { return execution.At(d.options.Now()) }

// Wake says that rows were appended. Call it after the commit; it never waits.
func (d *Dispatcher) Wake() {
	select {
	case d.woken <- struct{}{}:
	default:
	}
}

// Happened says that an organisation's history has moved on, which its subscriptions are told. Call it after the commit; it never waits.
func (d *Dispatcher) Happened(s kv.Scope) {
	d.mu.Lock()
	d.happened[s] = true
	d.mu.Unlock()
	select {
	case d.moved <- struct{}{}:
	default:
	}
}

// Reconsider says that settings, secrets, silences or the like of the organisation have changed, or a row is sent again: what is paused or held
// is looked at anew. It never waits.
func (d *Dispatcher) Reconsider(s kv.Scope) {
	d.mu.Lock()
	d.reconsider[s] = true
	d.mu.Unlock()
	d.Wake()
}

// name is one target of one organisation.
type name struct {
	scope   kv.Scope
	channel Type
	address string
}

// post is what the dispatcher knows of a target that has open rows.
type post struct {
	name    name
	office  Office
	due     time.Time // when to look at it; far ahead: it waits for rows
	notYet  time.Time // no look before
	served  uint64    // number of the last look
	newest  uint64    // row that it was woken for
	busy    bool
	blocked bool
	until   execution.Instant // nothing is sent before, if it is blocked
	all     bool              // held rows are asked about again
	memory  memory            // of a subscription; a look's own while it is busy
}

// round is the state of one Run; only its goroutine touches it, but for done.
type round struct {
	*Dispatcher
	posts   map[name]*post
	done    chan result
	sending context.Context // of messages under way
	busy    int
	failing int // of these to targets that fail
	looks   uint64
	survey  time.Time         // when the outboxes were looked through last
	heard   time.Time         // when it was heard last that something happened
	wanted  bool              // they are to be again
	clock   execution.Instant // as it was seen last
	dead    chan struct{}
	die     func()

	considered considered
	budget     budget
	telling    budget     // of subscriptions
	reading    budget     // likewise, outside of transactions
	looking    budget     // of looks at targets that nothing is sent to
	turn       sync.Mutex // of them
}

// consideredMax bounds the transitions that are remembered.
const consideredMax = 20_000

// considered are the transitions of records for which a fallback was considered: for one target is for all. What is forgotten is considered again, to the
// same end. The zero value is none. Safe for concurrent use.
type considered struct {
	mu  sync.Mutex // guards all
	all map[string]bool
}

func (c *considered) has(transition string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all[transition]
}

func (c *considered) add(transitions []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil || len(c.all)+len(transitions) > consideredMax {
		c.all = map[string]bool{}
	}
	for _, t := range transitions {
		c.all[t] = true
	}
}

// result is what came of a look.
type result struct {
	post    *post
	next    time.Time
	read    int
	rest    time.Duration
	blocked bool
	until   execution.Instant
}

// Run delivers until ctx ends and messages under way are done, or 3 s later given up: they are sent again after the next start. It must not run
// twice at once.
func (d *Dispatcher) Run(ctx context.Context) {
	sending, giveUp := context.WithCancel(context.Background())
	defer giveUp()
	r := &round{Dispatcher: d, posts: map[name]*post{}, done: make(chan result, workersMax), sending: sending, dead: make(chan struct{}), reading: budget{share: readingShare}, looking: budget{share: lookingShare}}
	r.die = sync.OnceFunc(func() { close(r.dead) })
	r.resume()
	for ctx.Err() == nil && !r.died() {
		r.setRight()
		r.look()
		pause, moved := r.listen(r.start())
		wait := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-r.dead:
		case <-d.woken:
			r.wanted = true
		case <-moved:
			r.hear()
		case x := <-r.done:
			r.finish(x)
		case <-wait.C:
		}
		wait.Stop()
	}
	r.end(giveUp)
}

func (r *round) died() bool {
	select {
	case <-r.dead:
		return true
	default:
		return false
	}
}

// end waits for the messages under way.
func (r *round) end(giveUp func()) {
	grace := time.NewTimer(stopGrace)
	defer grace.Stop()
	for r.busy > 0 {
		select {
		case x := <-r.done:
			r.finish(x)
		case <-r.dead:
			giveUp()
			r.finish(<-r.done)
		case <-grace.C:
			giveUp()
		}
	}
}

// resume makes rows wait again that were being sent when the process ended.
func (r *round) resume() {
	for _, o := range r.options.Offices() {
		for {
			n, err := r.resumeSome(o)
			if err != nil {
				r.options.Log.Error("messages that were under way are not resumed", "err", err)
			}
			if n == 0 || err != nil {
				break
			}
		}
	}
}

func (r *round) resumeSome(o Office) (n int, err error) {
	now := r.now()
	err = r.db.Batch(func(tx *kv.Tx) error {
		var seqs []uint64
		if seqs, err = stateSeqs(tx, o.Scope(), Sending, sliceMax); err != nil {
			return err
		}
		n = len(seqs)
		for _, seq := range seqs {
			_, err := edit(tx, o.Scope(), seq, func(r *Row) { r.State, r.LastError, r.At = Retrying, whyBroken, now })
			if err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// look finds targets that have something to do, if there may be new ones.
func (r *round) look() {
	now := time.Now()
	if age := now.Sub(r.survey); age < surveyPause || (age < surveyEvery && !r.wanted) {
		return
	}
	r.survey, r.wanted = now, false
	r.mu.Lock()
	again := r.reconsider
	r.reconsider = map[kv.Scope]bool{}
	r.mu.Unlock()
	open, whole := map[name]bool{}, true
	for _, o := range r.options.Offices() {
		if again[o.Scope()] {
			if err := r.lift(o); err != nil {
				r.options.Log.Error("paused channels are not resumed", "err", err)
			}
		}
		found, err := r.targets(o)
		if err != nil {
			r.options.Log.Error("the outbox cannot be read", "err", err)
			whole = false
			continue
		}
		r.lookAtSubscriptions(o, open, again[o.Scope()])
		for n, newest := range found {
			open[n] = true
			p := r.post(n, o)
			if again[n.scope] {
				p.all, p.notYet, p.newest = true, time.Time{}, 0
			}
			if newest > p.newest {
				p.newest = newest
				p.due = earlier(p.due, now)
			}
		}
	}
	if whole {
		maps.DeleteFunc(r.posts, func(n name, p *post) bool { return !p.busy && !open[n] })
	}
}

// post is what is known of a target, from now on if nothing was.
func (r *round) post(n name, o Office) *post {
	p := r.posts[n]
	if p == nil {
		p = &post{name: n}
		r.posts[n] = p
	}
	p.office = o
	return p
}

// lookAtSubscriptions lets new subscriptions be told, and those that are to be tried again.
func (r *round) lookAtSubscriptions(o Office, open map[name]bool, again bool) {
	h := o.History()
	if h == nil {
		return
	}
	for _, id := range h.Subscribers() {
		n := name{scope: o.Scope(), channel: Subscribed, address: id}
		open[n] = true
		_, known := r.posts[n]
		if p := r.post(n, o); again || !known {
			p.due, p.notYet = time.Now(), time.Time{}
		}
	}
}

// listen is what says that something happened, not again at once: commits are many. It shortens the pause to when it may.
func (r *round) listen(pause time.Duration) (time.Duration, <-chan struct{}) {
	if rest := followRest - time.Since(r.heard); rest > 0 {
		return min(pause, rest), nil
	}
	return pause, r.moved
}

// hear lets subscriptions be told of what has happened.
func (r *round) hear() {
	r.mu.Lock()
	happened := r.happened
	r.happened = map[kv.Scope]bool{}
	r.mu.Unlock()
	now := time.Now()
	r.heard = now
	for n, p := range r.posts {
		if n.channel == Subscribed && happened[n.scope] {
			p.due = earlier(p.due, now)
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// targets are the organisation's targets with open rows, and the newest row of each. It costs two searches a target.
func (r *round) targets(o Office) (found map[name]uint64, err error) {
	found = map[name]uint64{}
	err = r.db.View(func(tx *kv.Tx) error {
		for from := []byte(nil); ; {
			var lane []byte
			outbox.ScanIndex(tx, o.Scope(), byLane, kv.Span{From: from}, func(b, _ []byte) bool {
				lane, _, err = readEntry(b)
				lane = bytes.Clone(lane)
				return false
			})
			if err != nil || lane == nil {
				return err
			}
			n, err := readName(o.Scope(), lane)
			if err != nil {
				return err
			}
			outbox.ScanIndex(tx, o.Scope(), byLane, kv.Span{Prefix: lane, Reverse: true}, func(b, _ []byte) bool {
				var e entry
				_, e, err = readEntry(b)
				found[n] = e.seq
				return false
			})
			if err != nil {
				return err
			}
			from = append(lane, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)
		}
	})
	return found, err
}

func readName(s kv.Scope, lane []byte) (n name, err error) {
	channel, rest, err := kv.ReadString(lane)
	if err != nil {
		return n, fmt.Errorf("read target: %w", err)
	}
	address, _, err := kv.ReadString(rest)
	if err != nil {
		return n, fmt.Errorf("read target: %w", err)
	}
	return name{scope: s, channel: Type(channel), address: address}, nil
}

// lift lets what is paused or unreachable be tried at once.
func (r *round) lift(o Office) error {
	return r.db.Batch(func(tx *kv.Tx) error {
		var stuck []*lane
		err := lanes.Scan(tx, o.Scope(), kv.Span{}, func(_ []byte, l *lane) (bool, error) {
			if l.hopeless() {
				stuck = append(stuck, l)
			}
			return true, nil
		})
		for _, l := range stuck {
			free := *l
			free.ResumeAt = execution.NoInstant
			if err == nil {
				err = lanes.Replace(tx, o.Scope(), l, &free)
			}
		}
		return err
	})
}

// start begins looks at targets that are due, those first that waited longest, and returns how long nothing else is due.
func (r *round) start() time.Duration {
	now := time.Now()
	wait := surveyEvery - now.Sub(r.survey)
	if r.wanted {
		wait = surveyPause - now.Sub(r.survey)
	}
	var due []*post
	for _, p := range r.posts {
		if p.busy || p.due.IsZero() {
			continue
		}
		at := p.due
		if at.Before(p.notYet) {
			at = p.notYet
		}
		if at.After(now) {
			wait = min(wait, at.Sub(now))
			continue
		}
		due = append(due, p)
	}
	slices.SortFunc(due, func(a, b *post) int { return cmp.Compare(a.served, b.served) })
	for _, p := range due {
		if r.busy >= workersMax {
			break
		}
		if p.blocked && r.failing >= failingMax {
			continue
		}
		r.begin(p)
	}
	return wait
}

func (r *round) begin(p *post) {
	r.looks++
	p.served, p.busy, p.due = r.looks, true, time.Time{}
	r.busy++
	if p.blocked {
		r.failing++
	}
	w := &worker{round: r, office: p.office, name: p.name, all: p.all, blocked: p.blocked, until: p.until, jitter: rand.Float64()}
	p.all = false
	go func() { r.done <- w.work(p) }()
}

// finish notes when to look at a target again.
func (r *round) finish(x result) {
	p := x.post
	r.busy--
	if p.blocked {
		r.failing--
	}
	p.busy, p.blocked, p.until = false, x.blocked, x.until
	now := time.Now()
	p.notYet = now.Add(max(x.rest, time.Duration(x.read)*readCost))
	if x.blocked && x.next.After(now) {
		p.notYet = now.Add(blockedLook)
	}
	p.due = earlier(p.due, x.next)
}
