package setting

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"time"
)

// Escalation is whom an alert goes to that nobody acknowledged.
type Escalation struct {
	AfterMinutes int           `json:"afterMinutes"`
	Channels     []Destination `json:"channels"`
	WorkingHours *Hours        `json:"workingHours,omitempty"` // outside of them the escalation waits until they begin; null: it never does
}

// Hours are a part of each working day, on the clocks of Europe/Warsaw: "07:00" to "17:00", the end not within.
type Hours struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Destination is where an escalation goes: a text such as "email:a@b.pl", "sms:+48600100200", "in_app:role:org_admin", a mailbox or a number as it
// is; or a channel as rules have them. In JSON it is what it was given as.
type Destination struct {
	Text   string
	Type   string
	Config json.RawMessage
}

// object is a channel as rules have them.
type object struct {
	Type   string          `json:"type"`
	Config json.RawMessage `json:"config"`
}

// MarshalJSON implements json.Marshaler.
func (d Destination) MarshalJSON() ([]byte, error) {
	if d.Type == "" {
		return json.Marshal(d.Text) //nolint:wrapcheck // a string is always JSON
	}
	text, err := json.Marshal(object{d.Type, d.Config})
	if err != nil {
		return nil, fmt.Errorf("destination: %w", err)
	}
	return text, nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (d *Destination) UnmarshalJSON(text []byte) error {
	*d = Destination{}
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		if err := json.Unmarshal(text, &d.Text); err != nil {
			return fmt.Errorf("destination: %w", err)
		}
		return nil
	}
	o := object{Config: json.RawMessage("{}")}
	if err := json.Unmarshal(text, &o); err != nil {
		return fmt.Errorf("destination: %w", err)
	}
	d.Type, d.Config = o.Type, o.Config
	return nil
}

var clockForm = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// minutes are the hours as minutes of the day; ok is false for what is none.
func (h *Hours) minutes() (from, to int, ok bool) {
	end := h.To
	if end == "24:00" {
		end = "23:59"
	}
	if !clockForm.MatchString(h.From) || !clockForm.MatchString(end) {
		return 0, 0, false
	}
	minute := func(s string) int { return (int(s[0]-'0')*10+int(s[1]-'0'))*60 + int(s[3]-'0')*10 + int(s[4]-'0') }
	from, to = minute(h.From), minute(h.To)
	return from, to, from < to
}

const daysAhead = 30 // no run of days off is longer

// Next is at if it lies within the hours of a working day, or when they begin next. off says of a day, which it gets as its noon, whether it is off.
func (h *Hours) Next(at time.Time, zone *time.Location, off func(noon time.Time) bool) time.Time {
	from, to, ok := h.minutes()
	if !ok {
		return at
	}
	local := at.In(zone)
	year, month, day := local.Date()
	for ahead := range daysAhead {
		if off(time.Date(year, month, day+ahead, 12, 0, 0, 0, zone)) {
			continue
		}
		begin := time.Date(year, month, day+ahead, 0, from, 0, 0, zone)
		switch minute := local.Hour()*60 + local.Minute(); {
		case begin.After(at):
			return begin
		case ahead == 0 && minute < to:
			return at
		}
	}
	return at
}
