package text

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var parameter = regexp.MustCompile(`\{[^{}]*\}`)

func parameters(s string) []string {
	found := parameter.FindAllString(s, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// withoutCount are the parameters but n, which a form may say in words.
func withoutCount(s string) []string {
	return slices.DeleteFunc(append([]string{}, parameters(s)...), func(p string) bool { return p == "{n}" })
}

// TestCataloguesAgree holds keys, parameters and plural categories of the languages together.
func TestCataloguesAgree(t *testing.T) {
	t.Parallel()
	polish, english := catalogues[Polish](), catalogues[English]()
	require.NotEmpty(t, polish)
	for key := range english {
		require.Contains(t, polish, key)
	}
	for key, p := range polish {
		e, ok := english[key]
		require.True(t, ok, "%s is not said in English", key)
		require.Equal(t, p.forms == nil, e.forms == nil, "%s has forms in one language alone", key)
		if p.forms == nil {
			require.NotEmpty(t, p.text, key)
			require.NotEmpty(t, e.text, key)
			require.Equal(t, parameters(p.text), parameters(e.text), key)
			continue
		}
		want := withoutCount(p.forms[other])
		for l, forms := range map[Language]map[category]string{Polish: p.forms, English: e.forms} {
			require.Len(t, forms, len(categories[l]), key)
			for _, c := range categories[l] {
				require.NotEmpty(t, forms[c], "%s, %s, %s", key, l, c)
				require.Equal(t, want, withoutCount(forms[c]), key)
			}
		}
	}
}

// TestEveryPhraseIsUsed finds what nobody says any more.
func TestEveryPhraseIsUsed(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var source strings.Builder
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			b, err := os.ReadFile(name)
			require.NoError(t, err)
			source.Write(b)
		}
	}
	built := regexp.MustCompile(`^(message|sentence|month|weekday|resource|metric|operator|channel|subject\.resolved|body\.resolved)\.`)
	for key := range catalogues[Polish]() {
		plain := strings.TrimSuffix(key, ".running")
		require.True(t, built.MatchString(key) || strings.Contains(source.String(), `"`+plain+`"`), "%s is said nowhere", key)
	}
}

func TestPluralsOfPolish(t *testing.T) { // 3.4
	t.Parallel()
	for n, want := range map[float64]category{
		0: many, 1: one, 2: few, 4: few, 5: many, 11: many, 12: many, 14: many, 21: many, 22: few, 24: few, 25: many, 100: many, 101: many,
		102: few, 112: many, 122: few, 1000: many, 1.5: other,
	} {
		require.Equal(t, want, Polish.category(n), "%v", n)
	}
	require.Equal(t, one, English.category(1))
	require.Equal(t, other, English.category(0))
	require.Equal(t, other, English.category(21))
}

func TestRestoredStrings(t *testing.T) { // 3.1, Z10: the seed's exact wording
	t.Parallel()
	require.Equal(t, map[string]string{
		"executionStarted": "Wykonanie workflow rozpoczęte", "executionCompleted": "Wykonanie workflow zakończone pomyślnie",
		"executionFailed": "Wykonanie workflow nie powiodło się", "stepCompleted": "Krok zakończony", "stepFailed": "Krok nie powiódł się",
		"alertTriggered": "Wyzwolono alert", "alertAcknowledged": "Alert został potwierdzony", "queueBacklog": "Wykryto zaległości w kolejce",
		"resourceWarning": "Ostrzeżenie o zasobach systemu", "performanceDegraded": "Wykryto spadek wydajności",
	}, Messages(Polish))
	for _, name := range []string{"pl.json", "en.json"} {
		b, err := files.ReadFile(name)
		require.NoError(t, err)
		for _, r := range string(b) {
			require.False(t, r >= 0x300 && r <= 0x36f, "%s is not NFC", name)
			require.False(t, r >= 0x4e00 && r <= 0x9fff, "%s is garbled", name)
		}
	}
}

func TestSayRefusesWhatIsNotThere(t *testing.T) {
	t.Parallel()
	require.Panics(t, func() { Polish.say("no.such.key") })
	require.Panics(t, func() { Polish.say("subject.digest", "where", "x") }, "forms without n")
	require.Equal(t, "{id}: wykonanie x nie powiodło się", Polish.say("subject.execution_failed", "wf", "{id}", "id", "x"), "values are not templates")
}
