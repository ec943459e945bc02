package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"flowwatch/engine/audit"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/mask"
	"flowwatch/engine/resource"
	"flowwatch/engine/setting"
	"flowwatch/kv"
)

// settingRecord is what an organisation has set. Secrets are apart, sealed.
type settingRecord struct {
	Version   int64             `json:"version"`
	UpdatedAt execution.Instant `json:"updatedAt"`
	UpdatedBy Actor             `json:"updatedBy"`
	Document  setting.Document  `json:"document"`
	Sealed    map[string][]byte `json:"sealed,omitempty"` // by path
}

var settingRecords = kv.NewCollection("settings", settingSpec())

func settingSpec() kv.Spec[settingRecord] {
	encode, decode := kv.JSON[settingRecord]()
	return kv.Spec[settingRecord]{
		Version: 1, Encode: encode, Decode: decode,
		Key: func(dst []byte, _ *settingRecord) []byte { return kv.AppendByte(dst, 0) },
	}
}

// SettingState is what holds for an organisation, secrets in clear, and since when.
type SettingState struct {
	setting.Settings
	Version        int64 // 0: nothing was ever set
	UpdatedAt      execution.Instant
	UpdatedBy      Actor
	SecretsMissing []string // paths of secrets that are stored and cannot be opened

	document setting.Document // secrets included; setting.Hidden for one that cannot be opened
	sealed   map[string][]byte
	rules    *mask.Rules
}

// maskStepData hides in an input or output what the organisation wants hidden there.
func (s *SettingState) maskStepData(raw json.RawMessage) json.RawMessage {
	if s.Masking.Patterns {
		return s.rules.JSON(raw)
	}
	return s.rules.JSONByKeys(raw)
}

// Hides is what the organisation hides, beside what always is, in errors, stacks, metadata and what people write. It is applied before they are stored and
// again when they are shown: a key that was added later hides what is there already.
func (t *Tenant) Hides() *mask.Rules { return t.Settings().rules }

// settings is the organisation's state; reading it costs one load.
type settings struct {
	changing sync.Mutex // one change at a time
	state    atomic.Pointer[SettingState]
}

// Settings is what holds now. It must not be changed.
func (t *Tenant) Settings() *SettingState { return t.settings.state.Load() }

// resourceLimits are the thresholds that boards watch.
func (t *Tenant) resourceLimits() resource.Thresholds {
	s := t.Settings().Thresholds
	return resource.Thresholds{CPUWarnPercent: s.CPUWarnPercent, MemWarnPercent: s.MemWarnPercent, DiskWarnPercent: s.DiskWarnPercent}
}

func (t *Tenant) openSettings() error {
	record := &settingRecord{UpdatedAt: execution.NoInstant}
	err := t.engine.db.View(func(tx *kv.Tx) error {
		r, err := settingRecords.Get(tx, t.scope, []byte{0})
		if err == nil {
			record = r
		}
		return err
	})
	if err != nil && !errors.Is(err, kv.ErrNotFound) {
		return fmt.Errorf("settings: %w", err)
	}
	state, err := t.stateOf(record)
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	for _, path := range state.SecretsMissing {
		t.engine.log.Warn("a secret cannot be opened with the key file", "code", "secret_missing", "tenant", t.id, "setting", path)
	}
	t.settings.state.Store(state)
	return nil
}

func (t *Tenant) secretOfSetting(path string) string { return t.secretName("settings", path) }

func (t *Tenant) stateOf(r *settingRecord) (*SettingState, error) {
	s := &SettingState{Version: r.Version, UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy, document: r.Document, sealed: r.Sealed}
	for _, path := range slices.Sorted(maps.Keys(r.Sealed)) {
		secret, opened := t.openSecret(t.secretOfSetting(path), r.Sealed[path])
		if !opened {
			secret, s.SecretsMissing = setting.Hidden, append(s.SecretsMissing, path)
		}
		s.document = s.document.With(path, secret)
	}
	var err error
	s.Settings, err = s.document.Settings()
	s.rules = mask.NewRules(s.Masking.Keys)
	return s, err
}

var errStaleSettings = fault.New(fault.Stale, "stale", "the settings were changed meanwhile")

// ChangeSettings merges a patch (RFC 7396) into the settings, for matches of the present version only, and lets them hold at once. Whoever may not
// manage hosts can remove a host but name none: that is refused before anything else is said of the values.
func (t *Tenant) ChangeSettings(by audit.By, patch []byte, managesHosts bool, matches func(version int64) bool) (*SettingState, error) {
	t.settings.changing.Lock()
	defer t.settings.changing.Unlock()
	old := t.Settings()
	now := t.engine.now()
	document, err := old.document.Merge(patch)
	if err != nil {
		return nil, err
	}
	if hosts := old.document.Gives(document, hostSettings); !managesHosts && len(hosts) > 0 {
		return nil, errHosts.With(hostFields(hosts)...)
	}
	document, next, err := document.Accepted(now)
	if err != nil {
		return nil, err
	}
	differences := setting.Differences(&old.Settings, &next)
	fields := append(t.checkDestinations(old.Escalation, next.Escalation), t.checkScrapes(old.Scrapes, next.Scrapes)...)
	if len(fields) > 0 {
		return nil, fault.New(fault.Invalid, "invalid_field", "a setting is not valid").With(fields...)
	}
	if !matches(old.Version) {
		return nil, errStaleSettings
	}
	if len(differences) == 0 {
		return old, nil
	}
	bare, secrets := document.Split()
	r := &settingRecord{Version: old.Version + 1, UpdatedAt: execution.At(now), UpdatedBy: actorOf(by), Document: bare}
	if r.Sealed, err = t.seal(old, secrets); err != nil {
		return nil, err
	}
	err = t.engine.db.Batch(func(tx *kv.Tx) error {
		if err := settingRecords.Put(tx, t.scope, r); err != nil {
			return err
		}
		return t.note(tx, audit.SettingsChanged, by, ObjectSettings, t.id, maskedDifferences(differences, old.rules))
	})
	if err != nil {
		return nil, storeFault(err)
	}
	state, err := t.stateOf(r)
	if err != nil {
		return nil, err
	}
	t.applySettings(state)
	return state, nil
}

// seal seals secrets by their paths; what could not be opened stays as it was.
func (t *Tenant) seal(old *SettingState, secrets map[string]string) (map[string][]byte, error) {
	sealed := map[string][]byte{}
	for path, secret := range secrets {
		if secret == setting.Hidden {
			sealed[path] = old.sealed[path]
			continue
		}
		text, err := t.sealSecret(t.secretOfSetting(path), secret)
		if err != nil {
			return nil, err
		}
		sealed[path] = text
	}
	return sealed, nil
}

// hostSettings are the paths that say which hosts the appliance connects to.
var hostSettings = []string{"smtp.host", "smtp.port", "smtp.security", "sms.url"}

var errHosts = fault.New(fault.Forbidden, "forbidden", "only an administrator of the appliance says which hosts it connects to")

func hostFields(paths []string) (fields []fault.Field) {
	for _, path := range paths {
		fields = append(fields, fault.Field{Location: "body." + path, Message: "needs the role appliance_admin"})
	}
	return fields
}

// maskedDifferences are differences without personal data in what people wrote.
func maskedDifferences(differences map[string]any, rules *mask.Rules) map[string]any {
	text := func(v any) any {
		if s, ok := v.(string); ok {
			return rules.Text(s)
		}
		return v
	}
	for path, v := range differences {
		if d, ok := v.(setting.Difference); ok && strings.HasSuffix(path, "reason") {
			differences[path] = setting.Difference{Old: text(d.Old), New: text(d.New)}
		}
	}
	return differences
}

// applySettings lets a state hold, and tells who watches of warnings that came or went by it.
func (t *Tenant) applySettings(s *SettingState) {
	t.settings.state.Store(s)
	t.engine.outbox.Reconsider(t.scope) // servers may have changed
	limits := t.resourceLimits()
	crossed := t.machine.Limit(limits)
	crossed = t.gauges.board.Limit(limits) || crossed
	t.view.Lock()
	t.queue.warned = false // by the old depth
	t.view.Unlock()
	if t.publishQueue() {
		t.queueLog.crossed(t.queueSnapshot())
		t.engine.recorder.wake()
		crossed = true
	}
	if crossed {
		t.publishMetrics()
	}
	t.engine.outbox.Reconsider(t.scope) // servers and mute windows may have changed
}

// MarshalJSON keeps secrets out of whatever would print the state.
func (s *SettingState) MarshalJSON() ([]byte, error) { return json.Marshal(s.Shown()) }
