package engine

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
	"flowwatch/engine/notify/channel"
	"flowwatch/kv"
)

const (
	walkEventsMax    = 20_000 // that one walk looks at, so that no read transaction is long
	walkSignalsMax   = 1_000
	webhookBatchMax  = 100 // events of one message
	webhookBatchSize = 256 << 10
)

// history is what happened in an organisation, as its subscriptions are told: the journal, which ingestion writes anyway, and the signals beside it.
type history struct{ tenant *Tenant }

var _ notify.History = history{}

// Subscribers implements notify.History.
func (h history) Subscribers() []string { return h.tenant.webhooks.set.Load().ids }

// Newest implements notify.History.
func (h history) Newest() (p notify.Place) {
	err := h.tenant.engine.db.View(func(tx *kv.Tx) error {
		p = newestPlace(tx, h.tenant.scope)
		return nil
	})
	if err != nil {
		return notify.Place{} // the database is being closed
	}
	return p
}

// Batches implements notify.History.
func (h history) Batches(id string) int {
	if s := h.tenant.webhooks.set.Load().active[id]; s != nil && s.Batch {
		return webhookBatchMax
	}
	return 1
}

// Receiver implements notify.History.
func (h history) Receiver(id string) (notify.Sender, notify.Target, error) {
	t := h.tenant
	s := t.webhooks.set.Load().active[id]
	if s == nil {
		return nil, notify.Target{}, notify.Fail(notify.Misconfigured, errWebhookOff)
	}
	targets, wrong := channel.ParseTargets(s.Channel, t.engine.webhookAllow)
	if len(wrong) > 0 {
		return nil, notify.Target{Type: notify.Webhook, Address: s.config().URL}, notify.Fail(notify.Misconfigured, errors.New(wrong[0].Message))
	}
	to := targets[0]
	if to.Options.SecretRef != "" {
		secret, ok := t.webhookSecret(s.webhookRecord, to.Options.SecretRef)
		if !ok {
			return nil, to, notify.ErrSecretMissing
		}
		to.Secret = secret
	}
	return t.senders[notify.Webhook], to, nil
}

// SwitchOff implements notify.History.
func (h history) SwitchOff(tx *kv.Tx, id, why string) error {
	r, err := getWebhook(tx, h.tenant.scope, id)
	if errors.Is(err, errUnknownWebhook) {
		return nil
	}
	if err != nil {
		return err
	}
	r.Active, r.Off, r.Version, r.UpdatedAt = false, why, r.Version+1, h.tenant.engine.instant()
	changes := map[string]any{"isActive": map[string]any{"old": true, "new": false}}
	return errors.Join(webhookRecords.Put(tx, h.tenant.scope, r),
		h.tenant.note(tx, audit.WebhookUpdated, audit.System(), ObjectWebhook, id, map[string]any{"changes": changes, "why": why}))
}

// SwitchedOff implements notify.History.
func (h history) SwitchedOff(string) {
	if err := h.tenant.loadWebhooks(); err != nil {
		h.tenant.engine.log.Error("webhooks", "tenant", h.tenant.id, "err", err)
	}
}

// Walk implements notify.History.
func (h history) Walk(id string, after notify.Place, visit func(o *notify.Occurrence) bool) (end notify.Place, gap bool, err error) {
	w := &walk{visit: visit, end: after, last: notify.Place{Seq: ^uint64(0), Signal: ^uint64(0)}}
	gap, err = h.walk(id, w)
	return w.end, gap, err
}

// Count implements notify.History.
func (h history) Count(id string, after, last notify.Place) (n int, end notify.Place, gap bool, err error) {
	w := &walk{end: after, last: last}
	gap, err = h.walk(id, w)
	return w.counted, w.end, gap, err
}

func (h history) walk(id string, w *walk) (gap bool, err error) {
	if w.of = h.tenant.webhooks.set.Load().active[id]; w.of == nil {
		return false, nil
	}
	w.tenant = h.tenant
	err = h.tenant.engine.db.View(func(tx *kv.Tx) error {
		w.tx = tx
		if gap, err = w.begin(); gap || err != nil {
			return err
		}
		return w.run()
	})
	if err != nil {
		return false, fmt.Errorf("history: %w", err)
	}
	return gap, nil
}

// walk is one pass over both strands, merged by seqs.
type walk struct {
	tenant  *Tenant
	of      *subscribed
	tx      *kv.Tx
	visit   func(o *notify.Occurrence) bool // nil: what is asked for is counted
	end     notify.Place
	last    notify.Place // not beyond
	counted int
	signals []*signal // that follow, the next first
	until   uint64    // seq up to which these are all
	seen    int
}

// untoldAge is how long before it was reported something happened that is no news: logs that are imported tell of years.
const untoldAge = execution.Instant(24 * time.Hour)

var errWalked = errors.New("the walk is over")

// begin reads the signals. gap: of one strand what follows the end is not kept up to where end is moved.
func (w *walk) begin() (gap bool, err error) {
	t, next := w.tenant, w.end.Signal+1
	w.until = ^uint64(0)
	journal.Since(w.tx, t.scope, w.end.Seq, func(first, last uint64, data []byte) bool {
		switch {
		case emptied(data):
			w.end.Seq, gap = last, true
		case first > w.end.Seq+1:
			w.end.Seq, gap = first-1, true
		}
		return false
	})
	signals.Since(w.tx, t.scope, w.end.Signal, func(n, _ uint64, data []byte) bool {
		var s *signal
		if s, err = readSignal(data); err != nil {
			return false
		}
		if n != next || s.Name == "" {
			if len(w.signals) > 0 {
				return false // the next walk finds the gap
			}
			gap, w.end.Signal = true, n-1
			if s.Name == "" {
				w.end.Signal = n
			}
			return false
		}
		next++
		w.signals = append(w.signals, s)
		if len(w.signals) == walkSignalsMax {
			w.until = s.Seq
		}
		return len(w.signals) < walkSignalsMax
	})
	return gap, err
}

func (w *walk) run() (err error) {
	t, after := w.tenant, w.end.Seq
	journal.Since(w.tx, t.scope, after, func(first, last uint64, data []byte) bool {
		if emptied(data) {
			err = errWalked
			return false
		}
		at, _, _, wrong := blockTime(data)
		if err = wrong; err != nil {
			return false
		}
		if err = skimBlock(first, data, func(e *execution.Skimmed, raw []byte, seq uint64) error {
			if seq <= after {
				return nil
			}
			return w.event(e, raw, seq, execution.Instant(at*1_000_000))
		}); err != nil {
			return false
		}
		if err = w.pass(last); err == nil && w.seen >= walkEventsMax {
			err = errWalked
		}
		return err == nil
	})
	if err == nil {
		err = w.signalled(^uint64(0))
	}
	if errors.Is(err, errWalked) {
		return nil
	}
	return err
}

// pass moves on to a seq, with the signals up to it.
func (w *walk) pass(seq uint64) error {
	if end := min(w.until, w.last.Seq); seq > end {
		return errors.Join(w.signalled(end), errWalked)
	}
	w.end.Seq = max(w.end.Seq, seq)
	return w.signalled(seq)
}

// signalled visits the signals up to a seq.
func (w *walk) signalled(seq uint64) error {
	for len(w.signals) > 0 && w.signals[0].Seq <= seq {
		s := w.signals[0]
		if w.end.Signal == w.last.Signal {
			return errWalked
		}
		w.signals = w.signals[1:]
		w.end.Signal++
		if !w.of.interest.Names(s.Name) || !w.of.interest.Of(s.WorkflowID) {
			continue
		}
		if w.visit == nil {
			w.counted++
			continue
		}
		o := &notify.Occurrence{
			Place: w.end, ID: fmt.Sprintf("%s-s%d", w.tenant.engine.Epoch(), w.end.Signal), Name: s.Name, At: s.At, About: s,
		}
		if !w.visit(o) {
			return errWalked
		}
	}
	return nil
}

// event visits what an engine reported, after the signals that came before it.
func (w *walk) event(e *execution.Skimmed, raw []byte, seq uint64, at execution.Instant) error {
	if err := w.pass(seq - 1); err != nil {
		return err
	}
	if seq > w.last.Seq {
		return errWalked
	}
	w.seen++
	w.end.Seq = seq
	name := e.Type.String()
	if e.Aside || !w.of.interest.Names(name) || bytes.HasPrefix(e.ID, []byte(priorityEventPrefix)) || at-e.Timestamp > untoldAge && !e.Concluded() {
		return nil
	}
	if !w.of.interest.OfAll() {
		id, err := w.workflowOf(e, raw)
		if err != nil || !w.of.interest.Of(id) {
			return err
		}
	}
	if w.visit == nil {
		w.counted++
		return nil
	}
	whole, _, err := execution.ReadEvent(raw)
	if err != nil {
		return fmt.Errorf("journal event: %w", err)
	}
	o := &notify.Occurrence{Place: w.end, ID: fmt.Sprintf("%s-%d", w.tenant.engine.Epoch(), seq), Name: name, At: at, About: &whole}
	if !w.visit(o) {
		return errWalked
	}
	return nil
}

// workflowOf is the workflow of an event, which other events of its execution may have said.
func (w *walk) workflowOf(e *execution.Skimmed, raw []byte) (string, error) {
	if len(e.WorkflowID) > 0 {
		return string(e.WorkflowID), nil
	}
	whole, _, err := execution.ReadEvent(raw)
	if err != nil {
		return "", fmt.Errorf("journal event: %w", err)
	}
	t := w.tenant
	t.view.RLock()
	shown := t.shown[whole.ExecutionID]
	t.view.RUnlock()
	if shown != nil {
		return shown.WorkflowID, nil
	}
	d, err := t.loadDocument(w.tx, whole.ExecutionID)
	if err != nil || d == nil {
		return "", err
	}
	return d.summary.WorkflowID, nil
}
