package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api/compat/socketio"
	"flowwatch/engine/access"
	"flowwatch/engine/audit"
)

// shortLinger has ended connections closed soon, also those that do not listen; not so soon that a busy machine is late for the last words.
func shortLinger(o *Options) { o.times.linger = 400 * time.Millisecond }

// What is no session of Engine.IO 4 is refused by its own codes, before anything is upgraded.
func TestSocketIORefusesAsEngineIODoes(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	for _, c := range []struct {
		method, path string
		status, code int
		headers      []string
	}{
		{"GET", "/socket.io/?EIO=3&transport=polling", 400, 5, nil},
		{"GET", "/socket.io/?transport=polling", 400, 5, nil},
		{"GET", "/socket.io/?EIO=4", 400, 0, nil},
		{"GET", "/socket.io/?EIO=4&transport=abc", 400, 0, nil},
		{"POST", "/socket.io/?EIO=4&transport=polling", 400, 2, nil},
		{"GET", ioQuery + "polling&sid=unknown", 400, 1, nil},
		{"POST", ioQuery + "polling&sid=unknown", 400, 1, nil},
		{"GET", ioQuery + "websocket", 400, 3, nil}, // without an upgrade
		{"GET", ioQuery + "%zz", 400, 3, nil},
		{"GET", ioQuery + "polling", 403, 4, []string{"Origin", "https://elsewhere.example"}},
	} {
		got := a.send(c.method, c.path, "", nil, c.headers...)
		require.Equal(t, c.status, got.status, "%s %s: %s", c.method, c.path, got.body)
		require.Equal(t, c.code, decoded[socketio.Refusal](t, got).Code, "%s %s", c.method, c.path)
	}
	for _, query := range []string{"?EIO=3&transport=websocket", "?EIO=4&transport=websocket&sid=unknown"} {
		_, got, err := a.dial("ws" + strings.TrimPrefix(a.url, "http") + "/socket.io/" + query)
		require.Error(t, err)
		require.Equal(t, http.StatusBadRequest, got.status)
	}
	require.Zero(t, a.server.live.count(), "nothing of them is left")
	require.Equal(t, http.StatusOK, a.send("GET", ioQuery+"polling", "", nil, "Origin", a.url).status)
}

// A page of an origin that is allowed may read what it polls, no other (W12).
func TestSocketIOIsReadByAllowedOriginsOnly(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, func(o *Options) { o.AllowedOrigins = []string{"https://office.example"} })
	got := a.send("GET", ioQuery+"polling", "", nil, "Origin", "https://office.example")
	require.Equal(t, "https://office.example", got.header.Get("Access-Control-Allow-Origin"))
	got = a.send("GET", ioQuery+"polling", "", nil, "Origin", a.url)
	require.Empty(t, got.header.Get("Access-Control-Allow-Origin"))
}

// What is no packet ends the session, over both transports, and says why to who has joined.
func TestSocketIOEndsWhoSendsNoPackets(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, shortLinger)
	for _, text := range []string{
		"", "abc", "2", "2probe", "5", "6", "0{}", "3x", "4", "4abc", "42", `42{}`, `42/monitoring,[]`, `42/monitoring,[1]`, `42/monitoring,["connect"]`,
		`42/other,["get:queue:status"]`, `42["get:queue:status"]`, `41`, `44/monitoring,{"message":"x"}`, `40/monitoring,{"token":"x"}`, `43/monitoring,1{}`,
		`45/monitoring,1-["a",{"_placeholder":true,"num":0}]`, `46/monitoring,1-7[]`, "bAQID", `42/monitoring,["a"` + strings.Repeat("[", 20_000), "4\xff",
	} {
		p := a.ioJoin(testSecret)
		require.Equal(t, http.StatusBadRequest, p.say(text), "%q", text)
		why := p.until("42/monitoring,")
		require.Contains(t, why, `["exception",{"status":"error","code":4400,`, "%q", text)
		p.until("1")
		p.gone()

		w := a.ioDial(nil)
		w.join(testSecret)
		w.say(text)
		seen := w.closed()
		require.Len(t, seen, 2, "%q", text)
		require.Equal(t, why, seen[0])
		require.Equal(t, "41/monitoring,", seen[1])
	}
	w := a.ioDial(nil)
	w.join(testSecret)
	require.NoError(t, w.conn.WriteMessage(2, []byte{1, 2}))
	require.Contains(t, w.closed()[0], "binary")
	a.gone()
}

// Nothing is done before the namespace is joined.
func TestSocketIOAsksWhoItIsFirst(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, shortLinger)
	for _, text := range []string{`42/monitoring,1["get:queue:status"]`, `41/monitoring,`, `43/monitoring,1[]`} {
		p := a.ioBegin()
		require.Equal(t, http.StatusBadRequest, p.say(text))
		status, packets := p.poll()
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, []string{"1"}, packets)
		p.gone()
	}
	for _, connect := range []string{connectPacket("wrong"), `40/monitoring,`, `40/monitoring,{}`, `40/monitoring,{"token":1}`, `40/monitoring,{"token":null}`} {
		p := a.ioBegin()
		require.Equal(t, http.StatusOK, p.say(connect))
		require.Contains(t, p.until("44/monitoring,"), `{"message":"unauthorized","data":{"code":"unauthorized"`)
		p.until("1")
		p.gone()
		w := a.ioDial(nil)
		w.until("0{")
		w.say(connect)
		require.Contains(t, w.closed()[0], `44/monitoring,{"message":"unauthorized"`)
	}
	a.gone()

	impatient := newAppliance(t, shortLinger, func(o *Options) { o.times.auth = 100 * time.Millisecond })
	late := impatient.ioBegin()
	late.until("1")
	late.gone()
	require.Empty(t, impatient.ioDial(nil).closed()[1:])
	impatient.gone()
}

// A session of the page counts where the browser says that it is the page that asks.
func TestSocketIOTakesTheSessionOfTheOwnPage(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	cookie, _, _ := strings.Cut(a.send("POST", "/api/auth/session", "", []byte(`{"key":"`+a.link()+`"}`)).header.Get("Set-Cookie"), ";")
	for _, headers := range [][]string{{"Origin", a.url}, {"Sec-Fetch-Site", "same-origin"}} {
		p := a.ioBegin(append(headers, "Cookie", cookie)...)
		p.say(`40/monitoring,`)
		p.until("40/monitoring,")
	}
	p := a.ioBegin("Cookie", cookie)
	p.say(`40/monitoring,`)
	p.until("44/monitoring,")
}

func TestSocketIOBoundsWhatIsSaid(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, shortLinger)
	large := `42/monitoring,["ping",{"x":"` + strings.Repeat("x", messageBytesMax) + `"}]`
	p := a.ioJoin(testSecret)
	require.Equal(t, http.StatusRequestEntityTooLarge, p.say(large))
	require.Equal(t, http.StatusRequestEntityTooLarge, a.send("POST", p.query(socketio.Polling), testSecret, []byte(large)).status, "nor with a token in the header")
	p.gone()
	w := a.ioDial(nil)
	w.join(testSecret)
	w.say(large)
	require.Empty(t, w.closed())

	p = a.ioJoin(testSecret)
	packets := make([]string, messagesBurst+messagesOverMax+10)
	for i := range packets {
		packets[i] = fmt.Sprintf(`42/monitoring,%d["ping"]`, i)
	}
	require.Equal(t, http.StatusOK, p.say(packets...))
	_, said := p.poll()
	all := strings.Join(said, "\n")
	require.Equal(t, messagesOverMax, strings.Count(all, `"code":"rate_limited"`))
	require.GreaterOrEqual(t, strings.Count(all, `[{"success":true}]`), messagesBurst)
	p.gone()
	a.gone()
}

// Two polls at a time end the session; the first is answered.
func TestSocketIOPollsOneAtATime(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, shortLinger)
	p := a.ioJoin(testSecret)
	first := make(chan []string, 1)
	go func() {
		_, packets := p.poll()
		first <- packets
	}()
	session := a.server.io.of(p.sid)
	require.Eventually(t, func() bool {
		overlap, _ := session.line.BeginPoll()
		if !overlap {
			session.line.EndPoll()
		}
		return overlap
	}, answerLimit, time.Millisecond)
	status, _ := p.poll()
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, strings.Join(<-first, "\n"), "41/monitoring,")
	p.gone()
}

func TestSocketIOClientsLeaveByClosing(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, shortLinger)
	for _, text := range []string{"1", "41/monitoring,"} {
		p := a.ioJoin(testSecret)
		require.Equal(t, http.StatusOK, p.say(text))
		_, packets := p.poll()
		require.Equal(t, []string{"6"}, packets)
		p.gone()
		w := a.ioDial(nil)
		w.join(testSecret)
		w.say(text)
		require.Empty(t, w.closed())
	}
	a.gone()
}

// The WebSocket takes over in the order of the protocol and in no other; a session that it carries is polled no more.
func TestSocketIOUpgrades(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, shortLinger)
	a.post(testSecret, batch(event("execution.started", "e")))
	p := a.ioJoin(testSecret)
	for _, early := range []string{"5", "3probe", "2", "42/monitoring,1[\"ping\"]", "2probe and more"} {
		w := a.ioDial(p)
		w.say(early)
		require.Empty(t, w.closed(), early)
	}
	require.JSONEq(t, `[{"success":true}]`, p.ask("ping", "null"), "polls go on")

	w := a.ioDial(p)
	w.say("2probe")
	require.Equal(t, "3probe", w.until("3"))
	require.Empty(t, a.ioDial(p).closed(), "one at a time")
	_, packets := p.poll()
	require.Equal(t, []string{"6"}, packets, "polls end")
	require.NoError(t, w.conn.Close())
	require.Eventually(t, func() bool { return !a.server.io.of(p.sid).line.Hurried() }, answerLimit, time.Millisecond)
	require.JSONEq(t, `[{"success":true}]`, p.ask("subscribe:execution", `{"executionId":"e"}`), "and begin again when it is gone")

	w = a.ioDial(p)
	last := make(chan []string, 1)
	go func() {
		_, packets := p.poll()
		last <- packets
	}()
	w.say("2probe")
	w.until("3probe")
	require.Equal(t, []string{"6"}, <-last)
	w.say("5")
	w.say(`42/monitoring,8["ping"]`)
	require.Equal(t, `43/monitoring,8[{"success":true}]`, w.until("43"))
	a.progress("e", 40)
	require.Contains(t, w.until(`42/monitoring,["execution:update"`), `"progress":40`)
	status, _ := p.poll()
	require.Equal(t, http.StatusBadRequest, status)
	require.Equal(t, http.StatusBadRequest, p.say("3"))
	require.Empty(t, a.ioDial(p).closed())
	w.say(`42/monitoring,9["ping"]`)
	w.until("43/monitoring,9")
	w.say("1")
	require.Empty(t, w.closed())
	a.gone()
}

// Another organisation's things are answered as things that there are not, and nothing of them arrives.
func TestSocketIOShowsNothingOfOtherOrganisations(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	ours, theirs := a.token("ours", access.Viewer, access.Integration), a.token("theirs", access.Viewer, access.Integration)
	a.post(theirs, batch(event("execution.started", "secret")))
	a.post(ours, batch(event("execution.started", "own")))
	p := a.ioJoin(ours)
	for _, name := range []string{"subscribe:execution", "get:execution:status"} {
		foreign, unknown := p.ask(name, `{"executionId":"secret"}`), p.ask(name, `{"executionId":"unknown"}`)
		require.Equal(t, unknown, foreign)
		require.Contains(t, foreign, `[{"success":false,"error":{"code":"not_found"`)
	}
	require.Contains(t, p.ask("subscribe", `{"type":"execution_updates"}`), `"success":true`)
	a.post(theirs, batch(event("execution.completed", "secret")))
	a.post(ours, batch(event("execution.progress", "own", `,"progress":10`)))
	update := p.until(`42/monitoring,["execution:update"`)
	require.Contains(t, update, `"executionId":"own"`)
	var arguments []json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(update, "42/monitoring,")), &arguments))
	var data struct{ Seq uint64 }
	require.NoError(t, json.Unmarshal(arguments[1], &data))
	require.NotZero(t, data.Seq, "B-55")

	feeding := a.ioJoin(a.token("ours", access.Integration))
	require.Contains(t, feeding.ask("get:queue:status", "{}"), `"code":"forbidden"`)
}

// SEC1: who is none any more loses the connection, by either transport.
func TestSocketIOEndsWithItsPrincipal(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, shortLinger, func(o *Options) { o.times.look = 20 * time.Millisecond })
	store := a.engine.Access()
	o, err := store.EnsureOrganization("default")
	require.NoError(t, err)
	for _, life := range []time.Duration{0, 4 * time.Second} {
		var ends time.Time
		if life > 0 {
			ends = time.Now().Add(life)
		}
		token, secret, err := store.CreateToken(audit.System(), access.TokenInput{Name: "x", OrganizationID: o.ID, Roles: []access.Role{access.Viewer}, ExpiresAt: ends})
		require.NoError(t, err)
		p, w := a.ioJoin(secret), a.ioDial(nil)
		w.join(secret)
		if ends.IsZero() {
			require.NoError(t, store.RevokeToken(audit.System(), o.ID, token.ID))
		}
		for _, text := range []string{p.until(`42/monitoring,["exception"`), w.until(`42/monitoring,["exception"`)} {
			require.Contains(t, text, `"code":4401`)
		}
		p.until("1")
		p.gone()
		require.Equal(t, []string{"41/monitoring,"}, w.closed())
	}
	a.gone()
}

// A sign-in that ends is told of and renewed on the same connection.
func TestSocketIORenewsASignIn(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, shortLinger, func(o *Options) { o.times.look, o.times.warning = 20*time.Millisecond, time.Hour })
	o, err := a.engine.Access().EnsureOrganization("default")
	require.NoError(t, err)
	_, secret, err := a.engine.Access().CreateToken(audit.System(), access.TokenInput{
		Name: "x", OrganizationID: o.ID, Roles: []access.Role{access.Viewer}, ExpiresAt: time.Now().Add(time.Minute),
	})
	require.NoError(t, err)
	p := a.ioJoin(secret)
	require.Contains(t, p.until(`42/monitoring,["auth:expiring"`), `"expiresAt":"`)
	require.Contains(t, p.ask("auth", `{"token":"`+testSecret+`"}`), `"success":true`)
	require.Contains(t, p.ask("auth", `{"token":"wrong"}`), `[{"success":false,"error":{"code":"unauthorized"`)
	p.gone()
}

// A client that stops polling holds up nobody and is dropped.
func TestSocketIODropsWhoStopsPolling(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, shortLinger, func(o *Options) { o.times.look, o.times.heartbeat = 20*time.Millisecond, time.Second })
	p := a.ioJoin(testSecret)
	require.Contains(t, p.ask("subscribe", `{"type":"execution_updates"}`), `"success":true`)
	a.postMany(5000)
	a.gone()
	p.gone()

	silent := a.ioJoin(testSecret) // who polls and says nothing is alive as long as it answers pings
	for range 3 {
		silent.until("2")
		require.Equal(t, http.StatusOK, silent.say("3"))
	}
	mute := newAppliance(t, func(o *Options) {
		o.times.look, o.times.heartbeat, o.times.silence = 20*time.Millisecond, 500*time.Millisecond, 1500*time.Millisecond
	}).ioJoin(testSecret)
	mute.until("1")
	mute.gone()
}

// Who polls again after frames were dropped is told so, and gets all of the state anew, a part a poll.
func TestSocketIOThatLostFramesGetsASnapshot(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	p := a.ioJoin(testSecret)
	require.Contains(t, p.ask("subscribe", `{"type":"execution_updates"}`), `"success":true`)
	a.postMany(1000)
	require.Contains(t, p.until(`42/monitoring,["resync"`), "slow_consumer")
	ids := map[string]bool{}
	for more := true; more; {
		status, packets := p.poll()
		require.Equal(t, http.StatusOK, status)
		for _, packet := range packets {
			text, found := strings.CutPrefix(packet, `42/monitoring,["snapshot",`)
			if !found {
				continue
			}
			var part frameData
			require.NoError(t, json.Unmarshal([]byte(strings.TrimSuffix(text, "]")), &part))
			for _, item := range part.Items {
				ids[item.ExecutionID] = true
			}
			more = part.More
		}
	}
	require.Len(t, ids, 1000)
	a.progress("e-1", 5)
	require.Contains(t, p.until(`42/monitoring,["execution:update"`), `"executionId":"e-1"`)
}

// What is owed to a client that asks and does not poll is bounded, too.
func TestSocketIOEndsWhoAsksAndDoesNotPoll(t *testing.T) {
	t.Parallel()
	a := newAppliance(t, shortLinger)
	steps := make([]string, 2000)
	for i := range steps {
		steps[i] = fmt.Sprintf(`{"stepId":"s-%d","name":%q}`, i, strings.Repeat("n", 100))
	}
	a.post(testSecret, batch(event("execution.started", "e", `,"steps":[`+strings.Join(steps, ",")+`]`)))
	p := a.ioJoin(testSecret)
	for i := range messagesBurst {
		if p.say(fmt.Sprintf(`42/monitoring,%d["get:execution:status",{"executionId":"e"}]`, i)) != http.StatusOK {
			break
		}
	}
	p.gone()
	a.gone()
}

// A server that restarts asks to come back.
func TestSocketIOIsToldOfARestart(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	p, w := a.ioJoin(testSecret), a.ioDial(nil)
	w.join(testSecret)
	told := make(chan string, 1)
	go func() { told <- p.until(`42/monitoring,["goaway"`); p.until("1") }()
	a.restart()
	require.Contains(t, <-told, "reconnectAfterMs")
	w.until(`42/monitoring,["goaway"`)
}
