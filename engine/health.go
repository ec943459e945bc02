package engine

import (
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/resource"
	"flowwatch/engine/setting"
)

// Warning is a threshold passed. Message is Polish, see English. Source says
// whose value it is, "" where there is only one.
type Warning struct {
	Code      string  `json:"code"`
	Message   string  `json:"message"`
	Value     float64 `json:"value"`
	Threshold float64 `json:"threshold"`
	Source    string  `json:"source,omitempty"`
}

// Codes of warnings and reasons; those of resources are in package resource.
const (
	warnQueue        = "queue_backlog"
	warnSilent       = "ingest_silent"
	warnProcess      = "process_missing"
	warnBackupOld    = "backup_old"    // value and threshold in hours
	warnBackupFail   = "backup_failed" // value: hours since the last good one
	noteBackupOff    = "backup_off"
	reasonFull       = "storage_full"
	warnDisk         = "disk_warning"
	warnDiskCritical = "disk_critical"
	warnDiskForecast = "disk_forecast" // value and threshold in days
	warnCapture      = "capture_stopped"
	warnRecording    = "recording_stopped"
	reasonClock      = "clock_skewed"
	statusGreen      = "green"
	statusYellow     = "yellow"
	statusRed        = "red"
	silentWarn       = time.Minute     // without an event or a sample while something runs: yellow
	silentAlarm      = 5 * time.Minute // red
	skewRemembered   = 5 * time.Minute
	backupWarn       = 26 * time.Hour // since the last good backup: yellow
	backupAlarm      = 48 * time.Hour // red
	warnHeartbeat    = "heartbeat_unheard"
	warnScrape       = "metrics_unread"
)

// sentence is what a code says to people, with {source}, {value} and {threshold}.
type sentence struct{ polish, english string }

var sentences = map[string]sentence{
	warnQueue: {"Kolejka przekroczyła próg", "The queue is above its threshold"},
	resource.WarnCPU: {"Przekroczono próg zasobów: procesor {source} {value}% (próg {threshold}%)",
		"A threshold is passed: processor of {source} {value}% (threshold {threshold}%)"},
	resource.WarnMemory: {"Przekroczono próg zasobów: pamięć {source} {value}% (próg {threshold}%)",
		"A threshold is passed: memory of {source} {value}% (threshold {threshold}%)"},
	resource.WarnDisk: {"Przekroczono próg zasobów: dysk {source} {value}% (próg {threshold}%)",
		"A threshold is passed: disk of {source} {value}% (threshold {threshold}%)"},
	warnSilent:  {"Wykonania trwają, a silniki milczą od {value} s", "Executions run, and engines have been silent for {value} s"},
	warnProcess: {"Nie działa obserwowany proces silnika", "The watched process of the engine does not run"},
	warnBackupOld: {"Ostatnia sprawdzona kopia zapasowa ma {value} h (próg {threshold} h)",
		"The last verified backup is {value} h old (threshold {threshold} h)"},
	warnBackupFail: {"Ostatnia próba wykonania kopii zapasowej nie powiodła się", "The last attempt at a backup went wrong"},
	noteBackupOff:  {"Nocne kopie zapasowe są wyłączone", "Nightly backups are off"},
	reasonFull:     {"Dysk jest pełny: zdarzenia nie są przyjmowane", "The disk is full: events are not taken"},
	warnDisk:       {"Dysk danych jest zajęty w {value}% (próg {threshold}%)", "The disk of the data is {value}% full (threshold {threshold}%)"},
	warnDiskCritical: {"Dysk danych jest zajęty w {value}% (próg krytyczny {threshold}%)",
		"The disk of the data is {value}% full (critical threshold {threshold}%)"},
	warnDiskForecast: {"Przy obecnym przyroście dysk danych zapełni się za {value} dni", "At the present growth the disk of the data is full in {value} days"},
	warnCapture: {"Z powodu braku miejsca dane wejściowe i wyjściowe kroków nie są zapisywane; stany wykonań są",
		"For want of room inputs and outputs of steps are not kept; states of executions are"},
	warnRecording: {"Z powodu braku miejsca własne zasoby monitora i stan kolejek nie są zapisywane",
		"For want of room the monitor's own resources and the queues are not recorded"},
	warnHeartbeat: {"Nadzór z zewnątrz nie odbiera sygnału monitora (nieudane próby: {value})",
		"The watch outside does not hear the monitor (failed attempts: {value})"},
	warnScrape:  {"Nie udaje się odczytać metryk (adresy: {value})", "Metrics cannot be read (addresses: {value})"},
	reasonClock: {"Zegar silnika spieszy się o ponad 5 minut", "An engine's clock is more than 5 minutes ahead"},
}

// afterwards is what the codes say that hold for a while after the value has come back to its threshold (B-50).
var afterwards = map[string]sentence{
	resource.WarnCPU: {"Niedawno przekroczono próg zasobów: procesor {source}, teraz {value}% (próg {threshold}%)",
		"A threshold was passed lately: processor of {source}, now {value}% (threshold {threshold}%)"},
	resource.WarnMemory: {"Niedawno przekroczono próg zasobów: pamięć {source}, teraz {value}% (próg {threshold}%)",
		"A threshold was passed lately: memory of {source}, now {value}% (threshold {threshold}%)"},
	resource.WarnDisk: {"Niedawno przekroczono próg zasobów: dysk {source}, teraz {value}% (próg {threshold}%)",
		"A threshold was passed lately: disk of {source}, now {value}% (threshold {threshold}%)"},
}

// sentence is what the warning says at its value.
func (w *Warning) sentence() sentence {
	if after, lasts := afterwards[w.Code]; lasts && w.Value <= w.Threshold {
		return after
	}
	return sentences[w.Code]
}

var sourceNames = map[resource.Source]sentence{
	resource.Self:   {"danych monitora", "the monitor's data"},
	resource.Host:   {"serwera monitora", "the monitor's server"},
	resource.Engine: {"silnika", "the engine"},
}

func newWarning(code string, source resource.Source, value, threshold float64) *Warning {
	w := &Warning{Code: code, Source: string(source), Value: value, Threshold: threshold}
	name := func(v float64) string {
		return strings.Replace(strconv.FormatFloat(v, 'f', -1, 64), ".", ",", 1)
	}
	w.Message = filled(w.sentence().polish, sourceNames[source].polish, name(value), name(threshold))
	return w
}

// English is the warning's message in English.
func (w *Warning) English() string {
	name := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	return filled(w.sentence().english, sourceNames[resource.Source(w.Source)].english, name(w.Value), name(w.Threshold))
}

func filled(text, source, value, threshold string) string {
	return strings.NewReplacer("{source}", source, "{value}", value, "{threshold}", threshold).Replace(text)
}

// SystemHealth says whether the organisation can trust what it sees (B-102).
// Reasons are the sentences of all that is not green, the worst first.
type SystemHealth struct {
	Status   string    `json:"status"`
	Reasons  []string  `json:"reasons"`
	Warnings []Warning `json:"warnings"`
	Notes    []Warning `json:"notes"` // worth knowing; they change no status

	Thresholds setting.Thresholds `json:"thresholds"` // above which resources and the queue warn

	causes []Warning // of Reasons, in their order
}

// InEnglish returns a copy with English sentences.
func (h SystemHealth) InEnglish() SystemHealth {
	reasons := make([]string, len(h.Reasons))
	for i := range h.causes {
		reasons[i] = h.causes[i].English()
	}
	h.Reasons, h.Warnings, h.Notes = reasons, inEnglish(h.Warnings), inEnglish(h.Notes)
	return h
}

func inEnglish(all []Warning) []Warning {
	out := make([]Warning, len(all))
	for i, w := range all {
		w.Message = w.English()
		out[i] = w
	}
	return out
}

// heard is when the organisation's engines were last heard of, in ms since
// 1970, 0 for never since the start.
type heard struct{ last, skewed atomic.Int64 }

// note notes that something was accepted: parcels of events, or samples.
func (h *heard) note(now time.Time, parcels []parcel) {
	h.last.Store(now.UnixMilli())
	for i := range parcels {
		if parcels[i].event.ClockSkewed {
			h.skewed.Store(now.UnixMilli())
			return
		}
	}
}

// SystemHealth judges as of now.
func (t *Tenant) SystemHealth() SystemHealth {
	now := t.engine.now()
	red, yellow := t.alarms(now), t.warnings(now)
	h := SystemHealth{Status: statusGreen, Reasons: []string{}, Warnings: yellow, Notes: t.engine.notes(), Thresholds: t.Settings().Thresholds}
	h.causes = append(red, yellow...)
	for i := range red {
		if red[i].Code == warnDiskCritical { // a threshold that was passed
			h.Warnings = append([]Warning{red[i]}, h.Warnings...)
		}
	}
	if skewed := t.heard.skewed.Load(); skewed != 0 && now.UnixMilli()-skewed < skewRemembered.Milliseconds() {
		h.causes = append(h.causes, *newWarning(reasonClock, "", 0, 0))
	}
	switch {
	case len(red) > 0:
		h.Status = statusRed
	case len(h.causes) > 0:
		h.Status = statusYellow
	}
	for i := range h.causes {
		h.Reasons = append(h.Reasons, h.causes[i].Message)
	}
	return h
}

// alarms are the causes of red, those apart that are warnings too.
func (t *Tenant) alarms(now time.Time) (red []Warning) {
	if t.engine.writer.storageFull.Load() {
		red = append(red, *newWarning(reasonFull, "", 0, 0))
	}
	room := t.engine.Storage()
	red = append(red, room.alarms()...)
	if age := t.engine.backupAge(now); age > backupAlarm {
		red = append(red, *newWarning(warnBackupOld, "", wholeHours(age), backupAlarm.Hours()))
	}
	if silent := t.silence(now); silent > silentAlarm {
		red = append(red, *newWarning(warnSilent, "", silent.Truncate(time.Second).Seconds(), silentAlarm.Seconds()))
	}
	return red
}

// warnings are the causes of yellow that have a value.
func (t *Tenant) warnings(now time.Time) []Warning {
	out := []Warning{}
	for _, board := range []*resource.Board{t.machine, t.gauges.board} {
		for _, c := range board.Warnings(now) {
			if c.Code == resource.WarnDisk && c.Source == resource.Self {
				continue // storage tells of it
			}
			out = append(out, *newWarning(c.Code, c.Source, c.Value, c.Threshold))
		}
	}
	if w := t.Queue().Warning; w != nil {
		out = append(out, *w)
	}
	if silent := t.silence(now); silent > silentWarn && silent <= silentAlarm {
		out = append(out, *newWarning(warnSilent, "", silent.Truncate(time.Second).Seconds(), silentWarn.Seconds()))
	}
	room := t.engine.Storage()
	out = append(append(out, room.warnings()...), t.engine.backupWarnings(now)...)
	if t.engine.machine.missing.Load() {
		out = append(out, *newWarning(warnProcess, resource.Engine, 0, 1))
	}
	if n := t.engine.Heartbeat().Failures; n > 0 {
		out = append(out, *newWarning(warnHeartbeat, "", float64(n), 1))
	}
	if n := t.engine.scraper.failing(t); n > 0 {
		out = append(out, *newWarning(warnScrape, "", float64(n), 1))
	}
	return out
}

// silence is for how long no engine was heard of while executions run; 0 while none do.
func (t *Tenant) silence(now time.Time) time.Duration {
	t.view.RLock()
	running := t.tally.total[execution.Running]
	t.view.RUnlock()
	if running == 0 {
		return 0
	}
	last := max(t.heard.last.Load(), t.engine.opened.UnixMilli())
	return now.Sub(time.UnixMilli(last))
}

// backupAge is how long ago the last good backup was made, or of when one could be; 0 while none are.
func (e *Engine) backupAge(now time.Time) time.Duration {
	s := e.keeper.State()
	switch {
	case !s.On:
		return 0
	case s.Good.IsZero():
		return now.Sub(s.Since)
	}
	return now.Sub(s.Good)
}

// backupWarnings are those of backups that are not an alarm.
func (e *Engine) backupWarnings(now time.Time) (out []Warning) {
	s, age := e.keeper.State(), e.backupAge(now)
	if s.On && s.Failed != "" {
		out = append(out, *newWarning(warnBackupFail, "", wholeHours(age), 0))
	}
	if age > backupWarn && age <= backupAlarm {
		out = append(out, *newWarning(warnBackupOld, "", wholeHours(age), backupWarn.Hours()))
	}
	return out
}

// notes are worth knowing and no warnings.
func (e *Engine) notes() []Warning {
	out := []Warning{}
	if !e.keeper.State().On {
		out = append(out, *newWarning(noteBackupOff, "", 0, 0))
	}
	return out
}

func wholeHours(d time.Duration) float64 { return d.Truncate(time.Hour).Hours() }
