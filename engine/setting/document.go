package setting

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"flowwatch/engine/alert"
	"flowwatch/engine/fault"
)

// Hidden stands for a secret in answers; in a change it keeps what is there.
const Hidden = "********"

// Secrets are the paths of what is never shown.
var Secrets = []string{"smtp.password", "sms.apiKey"}

// private are the paths of what names people or accounts: the audit says only that it changed.
var private = []string{"smtp.from", "smtp.username", "sms.sender", "morningReport.recipients"}

var errInvalid = fault.New(fault.Invalid, "invalid_field", "a setting is not valid")

// Document is what an organisation has set itself, as JSON; what it has not is not there, so that better defaults reach it. Secrets are in it in
// clear: take them out before it is stored.
type Document map[string]any

// Settings is what holds with the document.
func (d Document) Settings() (Settings, error) {
	s := Default()
	text, err := json.Marshal(d)
	if err != nil {
		return s, errInvalid.Wrap(err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, decodeFault(err)
	}
	if s.Capture.Workflows == nil {
		s.Capture.Workflows = map[string]Rule{}
	}
	if s.Masking.Keys == nil {
		s.Masking.Keys = []string{}
	}
	if s.Escalation == nil {
		s.Escalation = []Escalation{}
	}
	if s.MuteWindows == nil {
		s.MuteWindows = []alert.MuteWindow{}
	}
	for i := range s.MuteWindows {
		_ = s.MuteWindows[i].Check() // completes the zone; what is wrong says Accepted
	}
	if s.Scrapes == nil {
		s.Scrapes = []Scrape{}
	}
	if s.MorningReport.Recipients == nil {
		s.MorningReport.Recipients = []string{}
	}
	return s, nil
}

func decodeFault(err error) error {
	location := "body"
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		// An embedded struct's name is part of encoding/json's path, and no key of ours.
		location += "." + strings.ReplaceAll(wrong.Field, ".Rule.", ".")
	}
	return errInvalid.With(fault.Field{Location: location, Message: "is of the wrong type"})
}

// Merge returns the document after a merge patch (RFC 7396), whatever its values are: they may not be acceptable. Unknown members are ignored, Hidden
// keeps a secret.
func (d Document) Merge(patch []byte) (Document, error) {
	var change map[string]any
	decoder := json.NewDecoder(bytes.NewReader(patch))
	decoder.UseNumber()
	if err := decoder.Decode(&change); err != nil || change == nil {
		return nil, errInvalid.With(fault.Field{Location: "body", Message: "must be a JSON object"})
	}
	change, _ = known(reflect.TypeFor[Settings](), change).(map[string]any)
	for _, path := range Secrets {
		if v, ok := at(change, path); ok && v == Hidden {
			put(change, path, nil, true)
		}
	}
	restart(change)
	next, _ := merge(map[string]any(d), change).(map[string]any)
	if _, ok := at(next, "smtp"); ok {
		keepSecurity(next)
	}
	return next, nil
}

// Accepted returns a merged document complete, and what holds with it. What is not acceptable is fault.Invalid with all mistakes. d must not be used
// any more.
func (d Document) Accepted(now time.Time) (Document, Settings, error) {
	s, err := d.Settings()
	if err != nil {
		return nil, s, err
	}
	if fields := s.check(now); len(fields) > 0 {
		slices.SortFunc(fields, func(a, b fault.Field) int { return strings.Compare(a.Location, b.Location) })
		return nil, s, errInvalid.With(fields...)
	}
	complete(d, &s)
	return d, s, nil
}

// Gives says which of the paths have another value in next than in d. One that is removed has none; what stands in the place of an object gives all
// within it.
func (d Document) Gives(next Document, paths []string) (given []string) {
	for _, path := range paths {
		value := within(next, path)
		if value != nil && !sameJSON(value, within(d, path)) {
			given = append(given, path)
		}
	}
	return given
}

// within is what a path leads to, or what ends the way; nil: nothing.
func within(v any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		switch object := v.(type) {
		case Document:
			v = object[name]
		case map[string]any:
			v = object[name]
		default:
			return v
		}
	}
	return v
}

// sameJSON compares numbers by how they are written: a stored document's are no json.Number.
func sameJSON(a, b any) bool {
	first, err := json.Marshal(a)
	second, secondErr := json.Marshal(b)
	return err == nil && secondErr == nil && bytes.Equal(first, second)
}

// restart forgets the end of an earlier full where a change names a mode and no end.
func restart(change map[string]any) {
	capture, _ := change["capture"].(map[string]any)
	rules := []any{capture}
	workflows, _ := capture["workflows"].(map[string]any)
	for _, one := range workflows {
		rules = append(rules, one)
	}
	for _, one := range rules {
		m, _ := one.(map[string]any)
		_, named := m["stepData"]
		if _, ends := m["until"]; named && !ends {
			m["until"] = nil
		}
	}
}

// keepSecurity writes down the default of a mail server's protection.
func keepSecurity(d map[string]any) {
	if m, ok := d["smtp"].(map[string]any); ok && m["security"] == nil {
		m["security"] = "starttls"
	}
}

// complete writes the ends of full, which were given just now, into the document, and takes them out where full is over.
func complete(d map[string]any, s *Settings) {
	capture, ok := d["capture"].(map[string]any)
	if !ok {
		return
	}
	finish := func(m map[string]any, r *Rule) {
		delete(m, "until")
		delete(m, "reason")
		if r.Until != nil {
			m["until"], m["reason"] = r.Until.UTC().Format(time.RFC3339Nano), r.Reason
		}
	}
	finish(capture, &s.Capture.Rule)
	workflows, _ := capture["workflows"].(map[string]any)
	for id, one := range workflows {
		if m, ok := one.(map[string]any); ok {
			r := s.Capture.Workflows[id]
			finish(m, &r)
		}
	}
}

// merge is RFC 7396's MergePatch. It changes neither argument.
func merge(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	out := map[string]any{}
	if old, ok := target.(map[string]any); ok {
		maps.Copy(out, old)
	}
	for key, v := range changes {
		if v == nil {
			delete(out, key)
			continue
		}
		out[key] = merge(out[key], v)
	}
	return out
}

// known is v without members that the type does not have.
func known(of reflect.Type, v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	out := map[string]any{}
	switch of.Kind() {
	case reflect.Map:
		for key, one := range object {
			out[key] = known(of.Elem(), one)
		}
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(of) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if one, there := object[name]; there && name != "" {
				out[name] = known(f.Type, one)
			}
		}
	default:
		return v
	}
	return out
}

// at is what a path leads to.
func at(d map[string]any, path string) (any, bool) {
	name, rest, more := strings.Cut(path, ".")
	v, ok := d[name]
	if !more || !ok {
		return v, ok
	}
	inner, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	return at(inner, rest)
}

// put sets, or removes, what a path leads to; nothing where the way is not there.
func put(d map[string]any, path string, v any, remove bool) {
	name, rest, more := strings.Cut(path, ".")
	if more {
		if inner, ok := d[name].(map[string]any); ok {
			put(inner, rest, v, remove)
		}
		return
	}
	if remove {
		delete(d, name)
		return
	}
	d[name] = v
}

// Split returns the document without secrets, and the secrets by their paths. d stays.
func (d Document) Split() (Document, map[string]string) {
	out, _ := clone(map[string]any(d)).(map[string]any)
	secrets := map[string]string{}
	for _, path := range Secrets {
		if v, ok := at(out, path); ok {
			if text, isText := v.(string); isText && text != "" {
				secrets[path] = text
			}
			put(out, path, nil, true)
		}
	}
	return out, secrets
}

// With returns the document with a secret; d stays.
func (d Document) With(path, secret string) Document {
	out, _ := clone(map[string]any(d)).(map[string]any)
	put(out, path, secret, false)
	return out
}

func clone(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := make(map[string]any, len(object))
	for key, one := range object {
		out[key] = clone(one)
	}
	return out
}

// Shown is the settings with their secrets hidden.
func (s Settings) Shown() Settings {
	if s.SMTP != nil && s.SMTP.Password != "" {
		m := *s.SMTP
		m.Password = Hidden
		s.SMTP = &m
	}
	if s.SMS != nil && s.SMS.APIKey != "" {
		m := *s.SMS
		m.APIKey = Hidden
		s.SMS = &m
	}
	return s
}

// Difference is one value before and after a change.
type Difference struct {
	Old any `json:"old"`
	New any `json:"new"`
}

// Differences are what differs between two states, by path; of secrets only how.
func Differences(old, next *Settings) map[string]any {
	out := map[string]any{}
	differ(out, "", tree(old), tree(next))
	return out
}

func tree(s *Settings) any {
	text, err := json.Marshal(s)
	var v any
	if err == nil {
		_ = json.Unmarshal(text, &v) // it was made by Marshal
	}
	return v
}

func differ(out map[string]any, path string, old, next any) {
	if reflect.DeepEqual(old, next) {
		return
	}
	before, isBefore := old.(map[string]any)
	after, isAfter := next.(map[string]any)
	if isBefore || isAfter {
		union := map[string]any{}
		maps.Copy(union, before)
		maps.Copy(union, after)
		for _, key := range slices.Sorted(maps.Keys(union)) {
			differ(out, strings.TrimPrefix(path+"."+key, "."), before[key], after[key])
		}
		return
	}
	if slices.Contains(Secrets, path) || slices.Contains(private, path) {
		switch {
		case old == nil:
			out[path] = "set"
		case next == nil:
			out[path] = "removed"
		default:
			out[path] = "changed"
		}
		return
	}
	out[path] = Difference{old, next}
}
