package main_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

const (
	attackBombBytes   = 64 << 20 // what a bomb unfolds to
	attackAnswerLimit = 45 * time.Second
	attackAnswerBytes = 64 << 10 // that are read of an answer
	attackSlowFor     = 40 * time.Second
	attackWrongMax    = 20 // that are told
	attackCut         = 0  // stands for a status: the connection was closed without an answer
	attackLate        = -1 // the same: no answer in time, or no connection
)

// attack is one kind of hostile traffic: so many attackers do it again and again with a pause between, and each time it must end in one of the
// statuses, or in the close code of a socket.
type attack struct {
	name      string
	attackers int
	pause     time.Duration
	allowed   []int
	once      func(*attacker) (int, []byte)
}

// assault runs attacks on one server and counts how they ended.
type assault struct {
	server *child
	rogue  string // a token of an organisation that attacks
	bombs  map[string][]byte

	mu      sync.Mutex
	endings map[string]map[int]int // by the attack's name, then by status
	wrong   []string
}

// attacker is one source of attacks. Each attempt comes from another address of the loopback network, so that what is limited by address
// does not stop it, and stops nobody else.
type attacker struct {
	*assault
	number, attempts int
	random           *rand.Rand
	stop             context.Context
}

func newAssault(t *testing.T, server *child, rogue string) *assault {
	t.Helper()
	spaces := append(bytes.Repeat([]byte(" "), attackBombBytes), "[]"...)
	var gz bytes.Buffer
	packer := gzip.NewWriter(&gz)
	_, err := packer.Write(spaces)
	require.NoError(t, err)
	require.NoError(t, packer.Close())
	encoder, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return &assault{
		server: server, rogue: rogue, endings: map[string]map[int]int{},
		bombs: map[string][]byte{"gzip": gz.Bytes(), "zstd": encoder.EncodeAll(spaces, nil)},
	}
}

// refusedLate are the ends that any attack may have: on a busy machine time is up before a request is sent or read.
var refusedLate = []int{attackCut, attackLate, http.StatusRequestTimeout}

// attacks are what the server is open to.
func attacks() []attack {
	return []attack{
		{"compressed bombs", 2, 500 * time.Millisecond, []int{401, 413, 422}, (*attacker).compressedBomb},
		{"JSON bombs", 2, 300 * time.Millisecond, []int{400, 413, 422}, (*attacker).jsonBomb},
		{"garbage for HTTP", 2, 50 * time.Millisecond, []int{400, 405, 431}, (*attacker).garbage},
		{"garbage for events", 2, 100 * time.Millisecond, []int{400, 422}, (*attacker).garbageEvents},
		{"slow bodies", 100, time.Second, []int{400, 401, 413}, (*attacker).slowBody},
		{"sockets that say nothing", 100, time.Second, []int{4408, 429}, (*attacker).silentSocket},
		{"sockets with wrong tokens", 2, 200 * time.Millisecond, []int{4401, 429}, (*attacker).wrongSocket},
		{"wrong tokens", 2, 20 * time.Millisecond, []int{401}, (*attacker).wrongToken},
		{"wrong passwords", 4, 200 * time.Millisecond, []int{401, 429, 503}, (*attacker).wrongPassword},
		{"paths out of the page", 2, 50 * time.Millisecond, []int{200, 400, 401, 404}, (*attacker).traversal},
		{"oversized headers", 2, 50 * time.Millisecond, []int{431}, (*attacker).oversizedHeader},
		{"forged origins", 2, 50 * time.Millisecond, []int{403, 429}, (*attacker).forgedOrigin},
	}
}

// run attacks until ctx ends; it returns when every attacker has stopped.
func (a *assault) run(ctx context.Context) {
	var wait sync.WaitGroup
	number := 0
	for _, one := range attacks() {
		for range one.attackers {
			number++
			source := &attacker{assault: a, number: number, random: rand.New(rand.NewPCG(uint64(number), 4)), stop: ctx}
			wait.Go(func() { source.repeat(one) })
		}
	}
	wait.Wait()
}

func (a *attacker) repeat(of attack) {
	for a.pauses(time.Duration(a.random.Int64N(int64(2 * of.pause)))) {
		status, body := of.once(a)
		a.attempts++
		if a.stop.Err() == nil {
			a.note(of, status, body)
		}
	}
}

// pauses reports whether to go on afterwards.
func (a *attacker) pauses(d time.Duration) bool {
	select {
	case <-a.stop.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func (a *assault) note(of attack, status int, body []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.endings[of.name] == nil {
		a.endings[of.name] = map[int]int{}
	}
	a.endings[of.name][status]++
	if (!slices.Contains(slices.Concat(refusedLate, of.allowed), status) || bytes.Contains(body, []byte("root:"))) && len(a.wrong) < attackWrongMax {
		a.wrong = append(a.wrong, fmt.Sprintf("%s: %d %.300s", of.name, status, body))
	}
}

// dialer dials from the attacker's next address, 127.x.y.z.
func (a *attacker) dialer() net.Dialer {
	ip := net.IPv4(127, byte(1+a.number>>8), byte(a.number), byte(1+a.attempts%250))
	return net.Dialer{LocalAddr: &net.TCPAddr{IP: ip}, Timeout: attackAnswerLimit}
}

// ask sends a request as it stands and reads the answer.
func (a *attacker) ask(request ...[]byte) (int, []byte) {
	dialer := a.dialer()
	conn, err := dialer.DialContext(a.stop, "tcp", a.server.address)
	if err != nil {
		return attackLate, []byte(err.Error())
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(attackAnswerLimit))
	for _, part := range request {
		if _, err := conn.Write(part); err != nil { // refused while it was still being sent
			break
		}
	}
	return readAnswer(conn)
}

func readAnswer(conn net.Conn) (int, []byte) {
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return attackLate, []byte("no answer in time")
	}
	if err != nil {
		return attackCut, nil
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(answer.Body, attackAnswerBytes))
	return answer.StatusCode, body
}

// head is the beginning of a request with a body of so many bytes.
func head(method, path, token string, size int, lines ...string) []byte {
	all := append([]string{method + " " + path + " HTTP/1.1", "Host: flowwatch", "Content-Type: application/json", fmt.Sprint("Content-Length: ", size)}, lines...)
	if token != "" {
		all = append(all, "Authorization: Bearer "+token)
	}
	return []byte(strings.Join(all, "\r\n") + "\r\n\r\n")
}

// either is the token of the organisation that attacks, or none.
func (a *attacker) either() string {
	if a.attempts%4 == 3 {
		return ""
	}
	return a.rogue
}

func (a *attacker) compressedBomb() (int, []byte) {
	encoding := []string{"gzip", "zstd"}[a.attempts%2]
	bomb := a.bombs[encoding]
	return a.ask(head("POST", "/api/ingest/events", a.either(), len(bomb), "Content-Encoding: "+encoding), bomb)
}

func (a *attacker) jsonBomb() (int, []byte) {
	bombs := []string{
		strings.Repeat("[", 1<<20), strings.Repeat(`{"a":`, 200_000), `{"type":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}",
		`{"timestamp":1` + strings.Repeat("0", 1<<20) + `}`, `{"type":"` + strings.Repeat(`\u0000`, 200_000) + `"}`,
		"[" + strings.Repeat("{},", 300_000) + "{}]",
	}
	bomb := []byte(bombs[a.attempts%len(bombs)])
	return a.ask(head("POST", "/api/ingest/events", a.rogue, len(bomb)), bomb)
}

func (a *attacker) noise(size int) []byte {
	noise := make([]byte, size)
	for i := range noise {
		noise[i] = byte(a.random.Uint32())
	}
	return noise
}

func (a *attacker) garbage() (int, []byte) {
	return a.ask(a.noise(16+a.random.IntN(2048)), []byte("\r\n\r\n"))
}

func (a *attacker) garbageEvents() (int, []byte) {
	body := a.noise(1 + a.random.IntN(32<<10))
	return a.ask(head("POST", "/api/ingest/events", a.rogue, len(body)), body)
}

// slowBody sends a byte a second until it is thrown out.
func (a *attacker) slowBody() (int, []byte) {
	dialer := a.dialer()
	conn, err := dialer.DialContext(a.stop, "tcp", a.server.address)
	if err != nil {
		return attackLate, []byte(err.Error())
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(attackSlowFor + attackAnswerLimit))
	_, err = conn.Write(head("POST", "/api/ingest/events", a.either(), 60_000))
	for began := time.Now(); err == nil && time.Since(began) < attackSlowFor && a.pauses(time.Second); {
		_, err = conn.Write([]byte(" "))
	}
	if a.stop.Err() != nil {
		return attackCut, nil
	}
	return readAnswer(conn)
}

// socket opens a WebSocket: status 101, or why there is none.
func (a *attacker) socket() (conn *websocket.Conn, status int, body []byte) {
	source := a.dialer()
	dialer := websocket.Dialer{NetDialContext: source.DialContext, HandshakeTimeout: attackAnswerLimit}
	conn, answer, err := dialer.DialContext(a.stop, "ws://"+a.server.address+"/api/monitoring/ws", nil)
	switch {
	case answer == nil:
		return nil, attackLate, []byte(fmt.Sprint(err))
	case err != nil:
		body, _ = io.ReadAll(answer.Body)
		_ = answer.Body.Close()
	}
	return conn, answer.StatusCode, body
}

// closing reads a socket to its end and returns the close code.
func closing(conn *websocket.Conn, limit time.Duration) (int, []byte) {
	_ = conn.SetReadDeadline(time.Now().Add(limit))
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			if closed := new(websocket.CloseError); errors.As(err, &closed) {
				return closed.Code, nil
			}
			return attackLate, []byte(err.Error())
		}
	}
}

func (a *attacker) silentSocket() (int, []byte) {
	conn, status, body := a.socket()
	if conn == nil {
		return status, body
	}
	defer conn.Close()
	return closing(conn, silentSocketLimit)
}

func (a *attacker) wrongSocket() (int, []byte) {
	conn, status, body := a.socket()
	if conn == nil {
		return status, body
	}
	defer conn.Close()
	if err := conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"id":1,"event":"auth","data":{"token":"%x"}}`, a.noise(16))); err != nil {
		return attackLate, []byte(err.Error())
	}
	return closing(conn, silentSocketLimit)
}

func (a *attacker) wrongToken() (int, []byte) {
	return a.ask(head("GET", "/api/monitoring/executions", fmt.Sprintf("%x", a.noise(24)), 0))
}

func (a *attacker) wrongPassword() (int, []byte) {
	login := []string{"anna", "root", "admin"}[a.attempts%3]
	body := fmt.Appendf(nil, `{"login":%q,"password":"%x"}`, login, a.noise(8))
	return a.ask(head("POST", "/api/auth/login", "", len(body)), body)
}

func (a *attacker) traversal() (int, []byte) {
	paths := []string{
		"/../../../../etc/passwd", "/assets/../../../../etc/passwd", "/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/assets/..%2f..%2f..%2fetc%2fpasswd", "//etc/passwd",
		`/assets/\..\..\..\etc\passwd`, "/assets/%00", "/api/../../etc/passwd", "/%252e%252e/etc/passwd", "file:///etc/passwd", "/api/monitoring/executions/..%2f..%2fx",
	}
	return a.ask(head("GET", paths[a.attempts%len(paths)], "", 0))
}

func (a *attacker) oversizedHeader() (int, []byte) {
	return a.ask(head("GET", "/healthz", "", 0, "X-Long: "+strings.Repeat("x", 1<<(12+a.attempts%8))))
}

func (a *attacker) forgedOrigin() (int, []byte) {
	if a.attempts%2 == 0 {
		return a.ask([]byte("GET /api/monitoring/ws HTTP/1.1\r\nHost: flowwatch\r\nOrigin: http://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"))
	}
	return a.ask(head("POST", "/api/auth/login", "", 2, "Origin: http://evil.example"), []byte("{}"))
}
