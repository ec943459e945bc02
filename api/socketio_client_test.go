package api

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/stretchr/testify/require"

	"flowwatch/api/compat/socketio"
)

const ioQuery = "/socket.io/?EIO=4&transport="

// ioPoller is a client of Socket.IO that polls, packet by packet.
type ioPoller struct {
	a   *appliance
	sid string
}

func (a *appliance) ioBegin(headers ...string) *ioPoller {
	a.t.Helper()
	got := a.send("GET", ioQuery+"polling", "", nil, headers...)
	require.Equal(a.t, http.StatusOK, got.status, "%s", got.body)
	require.Equal(a.t, byte(socketio.OpenPacket), got.body[0])
	var h socketio.Handshake
	require.NoError(a.t, json.Unmarshal(got.body[1:], &h))
	require.Equal(a.t, []string{"websocket"}, h.Upgrades)
	require.Equal(a.t, messageBytesMax, h.MaxPayload)
	return &ioPoller{a, h.SID}
}

func (p *ioPoller) query(t socketio.Transport) string { return ioQuery + string(t) + "&sid=" + p.sid }

// poll answers the packets of one poll.
func (p *ioPoller) poll() (status int, packets []string) {
	p.a.t.Helper()
	got := p.a.send("GET", p.query(socketio.Polling), "", nil)
	return got.status, strings.Split(string(got.body), "\x1e")
}

func (p *ioPoller) say(packets ...string) int {
	p.a.t.Helper()
	return p.a.send("POST", p.query(socketio.Polling), "", []byte(strings.Join(packets, "\x1e")), "Content-Type", "text/plain").status
}

// until polls until a packet begins as wanted.
func (p *ioPoller) until(prefix string) string {
	p.a.t.Helper()
	var seen []string
	for limit := time.Now().Add(answerLimit); time.Now().Before(limit); {
		status, packets := p.poll()
		require.Equal(p.a.t, http.StatusOK, status, "after %q", seen)
		for _, packet := range packets {
			if strings.HasPrefix(packet, prefix) {
				return packet
			}
		}
		seen = append(seen, packets...)
	}
	require.Fail(p.a.t, "it did not come", "%s after %q", prefix, seen)
	return ""
}

// gone requires that the session is over, soon.
func (p *ioPoller) gone() {
	p.a.t.Helper()
	require.Eventually(p.a.t, func() bool {
		status, _ := p.poll()
		return status == http.StatusBadRequest
	}, answerLimit, time.Millisecond)
}

func connectPacket(token string) string { return `40/monitoring,{"token":"` + token + `"}` }

// ioJoin begins a session that polls, and joins the namespace.
func (a *appliance) ioJoin(token string) *ioPoller {
	a.t.Helper()
	p := a.ioBegin()
	require.Equal(a.t, http.StatusOK, p.say(connectPacket(token)))
	require.JSONEq(a.t, `{"sid":"`+p.sid+`"}`, strings.TrimPrefix(p.until("40/monitoring,"), "40/monitoring,"))
	return p
}

// ask emits an event and answers what it is acknowledged by.
func (p *ioPoller) ask(event, data string) string {
	p.a.t.Helper()
	require.Equal(p.a.t, http.StatusOK, p.say(`42/monitoring,7["`+event+`",`+data+`]`))
	return strings.TrimPrefix(p.until("43/monitoring,7"), "43/monitoring,7")
}

// ioSocket is a WebSocket of a client of Socket.IO.
type ioSocket struct {
	t    *testing.T
	conn *websocket.Conn
}

// ioDial opens one: of the session, or a new one where there is none.
func (a *appliance) ioDial(p *ioPoller) *ioSocket {
	a.t.Helper()
	path := ioQuery + "websocket"
	if p != nil {
		path = p.query(socketio.WebSocket)
	}
	conn, _, err := a.dial("ws" + strings.TrimPrefix(a.url, "http") + path)
	require.NoError(a.t, err)
	a.t.Cleanup(func() { _ = conn.Close() })
	return &ioSocket{a.t, conn}
}

func (w *ioSocket) say(text string) {
	w.t.Helper()
	require.NoError(w.t, w.conn.WriteMessage(websocket.TextMessage, []byte(text)))
}

func (w *ioSocket) read() (string, error) {
	require.NoError(w.t, w.conn.SetReadDeadline(time.Now().Add(answerLimit)))
	_, text, err := w.conn.ReadMessage()
	return string(text), err
}

// until reads until a packet begins as wanted.
func (w *ioSocket) until(prefix string) string {
	w.t.Helper()
	var seen []string
	for {
		text, err := w.read()
		require.NoError(w.t, err, "%s after %q", prefix, seen)
		if strings.HasPrefix(text, prefix) {
			return text
		}
		seen = append(seen, text)
	}
}

// closed reads until the end, by the server and in time, and answers what came before.
func (w *ioSocket) closed() (seen []string) {
	w.t.Helper()
	for {
		text, err := w.read()
		if err != nil {
			var late net.Error
			require.False(w.t, errors.As(err, &late) && late.Timeout(), "it was not closed, after %q", seen)
			return seen
		}
		seen = append(seen, text)
	}
}

// join joins the namespace.
func (w *ioSocket) join(token string) {
	w.t.Helper()
	w.until("0{")
	w.say(connectPacket(token))
	w.until("40/monitoring,")
}
