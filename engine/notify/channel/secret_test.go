package channel

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/alert"
)

// vaultOf splits channels as the engine does: what is stored, and what the vault holds.
func vaultOf(t *testing.T, channels ...alert.Channel) (stored []alert.Channel, lookup func(string) (string, bool)) {
	t.Helper()
	vault := map[string]string{}
	for _, c := range channels {
		s, ref, secret, err := Split(c)
		require.NoError(t, err)
		if ref != "" {
			vault[ref] = secret
		}
		stored = append(stored, s)
	}
	return stored, func(ref string) (string, bool) {
		s, ok := vault[ref]
		return s, ok
	}
}

func TestSecretsAreKeptApart(t *testing.T) { // B-51
	t.Parallel()
	f := func(channelType, config string, hidden ...string) {
		t.Helper()
		clear := given(channelType, config)
		stored, ref, secret, err := Split(clear)
		require.NoError(t, err)
		shown := Shown(clear)
		for _, s := range hidden {
			require.NotContains(t, string(stored.Config), s)
			require.NotContains(t, string(shown.Config), s)
			require.NotContains(t, string(Shown(stored).Config), s)
			require.Contains(t, secret, s)
		}
		require.Equal(t, len(hidden) > 0, ref != "")
		require.Equal(t, ref, Ref(stored))
		joined, err := Join(stored, secret)
		require.NoError(t, err)
		var want, got map[string]any
		require.NoError(t, json.Unmarshal(clear.Config, &want))
		require.NoError(t, json.Unmarshal(joined.Config, &got))
		delete(got, "secretRef")
		require.Equal(t, want, got)
	}
	f("webhook", `{"url":"https://a.example/x","secret":"s3cret","note":"kept"}`, "s3cret")
	f("webhook", `{"url":"https://user:pa55@a.example/x?token=t0ken"}`, "pa55", "t0ken")
	f("webhook", `{"url":"https://a.example/x"}`)
	f("slack", `{"webhookUrl":"https://hooks.slack.com/services/T/B/tajny","channel":"#alerty"}`, "tajny")
	f("email", `{"to":["a@b.pl"]}`)
}

func TestHiddenKeepsWhatIsThere(t *testing.T) { // B-51: PATCH with the mask
	t.Parallel()
	old, secret := vaultOf(t, given("webhook", `{"url":"https://a.example/x","secret":"s3cret"}`),
		given("slack", `{"webhookUrl":"https://hooks.slack.com/services/T/B/tajny"}`), given("webhook", `{"url":"https://u:p@b.example/?t=1"}`),
		given("email", `{"to":["a@b.pl"]}`))
	next := []alert.Channel{old[2], old[0], old[1], old[3]} // sent back in another order
	clear, fields := Keep(next, old, secret)
	require.Empty(t, fields)
	for i, want := range []string{"https://u:p@b.example/?t=1", "s3cret", "tajny", "a@b.pl"} {
		require.Contains(t, string(clear[i].Config), want)
		require.Equal(t, Ref(next[i]), Ref(clear[i]), "messages on their way still find it")
		stored, ref, _, err := Split(clear[i])
		require.NoError(t, err)
		require.Equal(t, Ref(next[i]), ref)
		require.JSONEq(t, string(next[i].Config), string(stored.Config))
	}

	// Without the ref it is found by its address.
	clear, fields = Keep([]alert.Channel{given("webhook", `{"url":"https://a.example/x","secret":"********"}`), given("slack", `{"webhookUrl":"********"}`)}, old, secret)
	require.Empty(t, fields)
	require.Contains(t, string(clear[0].Config), "s3cret")
	require.Contains(t, string(clear[1].Config), "tajny")
}

func TestHiddenGivesNothingAway(t *testing.T) {
	t.Parallel()
	old, secret := vaultOf(t, given("webhook", `{"url":"https://u:pa55@b.example/hook","secret":"s3cret"}`),
		given("slack", `{"webhookUrl":"https://hooks.slack.com/services/T/B/tajny"}`))
	f := func(c alert.Channel, from []alert.Channel, at ...string) {
		t.Helper()
		clear, fields := Keep([]alert.Channel{c}, from, secret)
		require.Equal(t, at, locations(fields))
		require.NotContains(t, string(clear[0].Config), "pa55")
		require.NotContains(t, string(clear[0].Config), "tajny")
	}
	// Credentials do not go to another host.
	f(given("webhook", `{"url":"https://********@evil.example/hook","secretRef":"`+Ref(old[0])+`"}`), old, "[0].config.url")
	// Another rule's ref is nobody's.
	f(given("webhook", `{"url":"https://********@b.example/hook","secretRef":"`+Ref(old[0])+`"}`), nil, "[0].config.url")
	f(given("slack", `{"webhookUrl":"********","secretRef":"`+Ref(old[1])+`"}`), nil, "[0].config.webhookUrl")
	f(given("slack", `{"webhookUrl":"********#0000","secretRef":"`+Ref(old[1])+`"}`), old, "[0].config.webhookUrl")
	f(given("webhook", `{"url":"https://c.example/","secret":"********"}`), old, "[0].config.secret")

	// A ref is dropped where it is not the rule's own, and used once.
	clear, fields := Keep([]alert.Channel{given("webhook", `{"url":"https://c.example/","secret":"new","secretRef":"foreign"}`)}, old, secret)
	require.Empty(t, fields)
	require.Empty(t, Ref(clear[0]))
	clear, fields = Keep([]alert.Channel{old[1], old[1]}, old, secret)
	require.Empty(t, fields)
	require.Equal(t, Ref(old[1]), Ref(clear[0]))
	require.Empty(t, Ref(clear[1]))

	// Without the key file the secret is not there, and nothing is made up.
	_, fields = Keep([]alert.Channel{old[1]}, old, func(string) (string, bool) { return "", false })
	require.Equal(t, []string{"[0].config.webhookUrl"}, locations(fields))
}
