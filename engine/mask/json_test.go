package mask

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestJSONMasksByKeyAndByPattern(t *testing.T) {
	t.Parallel()
	f := func(in, want string) {
		t.Helper()
		raw := []byte(in)
		out := JSON(raw)
		assert.Equal(t, want, string(out))
		assert.Equal(t, in, string(raw), "the input is not written to")
		assert.Equal(t, json.Valid(raw), json.Valid(out))
		assert.Equal(t, want, string(JSON(out)), "masking twice")
	}
	f(`{"b": 1,  "a":[true,null,1.50e+3,"x"] }`, `{"b": 1,  "a":[true,null,1.50e+3,"x"] }`)
	f(`{"Hasło":"x","kwota_netto":1234.50,"z":1}`, `{"Hasło":"***","kwota_netto":"***","z":1}`)
	f(`{"has\u0142o":"x"}`, `{"has\u0142o":"***"}`)
	f(`{"adres":{"ulica":"Prosta","nr":[1,{"a":"}"}]},"x":2}`, `{"adres":"***","x":2}`)
	f(`{"tokens":[1],"token":["a"],"secret":null,"password":true,"email":""}`, `{"tokens":[1],"token":"***","secret":null,"password":true,"email":""}`)
	f(`{"opis":"PESEL 44051401359, 12345678901"}`, `{"opis":"PESEL *********59, 12345678901"}`)
	f(`{"opis":"\"4405140135\u0039\"\n"}`, `{"opis":"\"*********59\"\n"}`)
	f(`{"44051401359":{"x":1}}`, `{"*********59":{"x":1}}`)
	f(`{"klient":44051401359,"kwota":12345678901,"t":1763992800123}`, `{"klient":"*********59","kwota":12345678901,"t":1763992800123}`)
	f(`{"body":"{\"haslo\":\"x\",\"a\":1}"}`, `{"body":"{\"haslo\":\"***\",\"a\":1}"}`)
	f(`["[44051401359]"]`, `["[\"*********59\"]"]`)
	f(`"PL61109010140000071219812874"`, `"************************2874"`)
	f(`44051401359`, `"*********59"`)
	f(`{"haslo":"x"`, `{"haslo":"***"`)
	f(`pesel 44051401359`, `pesel *********59`)
	f(`{"a":"\ud83d\ude00 44051401359 \ud800"}`, `{"a":"😀 *********59 `+"\uFFFD"+`"}`)
	f(``, ``)
}

func TestJSONHidesWhatIsTooDeepAndStaysValid(t *testing.T) {
	t.Parallel()
	nest := func(n int) string { return strings.Repeat("[", n) + `"x"` + strings.Repeat("]", n) }
	assert.Equal(t, nest(depthMax), string(JSON([]byte(nest(depthMax)))))
	out := string(JSON([]byte(nest(depthMax + 1))))
	assert.Equal(t, strings.Repeat("[", depthMax)+`"***"`+strings.Repeat("]", depthMax), out)
	for _, n := range []int{depthValidMax, depthValidMax + 1, 100_000} {
		in := []byte(nest(n))
		assert.Equal(t, json.Valid(in), json.Valid(JSON(in)), n)
	}
}

func TestCleanInputIsReturnedWithoutACopy(t *testing.T) {
	raw := []byte(cleanJSON)
	assert.Zero(t, testing.AllocsPerRun(10, func() { JSON(raw) }))
	s := "krok zakończony bez uwag (3/12), czas 12,5 s"
	assert.Zero(t, testing.AllocsPerRun(10, func() { Text(s) }))
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{
		cleanJSON, dirtyJSON, `{"haslo":{"a":[1,"}"]}}`, `"\u0034\ud800"`, `["[44051401359]"]`, `{"a":`, "\"password=\x01\"", `{"a\u0000":-0.1e5}`, `[01]`, ` "" `,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := string(raw)
		once := JSON(raw)
		if string(raw) != before {
			t.Fatal("input changed")
		}
		if json.Valid(raw) != json.Valid(once) {
			t.Fatalf("validity changed: %q -> %q", raw, once)
		}
		if twice := JSON(once); string(twice) != string(once) {
			t.Fatalf("not stable:\n%q\n%q\n%q", raw, once, twice)
		}
	})
}
