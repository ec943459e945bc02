package alert

import (
	"strings"
	"time"
	"unicode/utf8"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// Limits of silences, mute windows and outages.
const (
	silenceMax     = 7 * 24 * hour
	reasonRunesMin = 3
	reasonRunesMax = 500
	minutesOfDay   = 24 * 60
	outageMax      = 366 * 24 * hour
	muteDaysMax    = 16 // after which an end is looked for again
	linkBytesMax   = 2048
)

// Silence holds the messages of a rule, of a workflow, of both together or of all back for a while. Records are made all the same.
type Silence struct {
	ID         string            `json:"id"`
	RuleID     string            `json:"alertId"`    // "": all rules
	WorkflowID string            `json:"workflowId"` // "": all workflows
	StartsAt   execution.Instant `json:"startsAt"`
	EndsAt     execution.Instant `json:"endsAt"`
	Reason     string            `json:"reason"`
	CreatedBy  string            `json:"createdBy"`
	CreatedAt  execution.Instant `json:"createdAt"`
}

// Check says what is not acceptable: more than 7 days, an end that is over, no reason. A start that is missing becomes now.
func (s *Silence) Check(now execution.Instant) *fault.Error {
	k := &checker{}
	if !s.StartsAt.Present() {
		s.StartsAt = now
	}
	s.Reason = strings.TrimSpace(s.Reason)
	k.reason(s.Reason)
	k.require(s.RuleID == "" || idForm.MatchString(s.RuleID), "alertId", "is no id")
	k.require(s.WorkflowID == "" || idForm.MatchString(s.WorkflowID), "workflowId", "is no id")
	k.require(s.EndsAt.Present() && s.EndsAt > s.StartsAt && s.EndsAt > now, "endsAt", "must be after the start, and in the future")
	k.require(!s.EndsAt.Present() || s.EndsAt <= s.StartsAt || uint64(s.EndsAt)-uint64(s.StartsAt) <= uint64(silenceMax), "endsAt", "a silence lasts at most 7 days")
	return k.fault()
}

// Covers reports whether messages about the record wait at that time; the end is not within.
func (s *Silence) Covers(r *Record, now execution.Instant) bool {
	return s.StartsAt <= now && now < s.EndsAt && (s.RuleID == "" || s.RuleID == r.RuleID) && (s.WorkflowID == "" || s.WorkflowID == r.WorkflowID)
}

// MuteWindow is a recurring time in which messages below error wait.
type MuteWindow struct {
	ID         string         `json:"id"`
	Zone       string         `json:"zone"` // IANA; "": Europe/Warsaw
	Weekdays   []time.Weekday `json:"weekdays"`
	FromMinute int            `json:"fromMinute"` // of the day, 0–1439
	ToMinute   int            `json:"toMinute"`   // of the day, 0–1440, not within; at or before FromMinute: of the next day
	DaysOff    bool           `json:"daysOff"`    // all day on days off as well
	Reason     string         `json:"reason"`
}

const zoneDefault = "Europe/Warsaw"

// Check says what is not acceptable, and fills in the zone.
func (w *MuteWindow) Check() *fault.Error {
	k := &checker{}
	if w.Zone == "" {
		w.Zone = zoneDefault
	}
	_, err := time.LoadLocation(w.Zone)
	k.require(err == nil && w.Zone != "Local", "zone", "is no known time zone")
	k.require(len(w.Weekdays) <= 7, "weekdays", "at most 7")
	for _, d := range w.Weekdays {
		k.require(d >= time.Sunday && d <= time.Saturday, "weekdays", "must be from 0, Sunday, to 6")
	}
	k.require(len(w.Weekdays) > 0 || w.DaysOff, "weekdays", "must name a day, unless days off are muted")
	k.require(w.FromMinute >= 0 && w.FromMinute < minutesOfDay, "fromMinute", "must be from 0 to %d", minutesOfDay-1)
	k.require(w.ToMinute >= 0 && w.ToMinute <= minutesOfDay, "toMinute", "must be from 0 to %d", minutesOfDay)
	k.reason(w.Reason)
	return k.fault()
}

// Covers reports whether messages about the record wait at that time. Errors and critical alerts never do. dayOff says of a day, which
// it gets as its noon in the window's zone, whether it is off; nil: none is. Minutes are those of the clock on the wall, so that a window
// is an hour shorter or longer on the days when the clock changes.
func (w *MuteWindow) Covers(r *Record, now execution.Instant, dayOff func(time.Time) bool) bool {
	if r.Severity.AtLeast(Error) {
		return false
	}
	zone, err := w.location()
	if err != nil {
		return false
	}
	t := now.Time().In(zone)
	minute := t.Hour()*60 + t.Minute()
	noon := func(back int) time.Time { return time.Date(t.Year(), t.Month(), t.Day()-back, 12, 0, 0, 0, zone) }
	if w.DaysOff && dayOff != nil && dayOff(noon(0)) {
		return true
	}
	if w.ToMinute > w.FromMinute {
		return w.on(t.Weekday()) && minute >= w.FromMinute && minute < w.ToMinute
	}
	return w.on(t.Weekday()) && minute >= w.FromMinute || w.on(noon(1).Weekday()) && minute < w.ToMinute
}

// location is the zone, of one that was not checked the default.
func (w *MuteWindow) location() (*time.Location, error) {
	if w.Zone == "" {
		return time.LoadLocation(zoneDefault) //nolint:wrapcheck // callers only ask whether there is one
	}
	return time.LoadLocation(w.Zone) //nolint:wrapcheck // as above
}

// End is when the messages about a record that wait now need not any more, as far as this window goes.
func (w *MuteWindow) End(r *Record, now execution.Instant, dayOff func(time.Time) bool) execution.Instant {
	zone, err := w.location()
	if err != nil {
		return now
	}
	year, month, day := now.Time().In(zone).Date()
	for ahead := range muteDaysMax {
		for _, minute := range []int{0, w.ToMinute} {
			at := execution.At(time.Date(year, month, day+ahead, 0, minute, 0, 0, zone))
			if at > now && !w.Covers(r, at, dayOff) {
				return at
			}
		}
	}
	return now + muteDaysMax*24*hour // it never ends: then it is looked at again
}

func (w *MuteWindow) on(day time.Weekday) bool {
	for _, d := range w.Weekdays {
		if d == day {
			return true
		}
	}
	return false
}

// Outage is a known failure of somebody else, such as KSeF: what fails because of it is one message, not one each (B-99).
type Outage struct {
	ID     string            `json:"id"`
	Cause  string            `json:"cause"` // part of the error, or of its fingerprint; case does not matter
	Since  execution.Instant `json:"since"`
	Until  execution.Instant `json:"until"` // NoInstant: until somebody ends it
	Reason string            `json:"reason"`
	Link   string            `json:"link"` // "" or where it was announced
}

// Check says what is not acceptable.
func (x *Outage) Check(now execution.Instant) *fault.Error {
	k := &checker{}
	x.Cause, x.Reason, x.Link = strings.TrimSpace(x.Cause), strings.TrimSpace(x.Reason), strings.TrimSpace(x.Link)
	if !x.Since.Present() {
		x.Since = now
	}
	n := utf8.RuneCountInString(x.Cause)
	k.require(n >= reasonRunesMin && n <= nameRunesMax && readable(x.Cause), "cause", "must be %d to %d characters, none of them a control character",
		reasonRunesMin, nameRunesMax)
	k.reason(x.Reason)
	k.require(!x.Until.Present() || x.Until > x.Since, "until", "must be after the start")
	k.require(!x.Until.Present() || x.Until <= x.Since || uint64(x.Until)-uint64(x.Since) <= uint64(outageMax), "until", "an outage lasts at most 366 days")
	k.require(x.Link == "" || len(x.Link) <= linkBytesMax && readable(x.Link) && (strings.HasPrefix(x.Link, "https://") || strings.HasPrefix(x.Link, "http://")), "link",
		"must be an http or https URL")
	return k.fault()
}

// Covers reports whether the record's failure is of this outage.
func (x *Outage) Covers(r *Record, now execution.Instant) bool {
	return x.goesOn(now) && (x.Caused(r.Facts.Error) || strings.Contains(r.Facts.Cause, strings.ToLower(x.Cause)))
}

// Explains reports whether a failure at that time, with that error, is of this outage.
func (x *Outage) Explains(errorText string, at execution.Instant) bool {
	return x.goesOn(at) && x.Caused(errorText)
}

// Caused reports whether the error is one of this outage, whenever it was.
func (x *Outage) Caused(errorText string) bool {
	cause := strings.ToLower(x.Cause)
	return errorText != "" && (strings.Contains(strings.ToLower(errorText), cause) || strings.Contains(Fingerprint(errorText), cause))
}

func (x *Outage) goesOn(at execution.Instant) bool {
	return at >= x.Since && (!x.Until.Present() || at < x.Until)
}

func (k *checker) reason(text string) {
	n := utf8.RuneCountInString(text)
	k.require(n >= reasonRunesMin && n <= reasonRunesMax && readable(text), "reason", "must be %d to %d characters, none of them a control character",
		reasonRunesMin, reasonRunesMax)
}

func (k *checker) fault() *fault.Error {
	if len(k.fields) == 0 {
		return nil
	}
	return errInvalid.With(k.fields...)
}
