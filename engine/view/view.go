// Package view says what a saved view is: a named filter of one of the page's lists, what is acceptable, and whom it names. It is pure.
package view

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// Limits of saved views.
const (
	nameRunesMax  = 80
	queryBytesMax = 2_000
)

// Limits are the limits of saved views, as clients are told them.
func Limits() map[string]int {
	return map[string]int{"viewNameRunes": nameRunesMax, "viewQueryBytes": queryBytesMax}
}

// Page is a list of the page that can be filtered.
type Page string

// The pages whose filters can be kept.
const (
	Executions Page = "executions"
	Alerts     Page = "alerts"
	Deadlines  Page = "deadlines"
	Queue      Page = "queue"
	Workflows  Page = "workflows"
)

var pages = []Page{Executions, Alerts, Deadlines, Queue, Workflows}

// Pages lists all pages.
func Pages() []Page { return slices.Clone(pages) }

// View is a named filter of one user, or one program; shared, of the whole office.
type View struct {
	ID        string            `json:"id"`
	Owner     string            `json:"owner"`
	Page      Page              `json:"page"`
	Name      string            `json:"name"`
	Query     string            `json:"query"` // of the page's address, without '?'; "": everything
	Shared    bool              `json:"shared"`
	Version   int64             `json:"version"` // from 1, and one more with each change
	CreatedAt execution.Instant `json:"createdAt"`
	UpdatedAt execution.Instant `json:"updatedAt"`
}

// Normalise trims the name. What is not acceptable is fault.Invalid with the fields.
func (v *View) Normalise() error {
	v.Name = strings.TrimSpace(v.Name)
	var wrong []fault.Field
	require := func(ok bool, location, message string) {
		if !ok {
			wrong = append(wrong, fault.Field{Location: "body." + location, Message: message})
		}
	}
	runes := utf8.RuneCountInString(v.Name)
	require(slices.Contains(pages, v.Page), "page", "executions, alerts, deadlines, queue or workflows")
	require(runes >= 1 && runes <= nameRunesMax && !control(v.Name), "name", "1 to 80 characters, no control characters")
	require(len(v.Query) <= queryBytesMax && !control(v.Query) && !strings.HasPrefix(v.Query, "?"), "query",
		"at most 2000 bytes, no control characters, without the question mark")
	if _, err := url.ParseQuery(v.Query); err != nil {
		require(false, "query", "is not encoded as a query string")
	}
	if len(wrong) > 0 {
		return fault.New(fault.Invalid, "invalid_field", "the view is not valid").With(wrong...)
	}
	return nil
}

func control(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// Values are what the query asks for, decoded.
func (v *View) Values() (all []string) {
	asked, _ := url.ParseQuery(v.Query) // what could be read of it
	for _, values := range asked {
		all = append(all, values...)
	}
	return all
}

// Asks are the values of some keys of the query, decoded, without empty ones.
func (v *View) Asks(keys ...string) (all []string) {
	asked, _ := url.ParseQuery(v.Query)
	for _, key := range keys {
		for _, value := range asked[key] {
			if value != "" {
				all = append(all, value)
			}
		}
	}
	return all
}

// Mentions reports whether the view's name or query names somebody, whatever the case. A number is not named by a longer number, a word not by the
// middle of another.
func (v *View) Mentions(who string) bool {
	return slices.ContainsFunc(append(v.Values(), v.Name), func(text string) bool { return mentions(strings.ToLower(text), strings.ToLower(who)) })
}

func mentions(text, who string) bool {
	if who == "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(who)
	last, _ := utf8.DecodeLastRuneInString(who)
	for from := 0; ; {
		at := strings.Index(text[from:], who)
		if at < 0 {
			return false
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, size := utf8.DecodeRuneInString(text[at+len(who):])
		continued := size > 0 && unicode.IsDigit(last) && unicode.IsDigit(after)
		if !continued && !(unicode.IsDigit(first) && unicode.IsDigit(before)) && !(unicode.IsLetter(first) && unicode.IsLetter(before)) {
			return true
		}
		_, size = utf8.DecodeRuneInString(who)
		from = at + size
	}
}

// Differences are the fields that differ between two states of a view.
func Differences(old, next *View) []string {
	changed := []string{}
	for _, f := range []struct {
		name    string
		differs bool
	}{
		{"page", old.Page != next.Page}, {"name", old.Name != next.Name}, {"query", old.Query != next.Query}, {"shared", old.Shared != next.Shared},
	} {
		if f.differs {
			changed = append(changed, f.name)
		}
	}
	return changed
}
