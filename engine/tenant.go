package engine

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"flowwatch/engine/execution"
	"flowwatch/engine/feed"
	"flowwatch/engine/notify"
	"flowwatch/engine/promql"
	"flowwatch/engine/resource"
	"flowwatch/kv"
	"flowwatch/tsdb"
)

// liveMax bounds the executions kept in memory for one organisation. Beyond
// it the ones that were silent longest are left to the documents until their
// next event.
const liveMax = 100_000

// Tenant is one organisation's part of the engine, or what somebody may see of
// it. Code that holds a Tenant cannot name another organisation's data, nor read
// an execution of a client that the handle does not include: see Limited. Safe for
// concurrent use.
type Tenant struct {
	*organization
	clients execution.Clients // whose executions are read through the handle
}

// organization is what all handles of one organisation share.
type organization struct {
	entire *Tenant // the handle that hides nothing

	id     string
	scope  kv.Scope
	engine *Engine
	hub    *feed.Hub
	series tsdb.Scope

	// state is held by the writer from decide to visible. It guards entries
	// and their executions, dirty, seq and cursor. view guards what readers of
	// lists see: shown, unwritten, shownSeq, catalogue, tally, queue, published.
	state sync.RWMutex
	view  sync.RWMutex
	memory
	obligations obligations
	stale       bool        // memory is ahead of the store and could not be reloaded; the writer's alone
	published   QueueStatus // last queue status sent to the hub

	settings    settings
	machine     *resource.Board // what the machine measured, by the organisation's thresholds
	gauges      *gauges         // what engines measured
	remote      remote          // what other monitors send
	promSlots   chan struct{}   // of expressions that are evaluated
	scrapeSlots chan struct{}   // places among the addresses that are read
	consumption *consumption    // what steps that ended used
	queueLog    queueLog
	seldom      seldom
	heard       heard
	priorities  priorities
	boosts      boosts
	alerts      alerting // the writer's, but for what is read atomically
	senders     map[notify.Type]notify.Sender
	webhooks    webhooks

	points    *pointChanges // of the slice being written; the writer's alone
	backfill  backfill      // the writer's alone, but for its done
	written   atomic.Uint64 // documents and points hold all until this seq
	trends    trendCache
	numbers   knownNumbers
	attention knownAttention
}

// entry is one execution in memory. Only the writer changes it, under state.
type entry struct {
	x      *execution.Execution
	seq    uint64    // of the last frame about it
	stored *document // keys of its document; nil = none yet
	points measured  // of its document
	sum    contribution

	status           execution.Status // after the last applied event
	counted          bool             // status is meaningful: there was an earlier event
	visited, touched bool             // by the batch being decided
	spoke            bool             // in it, itself, and not only its steps
	concluded        bool             // sum is of an end that nobody told
}

// ended reports whether the execution had ended as far as the counters know.
func (en *entry) ended() bool { return en.sum.counted && en.sum.status.Terminal() }

// ends reports whether it has ended since: for the first time, or by an end that takes the place of one that nobody told.
func (en *entry) ends() bool {
	return en.x.Ended() && (!en.ended() || en.concluded && !en.x.Concluded())
}

// Listed is one execution as lists and snapshots show it. Immutable.
type Listed struct {
	execution.Summary
	Seq uint64
}

func openTenant(e *Engine, id string) (*Tenant, error) {
	scope, err := e.db.Scope(kv.TenantID(id))
	if err != nil {
		return nil, fmt.Errorf("scope: %w", err)
	}
	t := &Tenant{organization: &organization{
		id: id, scope: scope, engine: e, series: e.series.Scope(scope), points: newPointChanges(),
		consumption: newConsumption(), boosts: newBoosts(), promSlots: promql.Slots(), scrapeSlots: make(chan struct{}, scrapesOfOffice),
	}}
	t.entire = t
	if err := t.openSettings(); err != nil {
		return nil, err
	}
	limits := t.resourceLimits()
	t.gauges, t.machine = newGauges(limits), e.machine.board.Sharing(limits)
	if err := t.recover(); err != nil {
		return nil, err
	}
	t.senders = t.newSenders()
	if err := t.loadWebhooks(); err != nil {
		return nil, err
	}
	if err := t.loadAlerts(); err != nil {
		return nil, err
	}
	if err := e.db.View(func(tx *kv.Tx) error { return errors.Join(t.obligations.load(tx, scope), t.loadBoosts(tx)) }); err != nil {
		return nil, fmt.Errorf("open organisation %s: %w", id, err)
	}
	if err := t.loadGauges(); err != nil {
		return nil, err
	}
	if err := t.openBackfill(); err != nil {
		return nil, err
	}
	t.written.Store(t.cursor)
	t.hub = feed.NewHub(t, e.db.Epoch(), e.live)
	return t, nil
}

// Seq is the seq of the last change that readers can see.
func (t *Tenant) Seq() uint64 {
	t.view.RLock()
	defer t.view.RUnlock()
	return t.shownSeq
}

// Epoch names the history that seqs belong to, as the handle shows it.
func (t *Tenant) Epoch() string { return feed.EpochOf(t.engine.Epoch(), t.clients) }

// Connect opens a live session on what the handle shows.
func (t *Tenant) Connect(o feed.Options) (*feed.Session, error) {
	o.Source, o.Clients = t, t.clients
	return t.hub.Connect(o)
}

// find returns the entry of an execution, from memory or its document, or a
// new one. The caller holds state.
func (t *Tenant) find(tx *kv.Tx, id string) (*entry, error) {
	if en := t.entries[id]; en != nil {
		return en, nil
	}
	d, err := t.loadDocument(tx, id)
	if err != nil {
		return nil, err
	}
	en := &entry{}
	if d == nil {
		en.x = execution.New(id)
	} else if en, err = t.entryOf(d); err != nil {
		return nil, err
	}
	t.entries[id] = en
	return en, nil
}

func (t *Tenant) entryOf(d *document) (*entry, error) {
	x, err := execution.Decode(d.data, t.words)
	if err != nil {
		return nil, fmt.Errorf("document %s: %w", d.summary.ExecutionID, err)
	}
	sum := contributionOf(&d.summary)
	return &entry{
		x: x, seq: d.seq, stored: keysOnly(d), points: measure(x, &d.summary), sum: sum, status: sum.status, counted: true,
		concluded: x.Concluded(),
	}, nil
}
