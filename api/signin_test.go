package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

// W2, W3: the sign-in says who the client is, whatever it claims itself.
func TestSignInAnswersWhoTheClientIs(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	token := a.token("ours", access.Viewer)
	f := a.open(a.wsURL())
	hello := f.take("hello")
	require.Equal(t, 15_000, hello.Data.HeartbeatMs)
	require.Equal(t, 5_000, hello.Data.AuthTimeoutMs)
	require.NotEmpty(t, hello.Data.ServerTime)
	ack := f.must("auth", map[string]any{"token": token, "organizationId": "default", "userId": "me"})
	o, err := a.engine.Access().EnsureOrganization("ours")
	require.NoError(t, err)
	require.Equal(t, o.ID, ack.Data.OrganizationID)
	require.Equal(t, a.engine.Access().Tokens(o.ID)[0].ID, ack.Data.UserID)
	require.Equal(t, a.engine.Epoch(), ack.Data.Epoch)
	require.Contains(t, ack.text, `"seq":`)
	require.Contains(t, ack.text, `"expiresAt":null`)
}

// newToken makes a token that ends after d; 0: never.
func (a *appliance) newToken(organization string, d time.Duration, roles ...access.Role) (id, secret string) {
	a.t.Helper()
	o, err := a.engine.Access().EnsureOrganization(organization)
	require.NoError(a.t, err)
	in := access.TokenInput{Name: "test", OrganizationID: o.ID, Roles: roles}
	if d > 0 {
		in.ExpiresAt = time.Now().Add(d)
	}
	token, secret, err := a.engine.Access().CreateToken(audit.System(), in)
	require.NoError(a.t, err)
	return token.ID, secret
}

// A client whose sign-in ends is told before, and goes on with a new one on
// the same socket, subscriptions and all.
func TestSignInIsRenewedOnTheSameSocketBeforeItExpires(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.times.look = 10 * time.Millisecond })
	_, first := a.newToken("default", 30*time.Second, access.Viewer) // less than the warning's minute
	second, secret := a.newToken("default", 0, access.Viewer)
	f := a.connect()
	f.must("auth", map[string]string{"token": first})
	f.must("subscribe", subscription("execution_updates"))
	ends, err := time.Parse(time.RFC3339Nano, f.had("auth:expiring").Data.ExpiresAt)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(30*time.Second), ends, 15*time.Second)

	ack := f.must("auth", map[string]string{"token": secret})
	require.Equal(t, second, ack.Data.UserID)
	require.Empty(t, ack.Data.ExpiresAt)
	p, err := a.engine.Access().Authenticate(first)
	require.NoError(t, err)
	require.NoError(t, a.engine.Access().RevokeToken(audit.System(), p.OrganizationID, p.ID)) // it is not this socket's any more
	a.post(testSecret, batch(event("execution.started", "e")))
	require.Equal(t, "e", f.take("execution:update").Data.ExecutionID)
	require.NoError(t, a.engine.Access().RevokeToken(audit.System(), p.OrganizationID, second))
	f.closed(4401)
}

// A second sign-in changes neither the organisation nor takes rights from
// subscriptions that exist; a wrong one ends the socket as a wrong first does.
func TestSecondSignInIsAsStrictAsTheFirst(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	f := a.follow(testSecret)
	f.must("subscribe", subscription("execution_updates"))
	for _, secret := range []string{a.token("theirs", access.Viewer), a.token("", access.Integration)} {
		f.refused("forbidden", "auth", map[string]string{"token": secret})
	}
	theirs := a.token("theirs", access.Integration)
	a.post(theirs, batch(event("execution.started", "secret")))
	f.nothingElse()
	f.refused("unauthorized", "auth", map[string]string{"token": "wrong"})
	f.closed(4401)
}

// A browser session signs in by its cookie, if its own page asks.
func TestCookieSignsInFromTheOwnPageOnly(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.AllowedOrigins = []string{"https://office.example"} })
	cookie, _, _ := strings.Cut(a.send("POST", "/api/auth/session", "", []byte(`{"key":"`+a.link()+`"}`)).header.Get("Set-Cookie"), ";")
	for _, origin := range []string{a.url, "https://office.example"} {
		f := a.connect("Cookie", cookie, "Origin", origin)
		ack := f.must("auth", map[string]any{})
		require.NotContains(t, ack.text, `"expiresAt":null`)
		f.must("subscribe", subscription("execution_updates"))
	}
	f := a.connect("Cookie", cookie) // whoever sends it, it is not the page
	f.refused("unauthorized", "auth", map[string]any{})
	f.closed(4401)
	f = a.connect("Cookie", cookie, "Origin", a.url) // a wrong token is not made good by a cookie
	f.refused("unauthorized", "auth", map[string]string{"token": "wrong"})
	f.closed(4401)
	f = a.connect("Cookie", "flowwatch_session=wrong", "Origin", a.url)
	f.refused("unauthorized", "auth", map[string]any{})
	f.closed(4401)
}

// SEC1: revoked tokens and ended sessions lose their connections at once,
// expired ones soon.
func TestEndedPrincipalsLoseTheirConnections(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.times.look = 20 * time.Millisecond })
	store := a.engine.Access()
	o, err := store.EnsureOrganization("default")
	require.NoError(t, err)
	token, secret, err := store.CreateToken(audit.System(), access.TokenInput{Name: "x", OrganizationID: o.ID, Roles: []access.Role{access.Viewer}})
	require.NoError(t, err)
	revoked, other := a.follow(secret), a.follow(testSecret)
	require.NoError(t, store.RevokeToken(audit.System(), o.ID, token.ID))
	revoked.closed(4401)

	cookie, _, _ := strings.Cut(a.send("POST", "/api/auth/session", "", []byte(`{"key":"`+a.link()+`"}`)).header.Get("Set-Cookie"), ";")
	ended := a.connect("Cookie", cookie, "Origin", a.url)
	ended.must("auth", map[string]any{})
	require.Equal(t, http.StatusNoContent, a.send("POST", "/api/auth/logout", "", nil, "Cookie", cookie).status)
	ended.closed(4401)

	_, secret, err = store.CreateToken(audit.System(), access.TokenInput{
		Name: "y", OrganizationID: o.ID, Roles: []access.Role{access.Viewer}, ExpiresAt: time.Now().Add(2 * time.Second),
	})
	require.NoError(t, err)
	expired := a.follow(secret)
	expired.closed(4401)
	other.must("ping", nil)
}
