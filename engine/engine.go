// Package engine is the product: it accepts the events of workflow engines,
// keeps the live state of every execution, makes both durable in one commit,
// and tells whoever listens. intake.go is the door, writer.go the one writer,
// checkpoint.go writes documents behind it, query.go and status.go read.
//
// Lock order: Tenant.state, then Tenant.view. The writer holds state from the
// first Apply of a batch until its commit is visible; readers of lists and
// snapshots need only view, which is never held over I/O.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
	"flowwatch/engine/backup"
	"flowwatch/engine/deadline"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/feed"
	"flowwatch/engine/notify"
	"flowwatch/engine/notify/channel"
	"flowwatch/engine/promql"
	"flowwatch/engine/resource"
	"flowwatch/engine/vault"
	"flowwatch/kv"
	"flowwatch/kv/archive"
	"flowwatch/tsdb"
)

// Options configure an Engine. DB is required; the rest has defaults.
type Options struct {
	DB     *kv.DB
	Series *tsdb.DB         // of the same DB; nil: one that seals no days
	Logger *slog.Logger     // nil: slog.Default()
	Now    func() time.Time // nil: time.Now
	Live   *feed.Limits     // nil: feed's defaults
	Book   *deadline.Book   // deadline rules and holidays; nil: the shipped ones

	Unheard []Unheard // of which executions the end may never be told

	KeyFile    string // of the vault; "": flowwatch.key beside the database
	ErasedList string // file beside the database with what was erased, for backups that are restored; "": none

	WatchProcess string // pid or name of an engine's process to measure; "": none
	Version      string // of the program, told by backups
	Backups      BackupSchedule
	Address      func() string // where browsers reach the appliance when the settings don't say: of links in messages; nil: unknown
	WebhookAllow []string      // private networks and hosts that webhooks may be sent to

	disk func() (resource.Disk, bool) // for tests; nil: the disk of the database
}

// Engine watches the executions of all organisations of one database.
// It is safe for concurrent use.
type Engine struct {
	db       *kv.DB
	series   *tsdb.DB
	log      *slog.Logger
	now      func() time.Time
	live     feed.Limits
	zone     *time.Location // of the organisations' days and weeks
	access   *access.Store
	vault    *vault.Vault
	book     *deadline.Book
	intake   *intake
	writer   *writer
	wishes   *wishes
	metrics  *selfMetrics
	machine  *machine
	recorder *recorder
	keeper   *backup.Keeper
	storage  *storage
	samples  samples
	loads    loadCache
	promql   *promql.Engine
	scraper  *scraper
	pulse    pulse
	outside  atomic.Pointer[Heartbeat] // who watches; nil: nobody

	outbox       *notify.Dispatcher
	linkKey      []byte         // of links in messages
	address      func() string  // where browsers reach the appliance; nil: unknown
	webhookAllow *channel.Allow // inner addresses that webhooks may reach
	backupKey    *archive.Key   // encrypts backups; nil: they are not encrypted

	mu      sync.RWMutex // guards tenants
	tenants map[string]*Tenant

	erased  erasedList
	unheard []Unheard

	raiseNow chan struct{} // rules of deadlines or filings have changed
	lookNow  chan struct{} // so has what built-in rules look at

	version string
	opened  time.Time
	stop    chan struct{}
	done    sync.WaitGroup
	close   sync.Once
}

// sealPeople seals people's secrets by the key file.
func (e *Engine) sealPeople() {
	locked, err := e.access.UseVault(e.vault)
	if err != nil {
		e.log.Error("secrets of one-time passwords stay readable in the database", "err", err) // a full disk, or no place for a key: people must get in all the same
	}
	for _, u := range locked {
		e.log.Warn("one-time passwords cannot be checked with the key file", "code", "secret_missing", "user", u.ID)
	}
}

// Open rebuilds live state from documents and journal and starts the writer.
func Open(o Options) (*Engine, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Series == nil {
		series, err := tsdb.Open(o.DB, tsdb.Options{Now: o.Now})
		if err != nil {
			return nil, fmt.Errorf("open engine: %w", err)
		}
		o.Series = series
	}
	e := &Engine{
		db: o.DB, series: o.Series, log: o.Logger, now: o.Now, book: o.Book, intake: newIntake(), wishes: newWishes(), zone: deadline.Zone(),
		tenants: map[string]*Tenant{}, version: o.Version, opened: o.Now(), erased: erasedList{path: o.ErasedList}, stop: make(chan struct{}),
		raiseNow: make(chan struct{}, 1), lookNow: make(chan struct{}, 1), address: o.Address, unheard: o.Unheard, promql: promql.New(),
	}
	if o.Live != nil {
		e.live = *o.Live
	}
	if e.book == nil {
		e.book = deadline.Shipped()
	}
	if o.KeyFile == "" {
		o.KeyFile = filepath.Join(filepath.Dir(o.DB.Path()), "flowwatch.key")
	}
	e.vault = vault.New(o.KeyFile)
	store, err := access.NewStore(o.DB, o.Now)
	if err != nil {
		return nil, fmt.Errorf("open access: %w", err)
	}
	e.access = store
	store.OnRemoval(e.removeBelongings)
	e.sealPeople()
	if e.webhookAllow, err = channel.ParseAllow(o.WebhookAllow); err != nil {
		return nil, fmt.Errorf("webhooks: %w", err)
	}
	if e.linkKey, err = openLinkKey(o.DB); err != nil {
		return nil, err
	}
	e.metrics = newSelfMetrics(e)
	if e.storage, err = newStorage(e, o.disk); err != nil {
		return nil, err
	}
	if e.machine, err = newMachine(e, o.WatchProcess); err != nil {
		return nil, err
	}
	for _, org := range store.Organizations() {
		if _, err := e.Tenant(org.ID); err != nil {
			return nil, fmt.Errorf("open organisation %s: %w", org.ID, err)
		}
	}
	e.backupKey = o.Backups.Key
	if e.keeper, err = newKeeper(e, o.Backups); err != nil {
		return nil, err
	}
	e.recorder = newRecorder(e)
	e.outbox = notify.New(o.DB, notify.Options{Offices: e.offices, Now: o.Now, Log: o.Logger, Tried: e.metrics.tried})
	e.scraper = newScraper(e)
	e.writer = newWriter(e)
	e.begin()
	return e, nil
}

// begin starts all that goes on until Close.
func (e *Engine) begin() {
	e.done.Go(e.writer.run)
	if err := e.applyErasures(context.Background()); err != nil {
		e.log.Error("erasures are not applied yet", "err", err) // a full disk must not keep the office from its data; the next minute tries again
	}
	e.done.Go(e.tick)
	e.done.Go(e.recorder.run)
	e.done.Go(e.raiseQueues)
	e.done.Go(e.lookAround)
	e.done.Go(e.reportMornings)
	e.done.Go(e.keepHouse)
	e.done.Go(e.keepBackups)
	e.done.Go(e.deliver)
	e.done.Go(e.scraper.run)
}

// Close refuses new events, finishes those in the queue, writes a last
// checkpoint and stops. The database stays open; it is the caller's.
func (e *Engine) Close() (err error) {
	e.close.Do(func() {
		e.intake.close()
		close(e.stop)
		e.done.Wait()
		err = e.access.Close()
	})
	return err
}

// Access gives organisations, tokens and sessions.
func (e *Engine) Access() *access.Store { return e.access }

// Now is the engine's clock.
func (e *Engine) Now() time.Time { return e.now() }

// Epoch names this database's history; it changes when a backup is restored.
func (e *Engine) Epoch() string { return e.db.Epoch() }

// Tenant returns the handle of one organisation. An id that the access store
// does not know is fault.NotFound.
func (e *Engine) Tenant(organizationID string) (*Tenant, error) {
	e.mu.RLock()
	t := e.tenants[organizationID]
	e.mu.RUnlock()
	if t != nil {
		return t, nil
	}
	if !e.access.HasOrganization(organizationID) {
		return nil, fault.New(fault.NotFound, "not_found", "no such organisation")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if t = e.tenants[organizationID]; t != nil {
		return t, nil
	}
	t, err := openTenant(e, organizationID)
	if err != nil {
		return nil, err
	}
	e.tenants[organizationID] = t
	return t, nil
}

// all returns the tenants opened so far.
func (e *Engine) all() []*Tenant {
	e.mu.RLock()
	defer e.mu.RUnlock()
	out := make([]*Tenant, 0, len(e.tenants))
	for _, t := range e.tenants {
		out = append(out, t)
	}
	return out
}

// Drain tells every live session to come back later.
func (e *Engine) Drain(reason string, after [2]time.Duration) {
	for _, t := range e.all() {
		t.hub.Close(reason, after)
	}
}

// Health is what a readiness probe may know.
type Health struct {
	Ready       bool   `json:"ready"`
	StorageFull bool   `json:"storageFull"`
	Reason      string `json:"reason,omitempty"`
}

// Health reports whether events can be taken now.
func (e *Engine) Health() Health {
	switch {
	case e.intake.closed():
		return Health{Reason: "stopping"}
	case e.writer.storageFull.Load():
		return Health{StorageFull: true, Reason: "storage full"}
	}
	return Health{Ready: true}
}

// Collections lists what the engine and its parts store, for kv's check.
func Collections() []kv.Checker {
	own := []kv.Checker{
		alertLinks, linkKeys,
		documents, vocabularies, counters, workflows, payloads, cursors, backfills, journal, ruleRecords, clientRules, filings, gaugeRecords,
		priorityRequests, boostMarks, webhookRecords, signals, queueSnapshots, milestones, retentionRuns, erasures, diskSizes, settingRecords,
		alertRules, alertStates, alertRecords, alertSilences, alertOutages, morningReports, dashboards, dashboardDefaults, views,
	}
	return slices.Concat(own, notify.Collections(), access.Collections(), audit.Collections(), backup.Collections(), tsdb.Collections())
}

// tick publishes the volatile topics: queue numbers four times a second when they changed, so that a person sees a change within one;
// resources every five seconds, and when the queue's warning came or went.
func (e *Engine) tick() {
	const (
		queueEvery   = 250 * time.Millisecond
		second       = int(time.Second / queueEvery)
		metricsEvery = int(resource.SampleEvery / queueEvery)
		flushEvery   = 60 * second
	)
	ticker := time.NewTicker(queueEvery)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-e.stop:
			return
		case <-ticker.C:
			e.publishVolatile(n%metricsEvery == 0)
			if n%second == second-1 {
				if err := e.access.NoteFailures(); err != nil {
					e.log.Warn("note failed sign-ins", "err", err)
				}
			}
			if n%flushEvery == flushEvery-1 {
				if err := e.access.Flush(); err != nil {
					e.log.Warn("note the use of tokens", "err", err)
				}
			}
		}
	}
}

// publishVolatile publishes the queue's numbers where they changed, and resources where the queue's warning came or went, or when they are measured.
func (e *Engine) publishVolatile(measured bool) {
	if measured {
		e.machine.sample()
	}
	for _, t := range e.all() {
		if measured {
			t.sampleQueue()
		}
		warned := t.publishQueue()
		if warned {
			t.queueLog.crossed(t.queueSnapshot())
			e.recorder.wake()
		}
		if warned || measured {
			t.publishMetrics()
		}
	}
}

// storeFault turns a store's error into what the caller of a write may see.
func storeFault(err error) error {
	if errors.Is(err, kv.ErrFull) {
		return fault.New(fault.StorageFull, "storage_full", "the disk is full; nothing of this request was stored").
			After(storageRetry).Wrap(err)
	}
	return err
}

const storageRetry = 5 * time.Second

func (e *Engine) instant() execution.Instant { return execution.At(e.now()) }
