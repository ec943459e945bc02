package mask

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// 5.13: the list of keys is the organisation's to add to, in JSON and in texts.
func TestOwnKeysHideInJSONAndInTexts(t *testing.T) {
	t.Parallel()
	r := NewRules([]string{"Kontrahent", "Nr sprawy", "kod_bonusu"})
	text := func(in, want string) {
		t.Helper()
		assert.Equal(t, want, r.Text(in))
		assert.Equal(t, want, r.Text(want), "masking twice")
	}
	text("kontrahent: Nowak i syn, krok 3", "kontrahent: ***, krok 3")
	text("KONTRAHENT=Nowak krok=3", "KONTRAHENT=*** krok=3")
	text("Nr sprawy: 77/A; wiersz 3", "Nr sprawy: ***; wiersz 3")
	text("dla nr sprawy = 77 nic", "dla nr sprawy = *** nic")
	text("nr_sprawy=77 nrSprawy=78", "nr_sprawy=*** nrSprawy=***")
	text("wiersz.3.kodBonusu: 12", "wiersz.3.kodBonusu: ***")
	text(`błąd {"kontrahent": "Nowak", "x": 1}`, `błąd {"kontrahent": "***", "x": 1}`)
	text("kontrahent Nowak, sprawy: 3, nr: 4", "kontrahent Nowak, sprawy: 3, nr: 4")
	text("pesel=44051401359 kontrahent=x", "pesel=*********59 kontrahent=***")
	text("at f (x.js:1)\nkontrahent: Nowak\n  at g", "at f (x.js:1)\nkontrahent: ***\n  at g")

	object := func(in, want string) {
		t.Helper()
		assert.Equal(t, want, string(r.JSON([]byte(in))))
		assert.Equal(t, want, string(r.JSON([]byte(want))), "masking twice")
	}
	object(`{"kontrahent":{"a":1},"b":"nr sprawy: 7; x"}`, `{"kontrahent":"***","b":"nr sprawy: ***; x"}`)
	object(`{"b":"{\"kontrahent\":\"x\",\"c\":\"44051401359\"}"}`, `{"b":"{\"kontrahent\":\"***\",\"c\":\"*********59\"}"}`)
	object(`{"x.kontrahent":1,"kontrahenci":2}`, `{"x.kontrahent":"***","kontrahenci":2}`)

	assert.Equal(t, "kontrahent: ***", r.Preview("\nkontrahent: Nowak\nnr sprawy: 1"))
	assert.Equal(t, "kontrahent: Nowak", Preview("kontrahent: Nowak"))
	assert.Nil(t, NewRules(nil))
	assert.Nil(t, NewRules([]string{"!"}), "a key of no letters and digits is none")
}

func TestKeysAloneLeaveNumbersAndTexts(t *testing.T) {
	t.Parallel()
	f := func(r *Rules, in, want string) {
		t.Helper()
		assert.Equal(t, want, string(r.JSONByKeys([]byte(in))))
	}
	f(nil, `{"haslo":"x","a":44051401359,"b":"44051401359"}`, `{"haslo":"***","a":44051401359,"b":"44051401359"}`)
	f(NewRules([]string{"a"}), `{"a":1,"b":"a: 1","c":"{\"a\":1,\"b\":44051401359}"}`, `{"a":"***","b":"a: 1","c":"{\"a\":\"***\",\"b\":44051401359}"}`)
}

func TestOneMemberIsSpared(t *testing.T) {
	t.Parallel()
	f := func(in, want string) {
		t.Helper()
		assert.Equal(t, want, string((*Rules)(nil).JSONSparing([]byte(in), "id")))
	}
	f(`{"id":"5260250274","x":{"id":"5260250274"}}`, `{"id":"5260250274","x":{"id":"*******274"}}`)
	f(`{"ids":"5260250274","i":"5260250274","id":{"haslo":1}}`, `{"ids":"*******274","i":"*******274","id":{"haslo":1}}`)
	f(`[{"id":"44051401359"}]`, `[{"id":"*********59"}]`)
	f(`{"id`, `{"id`)
}

func FuzzRules(f *testing.F) {
	r := NewRules([]string{"kontrahent", "Nr sprawy", "ż x y z"})
	for _, s := range []string{`{"kontrahent":1}`, "nr sprawy: kontrahent=x", "ż x y z => \"a\"", "a nr sprawy='", `{"a":"nr sprawy: 44051401359"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if once := r.Text(s); r.Text(once) != once {
			t.Fatalf("not stable:\n%q\n%q\n%q", s, once, r.Text(once))
		}
		for name, mask := range map[string]func([]byte) []byte{
			"JSON": r.JSON, "keys": r.JSONByKeys, "sparing": func(b []byte) []byte { return r.JSONSparing(b, "a") },
		} {
			once := mask([]byte(s))
			if json.Valid([]byte(s)) != json.Valid(once) {
				t.Fatalf("%s: validity changed: %q -> %q", name, s, once)
			}
			if twice := mask(once); string(twice) != string(once) {
				t.Fatalf("%s: not stable:\n%q\n%q\n%q", name, s, once, twice)
			}
		}
	})
}

// Own keys of several words look back over a bounded number of them.
func BenchmarkOwnKeys(b *testing.B) {
	for name, r := range map[string]*Rules{"none": nil, "three": NewRules([]string{"kontrahent", "Nr sprawy", "kod bonusu pracownika"})} {
		for text, s := range map[string]string{"stack": strings.Repeat("  at Object.run (/srv/app/node_modules/x/y.js:10:3)\n", 40), "words": strings.Repeat("a b c d e: ", 500)} {
			b.Run(name+"/"+text, func(b *testing.B) {
				b.SetBytes(int64(len(s)))
				for b.Loop() {
					r.Text(s)
				}
			})
		}
	}
}

func TestLabelsAreMaskedByTheirNames(t *testing.T) {
	t.Parallel()
	own := NewRules([]string{"mandant"})
	for _, c := range []struct{ name, value, want string }{
		{"nazwisko", "Kowalski", "***"}, {"haslo", "abc", "***"}, {"api_token", "abc", "***"}, {"worker.imie", "Anna", "***"}, {"mandant", "K-7", "***"},
		{"server_address", "db1.local:5432", "db1.local:5432"}, {"address", "10.0.0.1:80", "10.0.0.1:80"}, {"adres", "Prosta 5", "***"},
		{"instance", "db1.local:9100", "db1.local:9100"}, {"job", "node", "node"}, {"client", "44051401359", own.Text("44051401359")}, {"nazwisko", "", ""},
	} {
		if got := own.Label(c.name, c.value); got != c.want {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
	}
	if got := (*Rules)(nil).Label("mandant", "K-7"); got != "K-7" {
		t.Errorf("without rules: %q", got)
	}
}
