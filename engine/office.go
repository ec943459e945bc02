package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"flowwatch/engine/access"
	"flowwatch/engine/alert"
	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/notify"
	"flowwatch/engine/notify/channel"
	"flowwatch/engine/notify/text"
	"flowwatch/engine/setting"
	"flowwatch/kv"
)

// deliver sends what is in the outboxes until the engine stops.
func (e *Engine) deliver() {
	ctx, cancel := context.WithCancel(context.Background())
	e.done.Go(func() {
		<-e.stop
		cancel()
	})
	e.outbox.Run(ctx)
}

func (e *Engine) offices() []notify.Office {
	all := e.all()
	out := make([]notify.Office, len(all))
	for i, t := range all {
		out[i] = office{t}
	}
	return out
}

// office is one organisation as the outbox sees it.
type office struct{ tenant *Tenant }

var _ notify.Office = office{}

// Scope implements notify.Office.
func (o office) Scope() kv.Scope { return o.tenant.scope }

// Record implements notify.Office.
func (o office) Record(tx *kv.Tx, id string) (*alert.Record, error) {
	if strings.HasPrefix(id, trialPrefix) || isMorning(id) {
		return o.tenant.trial(id), nil
	}
	return alertRecords.Get(tx, o.tenant.scope, []byte(id))
}

// Held implements notify.Office.
func (o office) Held(_ *kv.Tx, r *alert.Record, now execution.Instant) (until execution.Instant, held bool) {
	return o.tenant.Held(r, now)
}

// Route implements notify.Office. Servers are the settings' as they are now.
func (o office) Route(to notify.Target) (notify.Sender, notify.Target, error) {
	t := o.tenant
	missing := t.Settings().SecretsMissing
	if to.Type == notify.Email && slices.Contains(missing, "smtp.password") || to.Type == notify.SMS && slices.Contains(missing, "sms.apiKey") {
		return nil, to, notify.ErrSecretMissing
	}
	if id, ref, found := strings.Cut(to.Options.SecretRef, "/"); found {
		secret, err := t.channelSecret(id, ref)
		if err != nil {
			return nil, to, err
		}
		to.Secret = secret
	}
	sender := t.senders[to.Type]
	if sender == nil {
		return nil, to, notify.Fail(notify.Permanent, fmt.Errorf("no channel %q", to.Type))
	}
	return sender, to, nil
}

// channelSecret is a secret of a rule's channel. A rule that was deleted keeps its own, for the ends of its alerts are still told.
func (t *Tenant) channelSecret(rule, ref string) (string, error) {
	r := t.alerts.rules.Load().byID[rule]
	if r == nil {
		err := t.engine.db.View(func(tx *kv.Tx) (err error) {
			r, err = alertRules.Get(tx, t.scope, []byte(rule))
			return err
		})
		if err != nil && !errors.Is(err, kv.ErrNotFound) {
			return "", fmt.Errorf("secret of rule %s: %w", rule, err)
		}
	}
	if r == nil || r.Sealed[ref] == nil {
		return "", notify.Fail(notify.Permanent, errChannelGone)
	}
	secret, ok := t.ruleSecret(r, ref)
	if !ok {
		return "", notify.ErrSecretMissing
	}
	return secret, nil
}

var errChannelGone = errors.New("the rule does not name this channel any more")

// newSenders are the organisation's ways out.
func (t *Tenant) newSenders() map[notify.Type]notify.Sender {
	return channel.Senders(channel.Options{
		Settings: func() *setting.Settings { return &t.Settings().Settings }, Allow: t.engine.webhookAllow,
	})
}

// History implements notify.Office.
func (o office) History() notify.History { return history(o) }

// Compose implements notify.Office.
func (o office) Compose(n *notify.Notice) (*notify.Message, error) {
	t := o.tenant
	options := &text.Options{
		Language: text.Polish, Zone: t.engine.zone, Office: t.name(), Detailed: n.To.Type == notify.Webhook && channel.Inside(n.To.Address),
		Links: func(r *alert.Record) text.Links { return t.links(r, n.To) }, Person: t.personName, Advice: t.advice,
	}
	if len(n.Items) == 1 && isMorning(n.Items[0].Record.ID) {
		return o.composeMorning(n, options)
	}
	if len(n.Items) == 1 && n.Items[0].Transition == alert.Tested {
		m := text.Trial(n.To, n.Key, n.Now, options)
		return &m, nil
	}
	m := text.Compose(n, options)
	return &m, nil
}

// saying is what became of a record, in one sentence that names what it is about: the first line of a message about its beginning, of built-in rules and of
// all that follows the title.
func (t *Tenant) saying(transition alert.Transition, r *alert.Record) string {
	notice := notify.Notice{To: notify.Target{Type: notify.InApp}, Now: t.engine.instant(), Items: []notify.Item{{Transition: transition, Record: r}}}
	m := text.Compose(&notice, &text.Options{Language: text.Polish, Zone: t.engine.zone})
	if transition == alert.Triggered && r.Builtin == "" {
		return m.Text
	}
	return m.Subject
}

// links are what a message about a record leads to.
func (t *Tenant) links(r *alert.Record, to notify.Target) text.Links {
	base := t.PublicURL()
	if base == "" {
		return text.Links{}
	}
	view := base + "/alerts?alert=" + r.ID
	if r.ExecutionID != "" {
		view = base + "/executions/" + r.ExecutionID + "?tab=alerts"
	}
	answer := base + "/a/" + t.linkToken(r.ID, to)
	return text.Links{View: view, Acknowledge: answer, Escalate: answer}
}

// PublicURL is where browsers reach the appliance, without a slash at the end; "": unknown.
func (t *Tenant) PublicURL() string {
	base := strings.TrimSuffix(t.Settings().PublicURL, "/")
	if base == "" && t.engine.address != nil {
		base = t.engine.address()
	}
	return base
}

func (t *Tenant) name() string {
	for _, o := range t.engine.access.Organizations() {
		if o.ID == t.id {
			return o.Name
		}
	}
	return ""
}

// personName is what a person is called whom a record names by id; "" for the product itself.
func (t *Tenant) personName(id string) string {
	u, err := t.engine.access.User(t.id, strings.TrimPrefix(id, "user:"))
	if err != nil {
		return ""
	}
	return u.Name
}

// Fallback implements notify.Office: the rule's other channels, then who oversees.
func (o office) Fallback(_ *kv.Tx, r *alert.Record, tried []notify.Target) ([]notify.Target, error) {
	rule := o.tenant.alerts.rules.Load().byID[r.RuleID]
	if rule == nil {
		return nil, nil
	}
	next := slices.DeleteFunc(o.tenant.ruleTargets(rule), func(to notify.Target) bool {
		return to.Type == notify.InApp || slices.ContainsFunc(tried, func(was notify.Target) bool { return was.Type == to.Type })
	})
	if len(next) > 0 {
		return next, nil
	}
	for _, level := range o.tenant.Settings().Escalation {
		for _, to := range o.tenant.addresses(level.Channels) {
			if !slices.ContainsFunc(tried, func(was notify.Target) bool { return was.Type == to.Type && was.Address == to.Address }) {
				next = append(next, to)
			}
		}
		if len(next) > 0 {
			break
		}
	}
	return next, nil
}

// Overseers implements notify.Office: the administrators.
func (o office) Overseers(*kv.Tx) (users []string, err error) {
	for _, u := range o.tenant.engine.access.Users(o.tenant.id) {
		if u.IsActive && (slices.Contains(u.Roles, access.OrgAdmin) || slices.Contains(u.Roles, access.WorkflowAdmin)) {
			users = append(users, u.ID)
		}
	}
	return users, nil
}

// Planned implements notify.Office.
func (o office) Planned(tx *kv.Tx, rows []notify.Row, now execution.Instant) error {
	for i := range rows {
		r := &rows[i]
		if r.To.Type == notify.InApp || r.Transition == alert.Tested {
			continue
		}
		if err := o.tenant.allowLink(tx, r.RecordID, r.To, now); err != nil {
			return fmt.Errorf("allow a link: %w", err)
		}
	}
	return nil
}

// Noted implements notify.Office.
func (o office) Noted(tx *kv.Tx, r *notify.Row) error {
	event, details := audit.NotificationSent, map[string]any{"channel": r.To.Type, "transition": r.Transition}
	if r.State != notify.Delivered {
		event, details["error"] = audit.NotificationFailed, r.LastError
	}
	return o.tenant.note(tx, event, audit.System(), ObjectAlert, r.RecordID, details)
}

// Broken implements notify.Office: the rule channel_broken hears of it at the writer's next look.
func (o office) Broken(_ *kv.Tx, to notify.Target, why string) error {
	o.tenant.alerts.broken.note(to, why)
	return nil
}

// Mended implements notify.Office.
func (o office) Mended(_ *kv.Tx, to notify.Target) error {
	o.tenant.alerts.broken.mend(to)
	return nil
}
