package alert

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// TestFingerprintLeavesOutParticulars: B-99.
func TestFingerprintLeavesOutParticulars(t *testing.T) {
	t.Parallel()
	same := func(texts ...string) {
		t.Helper()
		for _, text := range texts {
			require.Equal(t, Fingerprint(texts[0]), Fingerprint(text), text)
		}
		require.NotEmpty(t, Fingerprint(texts[0]))
	}
	same("KSeF 503 for invoice FV/2026/11/001", "KSeF 502 for invoice FV/2026/12/17")
	same("order 8f14e45f-ceea-467f-9575-0e5d4f1c9a11 not found", "order 0cc175b9-c0f1-b6a8-31c3-99e269772661 not found")
	same("timeout after 30s at 2026-11-23T02:14:00Z", "timeout after 45s at 2026-11-24T03:15:01Z")
	same(`client "ABC" unknown`, `client "XYZ sp. z o.o." unknown`, "CLIENT „Inna” unknown")
	same("segfault at 0xdeadbeef", "segfault at 0x1234")
	same("commit 3fa9c21e failed", "commit a81bc02d failed")
	same("GET https://a.example/1 refused", "GET https://b.example/x?y=2 refused")
	same("no mail for jan@firma.pl", "no mail for anna@biuro.example")
	same("PESEL *********12 wrong", "PESEL *** wrong")
	same("brak autoryzacji\nat line 5", "brak autoryzacji\nat line 77")
	require.NotEqual(t, Fingerprint("brak autoryzacji"), Fingerprint("brak połączenia"))
	require.Empty(t, Fingerprint("12345\n"))
	require.Empty(t, Fingerprint(""))
	require.Equal(t, "zażółć", Fingerprint("ZAŻÓŁĆ"))
}

// FuzzFingerprint: bounded, valid, one line, and a fingerprint of itself.
func FuzzFingerprint(f *testing.F) {
	f.Add("KSeF 503: faktura FV/1/2026 „x”")
	f.Add(strings.Repeat("żółw ", 100))
	f.Add("\xff\xfe 0xAB '")
	f.Fuzz(func(t *testing.T, text string) {
		got := Fingerprint(text)
		require.LessOrEqual(t, len(got), fingerprintBytesMax)
		require.True(t, utf8.ValidString(got))
		require.NotContains(t, got, "\n")
		require.False(t, strings.ContainsAny(got, "0123456789"), got)
		require.Equal(t, got, Fingerprint(text))
	})
}

// FuzzNormalise: whatever is read, Normalise answers; what it accepts it accepts again unchanged, and Evaluate takes it.
func FuzzNormalise(f *testing.F) {
	f.Add(`{"alertType":"custom","alertName":"abc","conditions":[{"metric":"duration","operator":"gt","threshold":1}],"notificationChannels":[{"type":"in_app"}]}`)
	f.Add(`{"alertType":"high_error_rate","alertName":"abc","conditions":[{"threshold":0.1,"timeWindowMinutes":1.5}],"notificationChannels":[{"type":"sms","config":[]}]}`)
	f.Add(`{"alertType":"execution_failed","conditions":null,"cooldownMinutes":4}`)
	f.Fuzz(func(t *testing.T, text string) {
		r := &Rule{}
		if json.Unmarshal([]byte(text), r) != nil || r.Normalise() != nil {
			return
		}
		before, err := json.Marshal(r)
		require.NoError(t, err)
		require.Nil(t, r.Normalise())
		after, err := json.Marshal(r)
		require.NoError(t, err)
		require.JSONEq(t, string(before), string(after))
		stored := &Rule{}
		require.NoError(t, json.Unmarshal(after, stored))
		require.True(t, r.Same(stored), "as it is read from the store")
		for _, kind := range []Kind{ExecutionChanged, QueueMeasured, ResourceMeasured, TimePassed, BuiltinJudged} {
			o := &Observation{Kind: kind, At: t0, Run: &Run{ExecutionID: "a", Ended: true, Status: 4, CompletedAt: t0, DurationMs: 5}, History: NewHistory()}
			_, _, err := Evaluate(r, NewState("r", r.Scope(o)), o, t0)
			require.NoError(t, err)
		}
	})
}
