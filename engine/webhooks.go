package engine

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/notify"
	"flowwatch/engine/notify/channel"
	"flowwatch/engine/webhook"
	"flowwatch/kv"
)

// webhooksMax bounds the subscriptions of an organisation.
const webhooksMax = 20

// waitingWalksMax bounds how much of the history is counted for who looks at a subscription.
const waitingWalksMax = 10

var (
	errUnknownWebhook  = fault.New(fault.NotFound, "not_found", "no such webhook")
	errTooManyWebhooks = fault.New(fault.Conflict, "too_many", fmt.Sprintf("an organisation has at most %d webhooks", webhooksMax))
	errStaleWebhook    = fault.New(fault.Stale, "stale", "the webhook was changed meanwhile")
	errWebhookOff      = fault.New(fault.Conflict, "webhook_off", "the webhook is switched off")
)

// Webhook is a subscription with its address, as somebody writes it and as it is shown: then without anything secret.
type Webhook struct {
	webhook.Subscription
	URL    string
	Secret string
}

// webhookRecord is a subscription as it is stored: its secrets are apart, sealed, by their names.
type webhookRecord struct {
	webhook.Subscription
	Channel alert.Channel     `json:"channel"`
	Sealed  map[string][]byte `json:"sealed,omitempty"`
}

var webhookRecords = kv.NewCollection("webhooks", webhookSpec())

func webhookSpec() kv.Spec[webhookRecord] {
	encode, decode := kv.JSON[webhookRecord]()
	key := func(dst []byte, r *webhookRecord) []byte { return append(dst, r.ID...) }
	return kv.Spec[webhookRecord]{Version: 1, Key: key, Encode: encode, Decode: decode}
}

// webhooks are the subscriptions of one organisation.
type webhooks struct {
	loading sync.Mutex // keeps what is in memory from growing older
	set     atomic.Pointer[webhookSet]
}

// webhookSet is what commits and the dispatcher ask. Immutable.
type webhookSet struct {
	active    map[string]*subscribed
	ids       []string // of those
	listening bool     // there are any
}

type subscribed struct {
	*webhookRecord
	interest webhook.Interest
}

// wants reports whether somebody asks for events of the name about the workflow.
func (s *webhookSet) wants(name, workflowID string) bool {
	for _, one := range s.active {
		if one.interest.Names(name) && one.interest.Of(workflowID) {
			return true
		}
	}
	return false
}

// loadWebhooks puts in force what is stored.
func (t *Tenant) loadWebhooks() error {
	t.webhooks.loading.Lock()
	defer t.webhooks.loading.Unlock()
	all, err := t.storedWebhooks()
	if err != nil {
		return err
	}
	next := &webhookSet{active: map[string]*subscribed{}}
	for _, r := range all {
		if r.Active {
			next.active[r.ID] = &subscribed{r, r.Interest()}
			next.ids = append(next.ids, r.ID)
		}
	}
	next.listening = len(next.ids) > 0
	t.webhooks.set.Store(next)
	return nil
}

// happened lets subscriptions be told of what was committed just now.
func (t *Tenant) happened() {
	if t.webhooks.set.Load().listening {
		t.engine.outbox.Happened(t.scope)
	}
}

func (t *Tenant) storedWebhooks() (all []*webhookRecord, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		return webhookRecords.Scan(tx, t.scope, kv.Span{}, func(_ []byte, r *webhookRecord) (bool, error) {
			all = append(all, r)
			return true, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("webhooks: %w", err)
	}
	return all, nil
}

// Webhooks are all subscriptions, oldest first.
func (t *Tenant) Webhooks() ([]Webhook, error) {
	all, err := t.storedWebhooks()
	out := make([]Webhook, len(all))
	for i, r := range all {
		out[i] = r.shown()
	}
	return out, err
}

// Webhook is one subscription; fault.NotFound when there is none.
func (t *Tenant) Webhook(id string) (Webhook, error) {
	r, err := t.webhookRecord(id)
	if err != nil {
		return Webhook{}, err
	}
	return r.shown(), nil
}

func (t *Tenant) webhookRecord(id string) (r *webhookRecord, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		r, err = getWebhook(tx, t.scope, id)
		return err
	})
	return r, err
}

func getWebhook(tx *kv.Tx, s kv.Scope, id string) (*webhookRecord, error) {
	r, err := webhookRecords.Get(tx, s, []byte(id))
	if errors.Is(err, kv.ErrNotFound) {
		return nil, errUnknownWebhook
	}
	if err != nil {
		return nil, fmt.Errorf("webhook %s: %w", strings.ToValidUTF8(id, "?"), err)
	}
	return r, nil
}

// webhookConfig is the address of a subscription as channels are configured.
type webhookConfig struct {
	URL       string `json:"url"`
	Secret    string `json:"secret,omitempty"`
	SecretRef string `json:"secretRef,omitempty"`
}

func (r *webhookRecord) config() (c webhookConfig) {
	_ = json.Unmarshal(channel.Shown(r.Channel).Config, &c) // it was written by channel.Split
	return c
}

func (r *webhookRecord) shown() Webhook {
	c := r.config()
	return Webhook{Subscription: r.Subscription, URL: c.URL, Secret: c.Secret}
}

// CreateWebhook stores a subscription, which is told what happens from then on. Errors: fault.Invalid with the fields, fault.Conflict where there are
// too many.
func (t *Tenant) CreateWebhook(w Webhook, by audit.By) (Webhook, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Webhook{}, fmt.Errorf("make an id: %w", err)
	}
	now := t.engine.instant()
	w.ID, w.Version, w.CreatedBy, w.UpdatedBy, w.CreatedAt, w.UpdatedAt, w.Off = id.String(), 1, by.ID, by.ID, now, now, ""
	r, err := t.checkedWebhook(&w, nil)
	if err != nil {
		return Webhook{}, err
	}
	err = t.alterWebhooks(func(tx *kv.Tx) error {
		n := 0
		webhookRecords.ScanRaw(tx, t.scope, kv.Span{}, func(_, _ []byte) bool {
			n++
			return true
		})
		if n >= webhooksMax {
			return errTooManyWebhooks
		}
		return errors.Join(webhookRecords.Put(tx, t.scope, r), t.followFromNow(tx, r),
			t.note(tx, audit.WebhookCreated, by, ObjectWebhook, r.ID, r.details()))
	})
	if err != nil {
		return Webhook{}, err
	}
	return r.shown(), nil
}

// alterWebhooks makes a change of subscriptions, and puts it in force.
func (t *Tenant) alterWebhooks(do func(tx *kv.Tx) error) error {
	if err := t.engine.db.Batch(do); err != nil {
		return storeFault(err)
	}
	err := t.loadWebhooks()
	t.engine.outbox.Reconsider(t.scope)
	return err
}

// followFromNow lets a subscription be told what is accepted from now on.
func (t *Tenant) followFromNow(tx *kv.Tx, r *webhookRecord) error {
	if !r.Active {
		return nil
	}
	return notify.Follow(tx, t.scope, r.ID, newestPlace(tx, t.scope), t.engine.instant())
}

// details are what the audit says of a subscription: no addresses, which may hold secrets.
func (r *webhookRecord) details() map[string]any {
	return map[string]any{"name": r.Name, "events": r.Events, "workflowIds": r.WorkflowIDs, "isActive": r.Active}
}

// ChangeWebhook lets change a subscription, for matches of the present version only. Switched off, what waits is never told; switched on, it is told what
// happens from then on.
func (t *Tenant) ChangeWebhook(id string, by audit.By, matches func(version int64) bool, change func(w *Webhook) error) (Webhook, error) {
	var next *webhookRecord
	err := t.alterWebhooks(func(tx *kv.Tx) error {
		old, err := getWebhook(tx, t.scope, id)
		switch {
		case err != nil:
			return err
		case !matches(old.Version):
			return errStaleWebhook
		}
		w := old.shown()
		if err := change(&w); err != nil {
			return err
		}
		w.ID, w.CreatedAt, w.CreatedBy, w.Off = old.ID, old.CreatedAt, old.CreatedBy, old.Off
		w.Version, w.UpdatedAt, w.UpdatedBy = old.Version+1, t.engine.instant(), by.ID
		if w.Active {
			w.Off = ""
		}
		if next, err = t.checkedWebhook(&w, old); err != nil {
			return err
		}
		follow := notify.Lift(tx, t.scope, id)
		if next.Active && !old.Active {
			follow = t.followFromNow(tx, next)
		}
		return errors.Join(follow, webhookRecords.Put(tx, t.scope, next),
			t.note(tx, audit.WebhookUpdated, by, ObjectWebhook, id, map[string]any{"changes": webhookDifferences(old, next)}))
	})
	if err != nil {
		return Webhook{}, err
	}
	if !next.Active {
		t.mendWebhook(next)
	}
	return next.shown(), nil
}

// webhookDifferences are what a change did, as the audit tells it.
func webhookDifferences(old, next *webhookRecord) map[string]any {
	changes := map[string]any{}
	add := func(field string, a, b any) {
		if fmt.Sprint(a) != fmt.Sprint(b) {
			changes[field] = map[string]any{"old": a, "new": b}
		}
	}
	add("name", old.Name, next.Name)
	add("events", old.Events, next.Events)
	add("workflowIds", old.WorkflowIDs, next.WorkflowIDs)
	add("batch", old.Batch, next.Batch)
	add("isActive", old.Active, next.Active)
	if fmt.Sprint(old.Channel, old.Sealed) != fmt.Sprint(next.Channel, next.Sealed) {
		changes["address"] = "changed"
	}
	return changes
}

// DeleteWebhook ends a subscription for good.
func (t *Tenant) DeleteWebhook(id string, by audit.By) error {
	var gone *webhookRecord
	err := t.alterWebhooks(func(tx *kv.Tx) (err error) {
		if gone, err = getWebhook(tx, t.scope, id); err != nil {
			return err
		}
		return errors.Join(webhookRecords.Replace(tx, t.scope, gone, nil), notify.Unfollow(tx, t.scope, id),
			t.note(tx, audit.WebhookDeleted, by, ObjectWebhook, id, map[string]any{"name": gone.Name}))
	})
	if err == nil {
		t.mendWebhook(gone)
	}
	return err
}

// mendWebhook forgets that nothing could be sent to a subscription that is told nothing any more.
func (t *Tenant) mendWebhook(r *webhookRecord) {
	if targets, _ := channel.ParseTargets(r.Channel, t.engine.webhookAllow); len(targets) > 0 && t.alerts.broken.has(targets[0]) {
		t.alerts.broken.mend(targets[0])
	}
}

// TestWebhook sends a test by the way of all messages, once; its outcome is told by WebhookStanding under the id that is returned.
func (t *Tenant) TestWebhook(id string, by audit.By) (delivery string, err error) {
	trial, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	err = t.engine.db.Batch(func(tx *kv.Tx) error {
		r, err := getWebhook(tx, t.scope, id)
		switch {
		case err != nil:
			return err
		case !r.Active:
			return errWebhookOff
		}
		return errors.Join(notify.Try(tx, t.scope, id, trial.String()), t.note(tx, audit.WebhookTested, by, ObjectWebhook, id, nil))
	})
	if err != nil {
		return "", storeFault(err)
	}
	t.engine.outbox.Reconsider(t.scope)
	return id + ":" + trial.String(), nil
}

// ResendToWebhook sends again what the receiver refused. Errors: fault.NotFound, fault.Conflict when it was not refused or the webhook is switched off.
func (t *Tenant) ResendToWebhook(id, delivery string, by audit.By) error {
	err := t.engine.db.Batch(func(tx *kv.Tx) error {
		r, err := getWebhook(tx, t.scope, id)
		if err == nil {
			err = notify.TellAgain(tx, t.scope, id, delivery)
		}
		switch {
		case err != nil:
			return err
		case !r.Active:
			return errWebhookOff
		}
		return t.note(tx, audit.NotificationResent, by, ObjectWebhook, id, map[string]any{"delivery": delivery})
	})
	if err != nil {
		return storeFault(err)
	}
	t.engine.outbox.Reconsider(t.scope)
	return nil
}

// WebhookStanding is how a subscription stands.
func (t *Tenant) WebhookStanding(w *Webhook) (s notify.Standing, err error) {
	err = t.engine.db.View(func(tx *kv.Tx) error {
		s, err = notify.StandingOf(tx, t.scope, w.ID)
		return err
	})
	if err != nil {
		return s, err
	}
	if !w.Active {
		s.State, s.LastError, s.RetryAt = "off", cmp.Or(s.LastError, w.Off), execution.NoInstant
		return s, nil
	}
	s.Waiting, err = t.waitingFor(w.ID, s.Place)
	return s, err
}

// waitingFor counts what waits for a subscription, for as long as somebody who looks may wait.
func (t *Tenant) waitingFor(id string, after notify.Place) (total int, err error) {
	h := history{t}
	newest := h.Newest()
	for range waitingWalksMax {
		n, end, gap, err := h.Count(id, after, newest)
		if total += n; err != nil || gap || end == after || total >= notify.WaitingMax {
			return min(total, notify.WaitingMax), err
		}
		after = end
	}
	return total, nil
}

// checkedWebhook is a subscription as it is stored: valid, its secrets sealed. old is what it takes the place of; nil: nothing.
func (t *Tenant) checkedWebhook(w *Webhook, old *webhookRecord) (*webhookRecord, error) {
	wrong := w.Normalise()
	config := webhookConfig{URL: w.URL, Secret: w.Secret}
	var former []alert.Channel
	if old != nil {
		former, config.SecretRef = []alert.Channel{old.Channel}, old.config().SecretRef
	}
	raw, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	located := func(fields []fault.Field, prefix string) {
		for _, f := range fields {
			wrong = append(wrong, fault.Field{Location: "body." + strings.TrimPrefix(f.Location, prefix), Message: f.Message})
		}
	}
	kept, missing := channel.Keep([]alert.Channel{{Type: string(notify.Webhook), Config: raw}}, former, func(ref string) (string, bool) {
		return t.webhookSecret(old, ref)
	})
	located(missing, "[0].config.")
	if len(missing) == 0 {
		_, fields := channel.ParseTargets(kept[0], t.engine.webhookAllow)
		located(fields, "config.")
	}
	if len(wrong) > 0 {
		return nil, fault.New(fault.Invalid, "invalid_field", "the webhook is not valid").With(wrong...)
	}
	stored, ref, secret, err := channel.Split(kept[0])
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	r := &webhookRecord{Subscription: w.Subscription, Channel: stored}
	if ref == "" {
		return r, nil
	}
	sealed, err := t.sealSecret(t.secretOfWebhook(r.ID, ref), secret)
	if err != nil {
		return nil, err
	}
	r.Sealed = map[string][]byte{ref: sealed}
	return r, nil
}

func (t *Tenant) secretOfWebhook(id, ref string) string { return t.secretName("webhook", id+"/"+ref) }

// webhookSecret is the secret of a subscription; false when there is none, or it cannot be opened with the key file.
func (t *Tenant) webhookSecret(r *webhookRecord, ref string) (string, bool) {
	if r == nil {
		return "", false
	}
	return t.openSecret(t.secretOfWebhook(r.ID, ref), r.Sealed[ref])
}
