package api

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

const (
	limitDefault  = 20
	nameRunesMax  = ingest.NameRunesMax
	cursorMax     = 4096 // bytes
	sortsAccepted = " startedAt -startedAt duration -duration "
)

var errInvalid = fault.New(fault.Invalid, "invalid_field", "a field is not valid")

// query reads the parameters of a URL and remembers what is wrong with them.
// An empty value is as good as none. Its strings are copies.
type query struct {
	values url.Values
	fields []fault.Field
}

func newQuery(c *fiber.Ctx) (*query, error) {
	values, err := url.ParseQuery(string(c.Request().URI().QueryString()))
	if err != nil {
		return nil, fault.New(fault.Malformed, "malformed_query", "the query is not well encoded").Wrap(err)
	}
	for _, list := range values {
		for _, value := range list {
			if !utf8.ValidString(value) {
				return nil, fault.New(fault.Malformed, "not_utf8", "the query is not UTF-8")
			}
		}
	}
	return &query{values: values}, nil
}

func (q *query) wrong(name, message string) {
	q.fields = append(q.fields, fault.Field{Location: "query." + name, Message: message})
}

// err is what was wrong with all that was read.
func (q *query) err() error {
	if len(q.fields) == 0 {
		return nil
	}
	return errInvalid.With(q.fields...)
}

// first is the first of the names that has a value, and that value.
func (q *query) first(names ...string) (name, value string) {
	for _, name := range names {
		if value := q.values.Get(name); value != "" {
			return name, value
		}
	}
	return names[0], ""
}

func (q *query) id(name string) string {
	value := q.values.Get(name)
	if value != "" && !ingest.ValidID(value) {
		q.wrong(name, "not an id: 1 to 128 characters of A-Z a-z 0-9 . _ : -")
	}
	return value
}

func (q *query) text(name string, runesMax int) string {
	value := q.values.Get(name)
	if !ingest.ValidName(value, runesMax) {
		q.wrong(name, "too long, or with control characters")
	}
	return value
}

func (q *query) cursor() string {
	value := q.values.Get("cursor")
	if len(value) > cursorMax {
		q.wrong("cursor", "not a cursor of this list")
	}
	return value
}

func (q *query) limit() int {
	value := q.values.Get("limit")
	if value == "" {
		return limitDefault
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > engine.PageLimitMax {
		q.wrong("limit", "must be from 1 to 100")
	}
	return n
}

// flag reads true or false.
func (q *query) flag(name string, otherwise bool) bool {
	switch q.values.Get(name) {
	case "":
		return otherwise
	case "true", "1":
		return true
	case "false", "0":
		return false
	}
	q.wrong(name, "must be true or false")
	return otherwise
}

// duration reads whole milliseconds; -1 if there are none.
func (q *query) duration(name string) int64 {
	value := q.values.Get(name)
	if value == "" {
		return -1
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 {
		q.wrong(name, "must be whole milliseconds from 0 on")
	}
	return n
}

// statuses reads a parameter that may come often, with commas or both.
func (q *query) statuses(name string) []execution.Status {
	var all []execution.Status
	for word := range strings.SplitSeq(strings.Join(q.values[name], ","), ",") {
		if word == "" {
			continue
		}
		status, ok := execution.ParseStatus(word)
		if !ok {
			q.wrong(name, "unknown status")
			return nil
		}
		if !slices.Contains(all, status) {
			all = append(all, status)
		}
	}
	return all
}

func (q *query) priority() execution.Priority {
	switch q.values.Get("priority") {
	case "":
		return execution.PriorityNone
	case "HIGH":
		return execution.High
	case "NORMAL":
		return execution.Normal
	case "LOW":
		return execution.Low
	}
	q.wrong("priority", "must be HIGH, NORMAL or LOW")
	return execution.PriorityNone
}

func (q *query) sort() string {
	value := q.values.Get("sort")
	if value != "" && !strings.Contains(sortsAccepted, " "+value+" ") {
		q.wrong("sort", "must be one of"+strings.TrimSuffix(sortsAccepted, " "))
	}
	return value
}

// time reads RFC 3339 under any of the names. A plus that was not encoded
// arrives as a space (B-108).
func (q *query) time(names ...string) execution.Instant {
	name, value := q.first(names...)
	if value == "" {
		return execution.NoInstant
	}
	t, err := time.Parse(time.RFC3339Nano, strings.Replace(value, " ", "+", 1))
	// Beyond these years an instant does not fit in 64 bits of nanoseconds.
	if err != nil || t.Year() < 1700 || t.Year() > 2200 {
		q.wrong(name, "must be a time in RFC 3339 with offset")
		return execution.NoInstant
	}
	return execution.At(t)
}

// span reads both ends of a range under all their names.
func (q *query) span() (from, to execution.Instant) {
	from, to = q.time("from", "start", "startTime"), q.time("to", "end", "endTime")
	if from.Present() && to.Present() && to < from {
		q.wrong("to", "must not be before from")
	}
	return from, to
}
