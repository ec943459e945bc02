package engine

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"flowwatch/engine/audit"
	"flowwatch/engine/view"
	"flowwatch/kv"
)

// erasedList is a file beside the database, a line of JSON for each erasure, with hashes of what was erased. A backup from before an erasure brings back
// what was erased; restored beside this file, it is erased again before anybody can read it.
type erasedList struct {
	path    string      // "": none is kept
	running sync.Mutex  // held over each erasure; guards the file
	open    atomic.Bool // an erasure could not be completed yet
}

// erasedLine is one line of the file.
type erasedLine struct {
	OrganizationID string   `json:"organizationId"`
	ID             string   `json:"id"`
	Salt           string   `json:"salt"`
	Client         string   `json:"client"`
	Executions     []string `json:"executions"`
}

// note adds an erasure to the file, durably. The caller holds running.
func (l *erasedList) note(organizationID string, r *Erasure) error {
	if l.path == "" {
		return nil
	}
	line, err := json.Marshal(erasedLine{organizationID, r.ID, r.Salt, r.Client, r.Executions})
	if err != nil {
		return err
	}
	known, err := os.ReadFile(l.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list of erasures: %w", err)
	}
	return writeWhole(l.path, append(append(known, line...), '\n'))
}

// writeWhole replaces a file: whatever happens, the old or the new one is there.
func writeWhole(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// read returns the file's lines. One that cannot be read is an error: it may name what must not come back.
func (l *erasedList) read() (lines []erasedLine, err error) {
	if l.path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list of erasures: %w", err)
	}
	scanner := bufio.NewScanner(bytes.NewReader(data))
	const lineMax = 1 << 20
	scanner.Buffer(nil, lineMax)
	for n := 1; scanner.Scan(); n++ {
		var line erasedLine
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("list of erasures, line %d: %w", n, err)
		}
		lines = append(lines, line)
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("list of erasures: %w", err)
	}
	return lines, nil
}

// applyErasures completes erasures that were cut off, and applies those that a restored backup does not know.
func (e *Engine) applyErasures(ctx context.Context) error {
	e.erased.running.Lock()
	defer e.erased.running.Unlock()
	lines, err := e.erased.read()
	for _, t := range e.all() {
		err = errors.Join(err, t.applyErasures(ctx, lines))
	}
	e.erased.open.Store(err != nil)
	return err
}

func (t *Tenant) applyErasures(ctx context.Context, lines []erasedLine) error {
	all, err := t.Erasures()
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for i := range all {
		known[all[i].ID] = true
		if err := t.completeErasure(ctx, &all[i], audit.System()); err != nil {
			return err
		}
	}
	for i := range lines {
		if line := &lines[i]; line.OrganizationID == t.id && !known[line.ID] {
			known[line.ID] = true
			if err := t.eraseAgain(ctx, line); err != nil {
				return fmt.Errorf("apply erasure %s to restored data: %w", line.ID, err)
			}
		}
	}
	return nil
}

// eraseAgain finds what a line names, and erases it.
func (t *Tenant) eraseAgain(ctx context.Context, line *erasedLine) error {
	r := &Erasure{
		ID: line.ID, State: ErasureRunning, By: Actor{ID: audit.Nobody, Name: audit.Nobody}, RequestedAt: t.engine.instant(), DoneAt: t.engine.instant(),
		Reason: "a backup was restored", Salt: line.Salt, Client: line.Client, Executions: line.Executions,
	}
	target, err := t.found(r)
	if err != nil {
		return err
	}
	r.Pending = target
	if err := t.engine.db.Batch(func(tx *kv.Tx) error { return erasures.Put(tx, t.scope, r) }); err != nil {
		return storeFault(err)
	}
	return t.completeErasure(ctx, r, audit.System())
}

// found looks in all that is stored for the names whose hashes an erasure holds.
func (t *Tenant) found(r *Erasure) (*ErasureTarget, error) {
	target := &ErasureTarget{}
	hashes := map[string]bool{}
	for _, h := range r.Executions {
		hashes[h] = true
	}
	client := func(ref string) {
		if r.Client != "" && ref != "" && target.ClientRef == "" && r.hash(ref) == r.Client {
			target.ClientRef = ref
		}
	}
	err := t.engine.db.View(func(tx *kv.Tx) error {
		var failed error
		documents.ScanRaw(tx, t.scope, kv.Span{}, func(_, data []byte) bool {
			l, err := listedOf(data)
			if err != nil {
				failed = errors.Join(failed, err)
				return true
			}
			if client(l.ClientRef); len(hashes) > 0 && hashes[r.hash(l.ExecutionID)] {
				target.ExecutionIDs = append(target.ExecutionIDs, l.ExecutionID)
			}
			return true
		})
		return errors.Join(failed,
			filings.Scan(tx, t.scope, kv.Span{}, func(_ []byte, f *Filing) (bool, error) { client(f.ClientRef); return true, nil }),
			clientRules.Scan(tx, t.scope, kv.Span{}, func(_ []byte, c *ClientRule) (bool, error) { client(c.ClientRef); return true, nil }),
			views.Scan(tx, t.scope, kv.Span{}, func(_ []byte, v *view.View) (bool, error) {
				for _, value := range v.Values() {
					client(value)
				}
				return true, nil
			}))
	})
	if err != nil {
		return nil, fmt.Errorf("look for what was erased: %w", err)
	}
	return target, nil
}
