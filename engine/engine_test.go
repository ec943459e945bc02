package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/resource"
	"flowwatch/kv"
)

// clock is a settable time for tests.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }
func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// bench is an engine on a database of its own.
type bench struct {
	t      *testing.T
	path   string
	clock  *clock
	db     *kv.DB
	engine *Engine
	tenant *Tenant

	backups BackupSchedule
	disk    func() (resource.Disk, bool) // nil: the real one
}

func start(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, path: filepath.Join(t.TempDir(), "flowwatch.db"), clock: &clock{at: noon}}
	b.open()
	t.Cleanup(b.close)
	return b
}

func (b *bench) open() {
	b.t.Helper()
	db, err := kv.Open(b.path, kv.Options{})
	require.NoError(b.t, err)
	e, err := Open(Options{DB: db, Logger: slog.New(slog.DiscardHandler), Now: b.clock.now, Backups: b.backups, disk: b.disk})
	require.NoError(b.t, err)
	tenant, err := e.Tenant(e.Access().Organizations()[0].ID)
	require.NoError(b.t, err)
	b.db, b.engine, b.tenant = db, e, tenant
}

func (b *bench) close() {
	if b.engine != nil {
		require.NoError(b.t, b.engine.Close())
		require.NoError(b.t, b.db.Check(func(p string) { b.t.Errorf("check: %s", p) }, Collections()...))
		require.NoError(b.t, b.db.Close())
		b.engine = nil
	}
}

// restart closes in good order and opens again.
func (b *bench) restart() {
	b.t.Helper()
	b.close()
	b.open()
}

// crash goes on from a copy of what was committed at this moment.
func (b *bench) crash() {
	b.t.Helper()
	copied, err := b.db.Copy(nil)
	require.NoError(b.t, err)
	b.close()
	b.path = filepath.Join(b.t.TempDir(), "after-crash.db")
	file, err := os.OpenFile(b.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	require.NoError(b.t, err)
	_, err = copied.WriteTo(file)
	require.NoError(b.t, errors.Join(err, file.Close(), copied.Close()))
	b.open()
}

func (b *bench) ingest(events ...execution.Event) Receipt {
	b.t.Helper()
	receipt, err := b.tenant.Ingest(context.Background(), events)
	require.NoError(b.t, err)
	return receipt
}

// find returns an execution as the writer works on it.
func (b *bench) find(id string) (en *entry, err error) {
	err = b.db.View(func(tx *kv.Tx) error {
		en, err = b.tenant.find(tx, id)
		return err
	})
	return en, err
}

// checkpointed waits until the documents hold everything.
func (b *bench) checkpointed() {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		b.tenant.view.RLock()
		defer b.tenant.view.RUnlock()
		return len(b.tenant.unwritten) == 0
	}, 10*time.Second, 10*time.Millisecond)
}

func (b *bench) list(q Query) Page {
	b.t.Helper()
	if q.Limit == 0 {
		q.Limit = 20
	}
	page, err := b.tenant.Executions(context.Background(), q)
	require.NoError(b.t, err)
	return page
}

// anyQuery filters nothing.
func anyQuery() Query {
	q := queryOf("")
	q.Counts, q.Limit = true, 20
	return q
}

// event makes an event of an execution at noon plus an offset.
func event(id string, kind execution.EventType, after time.Duration, change ...func(*execution.Event)) execution.Event {
	at := execution.At(noon.Add(after))
	e := execution.Event{
		ID: fmt.Sprintf("%s/%s/%d", id, kind, after), Type: kind, Timestamp: at, ReceivedAt: at,
		ExecutionID: id, WorkflowID: "invoice-processing", WorkflowName: "Faktury",
		DurationMs: execution.Unknown, CPUPercent: execution.Unknown, MemoryMB: execution.Unknown,
		InputBytes: execution.Unknown, OutputBytes: execution.Unknown, Progress: execution.Unknown,
		Deadline: execution.NoInstant,
	}
	for _, f := range change {
		f(&e)
	}
	return e
}

func step(id string) func(*execution.Event) {
	return func(e *execution.Event) { e.StepID, e.ID = id, e.ID+"/"+id }
}

func ids(p Page) []string {
	out := []string{}
	for _, l := range p.Items {
		out = append(out, l.ExecutionID)
	}
	return out
}

func TestAcceptedEventsAreVisibleAndDuplicatesAreSuccess(t *testing.T) {
	t.Parallel()
	b := start(t)
	first := b.ingest(event("run-1", execution.ExecutionStarted, 0), event("run-1", execution.StepStarted, time.Second, step("ocr")))
	require.Equal(t, 2, first.Accepted)
	require.Equal(t, uint64(3), first.Seq, "one frame for the start, two for the step")

	status, err := b.tenant.Execution(context.Background(), "run-1")
	require.NoError(t, err)
	require.Equal(t, execution.Running, status.Status)
	require.Equal(t, []string{"ocr"}, status.CurrentSteps)
	require.Equal(t, uint64(3), status.Seq)

	again := b.ingest(event("run-1", execution.ExecutionStarted, 0))
	require.Equal(t, Receipt{Duplicates: 1, Repeated: []int{0}, Seq: 3}, again)
}

func TestStateSurvivesRestartAndCrash(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"restart", "crash", "crash after checkpoint"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.ingest(event("done", execution.ExecutionStarted, 0), event("done", execution.ExecutionCompleted, time.Minute))
			b.ingest(event("live", execution.ExecutionStarted, time.Second), event("live", execution.StepStarted, 2*time.Second, step("s1")))
			b.ingest(event("queued", execution.ExecutionQueued, time.Second))
			if how != "crash" {
				b.checkpointed()
			}
			last := b.ingest(event("live", execution.StepCompleted, 3*time.Second, step("s1")))
			if how == "restart" {
				b.restart()
			} else {
				b.crash()
			}
			page := b.list(anyQuery())
			require.Equal(t, []string{"queued", "live", "done"}, ids(page))
			require.Equal(t, [6]int64{1, 1, 0, 1, 0, 0}, page.Counts)
			require.Equal(t, last.Seq, b.tenant.Seq(), "seq goes on where it was")
			require.Equal(t, int64(1), b.tenant.Queue().PendingCount)
			repeated := b.ingest(event("live", execution.StepCompleted, 3*time.Second, step("s1")))
			require.Equal(t, 1, repeated.Duplicates, "the event id is still known")
			late := b.ingest(event("done", execution.StepCompleted, time.Second, step("s1")))
			require.Equal(t, 1, late.Accepted, "a late step of a finished execution merges")
			status, err := b.tenant.Execution(context.Background(), "done")
			require.NoError(t, err)
			require.Equal(t, execution.Completed, status.Status)
			require.Len(t, status.Steps, 1)
		})
	}
}

func TestStepPayloadsAreKeptMaskedAndCut(t *testing.T) {
	t.Parallel()
	b := start(t)
	long := append(append([]byte(`{"text":"`), bytes.Repeat([]byte("ż"), payloadBytesMax)...), `"}`...)
	b.ingest(event("run", execution.StepCompleted, 0, step("s"), func(e *execution.Event) {
		e.Input, e.Output = []byte(`{"pesel":"44051401359","kwota":12.5}`), long
	}))
	b.restart()
	detail, err := b.tenant.Step(context.Background(), "run", "s")
	require.NoError(t, err)
	require.NotContains(t, string(detail.Input), "44051401359")
	require.Contains(t, string(detail.Input), `12.5`)
	require.Contains(t, string(detail.Output), `"truncated":true`)
	require.Less(t, len(detail.Output), payloadBytesMax+200)
	missing, err := b.tenant.Step(context.Background(), "run", "nope")
	require.Error(t, err, "%v", missing)
}

func TestAStorageThatFailsLosesNothingAndBlocksNothing(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("run", execution.ExecutionStarted, 0))
	require.NoError(t, b.db.Close())
	_, err := b.tenant.Ingest(context.Background(), []execution.Event{event("run", execution.ExecutionCompleted, time.Second)})
	require.Error(t, err)
	b.db = nil
	require.NoError(t, b.engine.Close())
	b.engine = nil
	b.open()
	status, err := b.tenant.Execution(context.Background(), "run")
	require.NoError(t, err)
	require.Equal(t, execution.Running, status.Status)
}

// What a failed commit left in memory must not make its repetition a duplicate: that would be an answer for what is nowhere.
func TestWhatAFailedCommitDecidedIsForgotten(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("run", execution.ExecutionStarted, 0))
	require.NoError(t, b.engine.Close()) // from here on this goroutine is the writer
	done := event("run", execution.ExecutionCompleted, time.Second)
	en, err := b.find("run")
	require.NoError(t, err)
	require.Equal(t, execution.Applied, execution.Apply(en.x, &done))
	b.tenant.dirty["run"] = en
	require.NotNil(t, b.tenant.beginCheckpoint())
	b.tenant.stale = true // as after a commit that failed, and a reload that failed too
	require.Nil(t, b.tenant.beginCheckpoint(), "documents hold nothing that the journal does not")
	r := b.tenant.pack([]execution.Event{done})
	b.engine.writer.commit([]*request{r})
	require.NoError(t, r.err)
	require.Equal(t, Receipt{Accepted: 1, Seq: 2}, r.receipt)
	b.crash()
	status, err := b.tenant.Execution(context.Background(), "run")
	require.NoError(t, err)
	require.Equal(t, execution.Completed, status.Status)
}

// B-76: an event counts once, even when it is repeated after more than a week and a restart.
func TestAnEventCountsOnceForAsLongAsItsExecutionIsKept(t *testing.T) {
	t.Parallel()
	b := start(t)
	events := []execution.Event{event("run", execution.ExecutionStarted, 0), event("run", execution.ExecutionCompleted, time.Minute)}
	b.ingest(events...)
	b.checkpointed()
	b.clock.set(noon.Add(8 * 24 * time.Hour))
	b.restart()
	require.Equal(t, 2, b.ingest(events...).Duplicates)
	require.Equal(t, [6]int64{execution.Completed: 1}, b.list(anyQuery()).Counts)
}
