package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/feed"
	"flowwatch/engine/view"
	"flowwatch/kv"
)

func iod() audit.By {
	return audit.By{Actor: audit.Actor{ID: "u9", Name: "IOD", Type: audit.User}, IP: "10.0.0.9"}
}

// runOf ingests a run of a client with an input.
func (b *bench) runOf(id, client string) {
	b.t.Helper()
	of := func(e *execution.Event) { e.ClientRef = client }
	b.ingest(
		event(id, execution.ExecutionStarted, 0, of),
		event(id, execution.StepStarted, time.Second, of, withData, func(e *execution.Event) { e.StepID = "s" }),
		event(id, execution.ExecutionFailed, 2*time.Second, of, func(e *execution.Event) { e.Error = &execution.ErrorInfo{Message: "Jan Kowalski"} }),
	)
}

func (b *bench) erase(target ErasureTarget) *Erasure {
	b.t.Helper()
	r, err := b.tenant.Erase(context.Background(), iod(), target, "art. 17 RODO")
	require.NoError(b.t, err)
	require.Equal(b.t, ErasureDone, r.State)
	return r
}

func TestErasureOfAClientLeavesNothingOfIt(t *testing.T) { // J11.1, J11.2
	t.Parallel()
	b := start(t)
	for i := range removedAtOnce + 3 {
		b.runOf(fmt.Sprint("a", i), "K-0147")
	}
	b.runOf("other", "K-01470")
	counted := b.metrics30(0)
	r := b.erase(ErasureTarget{ClientRef: "K-0147"})
	require.EqualValues(t, removedAtOnce+3, r.Erased.Executions)
	require.EqualValues(t, removedAtOnce+3, r.Erased.StepData)

	_, err := b.tenant.Execution(context.Background(), "a0")
	require.ErrorIs(t, err, errUnknownExecution)
	require.EqualValues(t, 1, b.total())
	require.NotNil(t, b.inputOf("other"))
	require.Equal(t, counted, b.metrics30(0), "sums tell of no client and stay")
	b.requireForgotten("K-0147\x00", `"K-0147"`)

	b.crash()
	require.EqualValues(t, 1, b.total(), "and the journal does not bring it back")
	verdict, err := audit.Verify(b.db, b.tenant.scope)
	require.NoError(t, err)
	require.True(t, verdict.OK)
	items, _, err := audit.List(b.db, b.tenant.scope, audit.Filter{Event: "monitoring.erasure."}, nil, 10)
	require.NoError(t, err)
	require.Len(t, items, 2, "asked for and done")
	shown, err := json.Marshal(items)
	require.NoError(t, err)
	require.NotContains(t, string(shown), "K-0147")
}

// requireForgotten fails if any record of the organisation, journal included, holds one of the texts.
func (b *bench) requireForgotten(texts ...string) {
	b.t.Helper()
	require.NoError(b.t, b.db.View(func(tx *kv.Tx) error {
		look := func(where string, data []byte) {
			for _, text := range texts {
				require.NotContains(b.t, string(data), text, where)
			}
		}
		documents.ScanRaw(tx, b.tenant.scope, kv.Span{}, func(key, data []byte) bool { look("documents", data); return true })
		filings.ScanRaw(tx, b.tenant.scope, kv.Span{}, func(key, data []byte) bool { look("filings", append(key, data...)); return true })
		erasures.ScanRaw(tx, b.tenant.scope, kv.Span{}, func(key, data []byte) bool { look("erasures", data); return true })
		journal.Since(tx, b.tenant.scope, 0, func(first, _ uint64, data []byte) bool {
			return readBlock(first, data, func(e *execution.Event, _ uint64) error {
				for _, text := range texts {
					require.NotEqual(b.t, text, fmt.Sprintf("%q", e.ClientRef), "journal")
				}
				return nil
			}) == nil
		})
		return nil
	}))
}

func TestErasureOfExecutions(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.runOf("x", "K-1")
	b.runOf("y", "K-1")
	b.ingest(event("z", execution.ExecutionStarted, 0)) // goes on
	r := b.erase(ErasureTarget{ExecutionIDs: []string{"x", "z", "z", "unknown"}})
	require.EqualValues(t, 2, r.Erased.Executions)
	require.Len(t, r.Executions, 3)
	require.EqualValues(t, 1, b.total())
	require.EqualValues(t, 0, b.erase(ErasureTarget{ExecutionIDs: []string{"x"}}).Erased.Executions, "again")
	all, err := b.tenant.Erasures()
	require.NoError(t, err)
	require.Len(t, all, 2)

	for _, wrong := range []ErasureTarget{{}, {ClientRef: "K-1", ExecutionIDs: []string{"y"}}, {ExecutionIDs: make([]string, erasedIDsMax+1)}} {
		_, err := b.tenant.Erase(context.Background(), iod(), wrong, "x")
		require.Equal(t, fault.Invalid, fault.Of(err).Kind)
	}
}

func TestErasureOfWhatIsNotCheckpointedYet(t *testing.T) {
	t.Parallel()
	b := start(t)
	for i := range 20 {
		b.ingest(event("x", execution.ExecutionProgress, time.Duration(i)*time.Second))
		b.erase(ErasureTarget{ExecutionIDs: []string{"x"}})
		require.EqualValues(t, 0, b.total())
	}
	b.restart()
	require.EqualValues(t, 0, b.total())
}

func TestWhoWatchesIsToldOfAnErasure(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("x", execution.ExecutionStarted, 0), event("y", execution.ExecutionStarted, 0))
	s, err := b.tenant.Connect(feed.Options{Principal: "p"})
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Subscribe(feed.Request{Filter: feed.Filter{Topic: feed.ExecutionUpdates}, Snapshot: true}, func(feed.Joined) {}))
	b.erase(ErasureTarget{ExecutionIDs: []string{"x"}})
	stop := time.AfterFunc(10*time.Second, s.Close)
	defer stop.Stop()
	told, after := false, ""
	for !told || after == "" {
		messages, err := s.Next(nil)
		require.NoError(t, err, "in time")
		for _, m := range messages {
			if told {
				after += string(m.Text)
			}
			told = told || m.Event == "resync"
		}
	}
	require.Contains(t, after, `"y"`)
	require.NotContains(t, after, `"x"`)
}

// Whoever was away while something was erased may still show it, although nothing has happened since: such a client begins anew, also after a restart.
func TestWhoComesBackAfterAnErasureBeginsAnew(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(b *bench){
		"nothing": func(*bench) {}, "an event": func(b *bench) { b.ingest(event("z", execution.ExecutionStarted, 0)) },
		"a restart": (*bench).restart, "a crash": (*bench).crash,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.ingest(event("y", execution.ExecutionStarted, 0), event("x", execution.ExecutionCompleted, 0))
			since := &feed.Position{Epoch: b.engine.Epoch(), Seq: b.tenant.Seq()}
			require.True(t, b.resumed(since).Recovered, "nothing was erased yet")
			b.erase(ErasureTarget{ExecutionIDs: []string{"x"}})
			meanwhile(b)
			require.False(t, b.resumed(since).Recovered)
			require.Equal(t, feed.Snapshot, b.resumed(since).Mode)
			b.ingest(event("w", execution.ExecutionStarted, 0))
			since.Seq = b.tenant.Seq()
			require.True(t, b.resumed(since).Recovered, "who began anew resumes again")
		})
	}
}

func TestAnErasureIsCompletedByTheNextStart(t *testing.T) { // kill -9 during erasure: old or new, never between
	t.Parallel()
	b := start(t)
	b.runOf("x", "K-1")
	r, err := b.tenant.newErasure(iod(), ErasureTarget{ClientRef: "K-1"}, "art. 17")
	require.NoError(t, err)
	require.NoError(t, b.db.Update(func(tx *kv.Tx) error { return erasures.Put(tx, b.tenant.scope, r) }))
	b.crash() // right after it was noted
	require.EqualValues(t, 0, b.total())
	done, err := b.tenant.Erasure(r.ID)
	require.NoError(t, err)
	require.Equal(t, ErasureDone, done.State)
	require.Nil(t, done.Pending)
	require.EqualValues(t, 1, done.Erased.Executions)
}

func TestARestoredBackupIsErasedAgain(t *testing.T) { // J11.3
	t.Parallel()
	b := start(t)
	list := filepath.Join(t.TempDir(), "erased.jsonl")
	reopen := func() {
		db, err := kv.Open(b.path, kv.Options{})
		require.NoError(t, err)
		e, err := Open(Options{DB: db, Logger: slog.New(slog.DiscardHandler), Now: b.clock.now, ErasedList: list})
		require.NoError(t, err)
		tenant, err := e.Tenant(e.Access().Organizations()[0].ID)
		require.NoError(t, err)
		b.db, b.engine, b.tenant = db, e, tenant
	}
	b.close()
	reopen()
	b.runOf("x", "K-1")
	b.runOf("y", "K-2")
	b.runOf("z", "K-3")
	ola := access.Principal{ID: "ola"}
	for _, client := range []string{"K-1", "K-3", "K-9"} { // of K-9 there is nothing else
		_, err := b.tenant.CreateView(ola, iod(), view.View{Name: "Zaległe", Page: view.Executions, Query: "client=" + client})
		require.NoError(t, err)
	}
	var backup bytes.Buffer
	copied, err := b.db.Copy(nil)
	require.NoError(t, err)
	_, err = copied.WriteTo(&backup)
	require.NoError(t, errors.Join(err, copied.Close()))
	b.erase(ErasureTarget{ClientRef: "K-1"})
	b.erase(ErasureTarget{ExecutionIDs: []string{"y"}})
	require.EqualValues(t, 1, b.erase(ErasureTarget{ClientRef: "K-9"}).Erased.Views)
	b.close()
	listed, err := os.ReadFile(list)
	require.NoError(t, err)
	require.NotContains(t, string(listed), "K-1")

	b.path = filepath.Join(t.TempDir(), "restored.db")
	require.NoError(t, os.WriteFile(b.path, backup.Bytes(), 0o600))
	reopen()
	require.EqualValues(t, 1, b.total())
	saved, err := b.tenant.Views(ola, "")
	require.NoError(t, err)
	require.Len(t, saved, 1)
	require.Equal(t, "client=K-3", saved[0].Query)
	all, err := b.tenant.Erasures()
	require.NoError(t, err)
	require.Len(t, all, 3)
	b.close()
	reopen()
	all, err = b.tenant.Erasures()
	require.NoError(t, err)
	require.Len(t, all, 3, "once")
}

func TestErasureBesidePassesOfTheQueueLeavesNoWish(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.confirm("vat-jpk-v7m")
	b.ingest(queued("x", "jpk-v7", 0))
	var passes sync.WaitGroup
	stop := make(chan struct{})
	passes.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = b.tenant.raiseQueue()
			}
		}
	})
	for i := range 20 {
		id := fmt.Sprint("q", i)
		b.ingest(queued(id, "jpk-v7", 0))
		b.erase(ErasureTarget{ExecutionIDs: []string{id}})
		r, err := b.tenant.priorityRequest(id)
		require.NoError(t, err)
		require.Nil(t, r)
	}
	close(stop)
	passes.Wait()
	for i := range 20 {
		r, err := b.tenant.priorityRequest(fmt.Sprint("q", i))
		require.NoError(t, err)
		require.Nil(t, r, "nor was one made behind its back")
	}
}

// What is answered is in the journal until the documents have it: an erasure must not empty it before, also after a commit that failed.
func TestAnErasureKeepsWhatDocumentsLack(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ingest(event("x", execution.ExecutionStarted, 0))
	b.checkpointed()
	b.ingest(event("y", execution.ExecutionStarted, 0)) // in the journal alone, for up to a second
	require.NoError(t, b.engine.between(func(w *writer) error {
		b.tenant.stale = true // as if a commit had failed, and the state could not be read again then
		return w.forgetJournal(b.tenant)
	}))
	b.crash()
	require.EqualValues(t, 2, b.total())
}

// rawRecord is a record as the disk has it, readable or not.
type rawRecord struct{ key, value []byte }

// A removal that fails leaves the stored queue window as it was, of what it had removed and of what it could not read.
func TestARemovalThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.runOf("a", "K-1")
	b.runOf("b", "K-1")
	b.checkpointed()
	raw := kv.NewCollection(payloads.Name(), kv.Spec[rawRecord]{
		Key:    func(dst []byte, r *rawRecord) []byte { return append(dst, r.key...) },
		Encode: func(dst []byte, r *rawRecord) []byte { return append(dst, r.value...) },
		Decode: func(_ uint8, key, value []byte) (*rawRecord, error) { return &rawRecord{key, value}, nil },
	})
	damaged := &rawRecord{payloadKey(nil, "b", 1, inputPayload), []byte{0}}
	require.NoError(t, b.db.Update(func(tx *kv.Tx) error { return raw.Replace(tx, b.tenant.scope, nil, damaged) }))
	var before, after []byte
	err := b.engine.between(func(w *writer) error {
		if err := w.flush(b.tenant); err != nil {
			return err
		}
		before = b.tenant.storedQueue.appendWindow(nil)
		_, err := w.remove(b.tenant, []string{"a", "b"}, func(*execution.Summary, uint64) bool { return true })
		after = b.tenant.storedQueue.appendWindow(nil)
		return err
	})
	require.ErrorContains(t, err, "truncated")
	require.Equal(t, before, after)
	require.EqualValues(t, 2, b.total())
	require.NoError(t, b.db.Update(func(tx *kv.Tx) error { return raw.Replace(tx, b.tenant.scope, damaged, nil) }))
}
