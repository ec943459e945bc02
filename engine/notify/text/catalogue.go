package text

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Language is one that messages are written in.
type Language string

// The languages. Everything that is not English is Polish.
const (
	Polish  Language = "pl"
	English Language = "en"
)

//go:embed pl.json en.json
var files embed.FS

// phrase is an entry of a catalogue: a text, or one for each plural category of its parameter n.
type phrase struct {
	text  string
	forms map[category]string
}

// UnmarshalJSON reads a text or an object of forms.
func (p *phrase) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &p.text)
	}
	return json.Unmarshal(b, &p.forms)
}

type catalogue map[string]phrase

func readCatalogue(l Language) catalogue {
	b, err := files.ReadFile(string(l) + ".json")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	var c catalogue
	if err := json.Unmarshal(b, &c); err != nil {
		panic("BUG: catalogue " + string(l) + ": " + err.Error())
	}
	return c
}

var catalogues = map[Language]func() catalogue{
	Polish:  sync.OnceValue(func() catalogue { return readCatalogue(Polish) }),
	English: sync.OnceValue(func() catalogue { return readCatalogue(English) }),
}

// known is l, or Polish.
func (l Language) known() Language {
	if l == English {
		return English
	}
	return Polish
}

// say is the phrase of a key. The pairs are names and values of its parameters: strings as they are, numbers as the language writes them; a
// phrase with forms is chosen by n.
func (l Language) say(key string, pairs ...any) string {
	p, ok := catalogues[l.known()]()[key]
	if !ok {
		panic("BUG: no phrase " + key)
	}
	s := p.text
	if p.forms != nil {
		s = p.forms[l.category(count(pairs))]
	}
	var old []string
	for i := 0; i < len(pairs); i += 2 {
		name, value := fmt.Sprintf("{%v}", pairs[i]), l.value(pairs[i+1])
		if strings.HasSuffix(value, ".") {
			old = append(old, name+".", value) // an abbreviation's dot also ends the sentence
		}
		old = append(old, name, value)
	}
	return strings.NewReplacer(old...).Replace(s)
}

func (l Language) value(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return l.number(float64(v))
	case int64:
		return l.number(float64(v))
	case float64:
		return l.number(v)
	}
	panic(fmt.Sprintf("BUG: a parameter of type %T", v))
}

// count is the parameter n.
func count(pairs []any) float64 {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] != "n" {
			continue
		}
		switch n := pairs[i+1].(type) {
		case int:
			return float64(n)
		case int64:
			return float64(n)
		case float64:
			return n
		}
	}
	panic("BUG: a phrase with forms needs a number n, not " + strconv.Quote(fmt.Sprint(pairs...)))
}
