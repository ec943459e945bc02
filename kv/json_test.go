package kv

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// stored has the kinds of fields that records have.
type stored struct {
	embedded
	Text    string            `json:"text"`
	Number  int64             `json:"number"`
	Small   uint8             `json:"small,omitempty"`
	Ratio   *float64          `json:"ratio"`
	Any     any               `json:"any,omitempty"`
	Object  map[string]any    `json:"object,omitempty"`
	Raw     json.RawMessage   `json:"raw,omitempty"`
	Bytes   []byte            `json:"bytes,omitempty"`
	Sealed  map[string][]byte `json:"sealed,omitempty"`
	List    []embedded        `json:"list"`
	Pair    [2]bool           `json:"pair"`
	Inner   *stored           `json:"inner,omitempty"`
	Zero    embedded          `json:"zero,omitzero"`
	Special special           `json:"special"`
	Hidden  string            `json:"-"`
	Quoted  int               `json:"quoted,string,omitempty"`
}

type embedded struct {
	ID   string `json:"id"`
	Flag bool   `json:"flag,omitempty"`
}

// special writes and reads itself.
type special struct{ text string }

func (s special) MarshalJSON() ([]byte, error) { return json.Marshal("special:" + s.text) }

func (s *special) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &s.text) }

// A number of a document that was read with its digits is stored as a number, and read as encoding/json reads it.
func TestNumbersOfDocumentsStayNumbers(t *testing.T) {
	t.Parallel()
	encode, decode := JSON[map[string]any]()
	text := encode(nil, &map[string]any{"depth": json.Number("60"), "ratio": json.Number("0.5")})
	require.JSONEq(t, `{"depth":60,"ratio":0.5}`, string(text))
	got, err := decode(1, nil, text)
	require.NoError(t, err)
	require.Equal(t, map[string]any{"depth": 60.0, "ratio": 0.5}, *got)
}

// FuzzJSON compares what reads records with encoding/json, by which they were written for ever: the same values, and the same texts refused.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{
		`{"id":"a","text":"zażółć \u017a \ud83d\ude00 \ud83d","number":-9007199254740993,"small":255,"ratio":1e-7,"any":[1,"x",null,{"a":1.5}],"raw": {"b" : 1 },"bytes":"aGVq"}`,
		`{"TEXT":"other case","text":"twice","Text":"thrice","unknown":{"deep":[[[]]]},"list":[{"id":"1"},null],"pair":[true,false,true],"inner":{"number":1},"quoted":"12"}`,
		`{"number":1.5}`, `{"number":1e3}`, `{"small":256}`, `{"small":-1}`, `{"text":1}`, `{"bytes":"!"}`, `{"pair":[true]}`, `{"special":"x","zero":{"id":"z"}}`, `{"special":null}`,
		`{"ratio":null,"any":null,"raw":null,"object":null,"list":null,"inner":null,"text":null,"number":null}`, `null`, `[]`, `{}`, ` {"text":"a"} `, `{"text":"a"}x`, `{"text":"a"`, ``,
		"{\"text\":\"\xff\"}", "{\"text\":\"\x01\"}", `{"sealed":{"smtp.password":"AAEC"},"object":{"a":{"b":[1,2]}}}`, `{"number":01}`, `{"list":[{"id":"1"},{"id":"2"}],"list":[{"flag":true}]}`,
		`{"any":1e400}`, `{"ratio":1e400}`, `{"quoted":12}`, `{"quoted":"x"}`, `{"inner":{"inner":{"text":"deep"}},"inner":{"number":2}}`, `{"raw":[1, 2],"raw":"last"}`,
	} {
		f.Add([]byte(text))
	}
	_, decode := JSON[stored]()
	f.Fuzz(func(t *testing.T, text []byte) {
		want := new(stored)
		wrong := json.Unmarshal(text, want)
		borrowed := bytes.Clone(text)
		got, err := decode(1, nil, borrowed)
		clear(borrowed) // a page of the store, which is another's by then
		if wrong != nil {
			require.Error(t, err, "encoding/json says %v", wrong)
			require.ErrorIs(t, err, ErrCorrupt)
			return
		}
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}
