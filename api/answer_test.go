package api

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine"
)

// linked raises an alert that is told by webhook, and returns the path of the link in the message.
func (a *appliance) linked(rule, failure string) string {
	a.t.Helper()
	a.allow = []string{"127.0.0.1"}
	a.restart()
	h := newHook(a.t)
	a.rule(fmt.Sprintf(`{"alertType":"execution_failed","alertName":%q,"notificationChannels":[{"type":"webhook","config":{"url":%q}}]}`, rule, h.URL))
	a.failed("bad", "w", failure)
	require.Eventually(a.t, func() bool { return len(h.got()) == 1 }, answerLimit, 10*time.Millisecond)
	_, rest, found := strings.Cut(h.got()[0], `"acknowledge":"`+a.url)
	require.True(a.t, found, h.got()[0])
	path, _, _ := strings.Cut(rest, `"`)
	return path
}

// B-92, SEC7: the page of a link says what is known as text, whatever is in it; it runs nothing, is kept nowhere, and tells nobody where one came from.
func TestAnswerPageIsSafe(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	path := a.linked(`<script>alert(1)</script>`, `,"workflowName":"<img src=x onerror=alert(2)>"`)
	for _, headers := range [][]string{{"Accept", "text/html"}, {"Accept", "text/html", "Accept-Language", "en-GB,en;q=0.9,pl;q=0.5"}} {
		page := a.send("GET", path, "", nil, headers...)
		require.Equal(t, http.StatusOK, page.status)
		require.NotContains(t, string(page.body), "<script")
		require.NotContains(t, string(page.body), "<img")
		require.Contains(t, string(page.body), "&lt;script&gt;")
		require.Equal(t, answerCSP, page.header.Get("Content-Security-Policy"))
		require.Equal(t, "no-referrer", page.header.Get("Referrer-Policy"))
		require.Equal(t, "no-store", page.header.Get("Cache-Control"))
		require.Equal(t, "nosniff", page.header.Get("X-Content-Type-Options"))
		require.Empty(t, page.header.Values("Set-Cookie"))
		language, button := `lang="pl"`, "Potwierdź"
		if len(headers) > 2 {
			language, button = `lang="en"`, "Acknowledge"
		}
		require.Contains(t, string(page.body), language)
		require.Contains(t, string(page.body), button)
	}
	require.Equal(t, http.StatusOK, a.send("HEAD", path, "", nil).status)
	require.Equal(t, "active", a.alerts("")[0].Status, "who looks changes nothing")

	form := url.Values{"action": {"acknowledge"}, "comment": {"<b>zaraz</b>\r\ndrugi wiersz"}}.Encode()
	got := a.send("POST", path, "", []byte(form), "Content-Type", formMedia, "Accept", "text/html")
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	require.NotContains(t, string(got.body), "<b>")
	record := a.alerts("")[0]
	require.Equal(t, "acknowledged", record.Status)
	require.Contains(t, *record.AcknowledgedBy, "link:")
	require.Contains(t, record.Comments[0].Text, "zaraz")
	again := a.send("POST", path, "", []byte(form), "Content-Type", formMedia, "Accept", "text/html")
	require.Equal(t, http.StatusOK, again.status)
	require.Equal(t, record.Comments, a.alerts("")[0].Comments, "a repetition changes nothing")
}

// What is sent to a link, or to something that looks like one, is refused without harm.
func TestAnswersTakeNothingElse(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	path := a.linked("Failed", "")
	for _, c := range []struct {
		media, body string
		status      int
	}{
		{"application/json", `{}`, 422}, {"application/json", `{"action":"resolve"}`, 422}, {"application/json", `{"action":1}`, 422}, {"application/json", `{`, 400},
		{"application/json", `{"action":"acknowledge","comment":"` + strings.Repeat("x", 1001) + `"}`, 422},
		{formMedia, `action=%zz`, 400}, {formMedia, ``, 422}, {formMedia, `action=delete`, 422}, {formMedia, `action=acknowledge&comment=` + strings.Repeat("x", 501), 422},
		{"text/plain", `action=acknowledge`, 415}, {"multipart/form-data", `x`, 415},
	} {
		got := a.send("POST", path, "", []byte(c.body), "Content-Type", c.media, "Accept", "application/json")
		require.Equal(t, c.status, got.status, "%s %.60s: %s", c.media, c.body, got.body)
	}
	require.Equal(t, "active", a.alerts("")[0].Status)

	random := rand.New(rand.NewPCG(1, 2))
	token := []byte(strings.TrimPrefix(path, "/a/"))
	for range 300 {
		guess := append([]byte(nil), token...)
		switch random.IntN(4) {
		case 0: // one bit
			guess[random.IntN(len(guess))] ^= 1 << random.IntN(8)
		case 1:
			guess = guess[:random.IntN(len(guess))]
		case 2:
			guess = append(guess, byte(random.IntN(256)))
		default:
			for i := range guess {
				guess[i] = byte(random.IntN(256))
			}
		}
		if string(guess) == string(token) {
			continue
		}
		escaped := url.PathEscape(string(guess))
		for _, method := range []string{"GET", "POST"} {
			got := a.send(method, "/a/"+escaped, "", []byte(`{"action":"acknowledge"}`), "Accept", "application/json")
			require.GreaterOrEqual(t, got.status, 400, "%q", guess)
			require.Less(t, got.status, 500, "%q: %s", guess, got.body)
			require.NotContains(t, string(got.body), "Failed")
		}
	}
	require.Equal(t, "active", a.alerts("")[0].Status)
	require.Equal(t, 200, a.send("POST", path, "", []byte(`{"action":"acknowledge"}`), "Accept", "application/json").status)
}

// A link outlives a restart, and the record whose link it is may not be another's.
func TestLinkOutlivesRestart(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	path := a.linked("Failed", "")
	a.restart()
	got := a.send("POST", path, "", []byte(`{"action":"escalate","comment":"pilne"}`), "Accept", "application/json")
	require.Equal(t, 1, decoded[engine.AlertRecord](t, got).EscalationLevel)
	require.Len(t, a.entries(testSecret, "monitoring.alert.escalated"), 1)
}

// B-92: who guesses links waits after ten unknown ones in a minute, and is then told nothing of good ones that he could tell apart; others go on.
func TestGuessedLinksAreSlowedDown(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.RateLimit = true })
	for n := range guessesPerMinute {
		got := a.send("GET", fmt.Sprintf("/a/unknown%05d", n), "", nil, "Accept", "application/json")
		requireProblem(t, got, http.StatusNotFound, "not_found")
	}
	got := a.send("GET", "/a/unknown-next", "", nil, "Accept", "application/json")
	requireProblem(t, got, http.StatusTooManyRequests, "rate_limited")
	require.NotEmpty(t, got.header.Get("Retry-After"))
	require.Equal(t, http.StatusTooManyRequests, a.send("POST", "/a/unknown-next", "", []byte(`{"action":"acknowledge"}`)).status)
	require.Equal(t, http.StatusOK, a.send("GET", alertsPath, testSecret, nil).status)
}
