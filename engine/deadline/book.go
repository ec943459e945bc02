package deadline

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"flowwatch/engine/fault"
)

const (
	schemaName       = "deadline-rules/1"
	country          = "PL"
	mistakesShownMax = 10
)

// shipped is the file that comes with the product: templates, which nobody has
// to believe before their office confirmed them.
//
//go:embed rules-pl.json
var shipped []byte

// Book is a file of rules and holidays that was read and found good. It is immutable.
type Book struct {
	Version  string
	Calendar *Calendar
	Rules    []Rule // in the order of the file

	byID map[string]*Rule
}

// file is the form of the data. Thresholds are for people.
type file struct {
	Schema     string            `json:"schema"`
	Version    string            `json:"version"`
	Country    string            `json:"country"`
	TimeZone   string            `json:"timezone"`
	Status     string            `json:"status"`
	About      []string          `json:"about"`
	Sources    []string          `json:"sources"`
	Holidays   Holidays          `json:"holidays"`
	Thresholds json.RawMessage   `json:"thresholds"`
	Rules      []json.RawMessage `json:"rules"`
}

// Shipped is the book that comes with the product.
func Shipped() *Book {
	b, err := Parse(shipped)
	if err != nil {
		panic("BUG: deadline: rules-pl.json: " + err.Error())
	}
	return b
}

// Parse reads a file of rules and holidays. It is good as a whole or not at
// all: the error is fault.Invalid, its message and fields say every mistake.
func Parse(data []byte) (*Book, error) {
	var f file
	if err := decodeStrict(data, &f); err != nil {
		return nil, mistaken([]fault.Field{wrongForm(err, "")})
	}
	k := &checker{}
	k.wrong(f.Schema != schemaName, "schema", "must be "+schemaName)
	k.wrong(f.Country != country, "country", "must be "+country)
	k.wrong(f.TimeZone != zoneName, "timezone", "must be "+zoneName)
	k.wrong(f.Version == "", "version", "must not be empty")
	k.wrong(len(f.Rules) > rulesMax, "rules", fmt.Sprintf("at most %d", rulesMax))
	k.fields = append(k.fields, f.Holidays.check("holidays.")...)
	b := &Book{Version: f.Version, Rules: make([]Rule, 0, min(len(f.Rules), rulesMax)), byID: map[string]*Rule{}}
	seen := map[string]bool{}
	for i, text := range f.Rules[:min(len(f.Rules), rulesMax)] {
		prefix := fmt.Sprintf("rules[%d].", i)
		r := NewRule()
		if err := decodeStrict(text, &r); err != nil {
			k.fields = append(k.fields, wrongForm(err, prefix))
			continue
		}
		r.Tidy()
		k.fields = append(k.fields, r.Check(prefix)...)
		k.wrong(seen[r.ID], prefix+"id", "another rule has it: "+r.ID)
		seen[r.ID] = true
		b.Rules = append(b.Rules, r)
	}
	if len(k.fields) > 0 {
		return nil, mistaken(k.fields)
	}
	for i := range b.Rules {
		b.byID[b.Rules[i].ID] = &b.Rules[i]
	}
	b.Calendar = newCalendar(&f.Holidays)
	return b, nil
}

// Rule finds a rule of the book; nil when it has none of that id.
func (b *Book) Rule(id string) *Rule { return b.byID[id] }

// Decode reads JSON strictly: a member that v has not is a mistake. The error
// is fault.Invalid, and its field begins with prefix.
func Decode(data []byte, v any, prefix string) error {
	if err := decodeStrict(data, v); err != nil {
		return mistaken([]fault.Field{wrongForm(err, prefix)})
	}
	return nil
}

func decodeStrict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the document")
	}
	return nil
}

// wrongForm points at what the decoder did not take.
func wrongForm(err error, prefix string) fault.Field {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fault.Field{Location: strings.TrimSuffix(prefix+members(wrong.Field), "."), Message: "must not be a JSON " + wrong.Value}
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fault.Field{Location: prefix + strings.Trim(name, `"`), Message: "unknown"}
	}
	at := strings.TrimSuffix(prefix, ".")
	if at == "" {
		at = "document"
	}
	return fault.Field{Location: at, Message: strings.TrimPrefix(err.Error(), "json: ")}
}

// members is a decoder's path without the names of embedded structs, which no
// document has: they begin with a capital.
func members(path string) string {
	names := strings.Split(path, ".")
	return strings.Join(slices.DeleteFunc(names, func(s string) bool { return s != "" && s[0] >= 'A' && s[0] <= 'Z' }), ".")
}

// mistaken is the error that lists the mistakes.
func mistaken(fields []fault.Field) error {
	var all []string
	for i, f := range fields {
		if i == mistakesShownMax {
			all = append(all, fmt.Sprintf("and %d more", len(fields)-i))
			break
		}
		all = append(all, f.Location+": "+f.Message)
	}
	return fault.New(fault.Invalid, "invalid_field", "the deadline rules are not valid: "+strings.Join(all, "; ")).With(fields...)
}
