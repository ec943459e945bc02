package socketio

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestPacketsAreReadByTheirKind(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Packet{
		"1": {ClosePacket, []byte{}}, "3": {PongPacket, []byte{}}, "5": {UpgradePacket, []byte{}},
		"2probe": {PingPacket, []byte(Probe)}, "42[\"a\"]": {MessagePacket, []byte(`2["a"]`)}, "4": {MessagePacket, []byte{}},
	} {
		got, err := ReadPacket([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "0", "0{}", "2", "2x", "3x", "6", "7", "a", "\x1e", "1x", "4\xff"} {
		_, err := ReadPacket([]byte(text))
		require.ErrorIs(t, err, ErrMalformed, "%q", text)
	}
	_, err := ReadPacket([]byte("bAQID"))
	require.ErrorIs(t, err, ErrBinary)
}

func TestPayloadsAreTextsBetweenSeparators(t *testing.T) {
	t.Parallel()
	payload := AppendText(AppendText(nil, []byte("2")), []byte(`42["a"]`))
	require.Equal(t, "2\x1e42[\"a\"]", string(payload))
	var texts []string
	for text := range Texts(payload) {
		texts = append(texts, string(text))
	}
	require.Equal(t, []string{"2", `42["a"]`}, texts)
}

func TestMessagesAreReadByTheirType(t *testing.T) {
	t.Parallel()
	seven := uint64(7)
	for text, want := range map[string]Message{
		`0`:                             {Type: Connect, Namespace: "/"},
		`0/monitoring,`:                 {Type: Connect, Namespace: "/monitoring"},
		`0/monitoring`:                  {Type: Connect, Namespace: "/monitoring"},
		`0/monitoring,{"token":"x"}`:    {Type: Connect, Namespace: "/monitoring", Argument: json.RawMessage(`{"token":"x"}`)},
		`1/monitoring,`:                 {Type: Disconnect, Namespace: "/monitoring"},
		`2/monitoring,["a"]`:            {Type: Event, Namespace: "/monitoring", Name: "a"},
		`2/monitoring,7["a",{"b":1},2]`: {Type: Event, Namespace: "/monitoring", ID: &seven, Name: "a", Argument: json.RawMessage(`{"b":1}`)},
		`2["a",null]`:                   {Type: Event, Namespace: "/", Name: "a", Argument: json.RawMessage(`null`)},
		`3/monitoring,7[]`:              {Type: Ack, Namespace: "/monitoring", ID: &seven},
	} {
		got, err := ReadMessage([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		``, `x`, `7`, `4{"message":"x"}`, `0[]`, `0"x"`, `0{`, `0/monitoring,{"a":}`, `1{}`, `1/monitoring,[]`, `2`, `2{}`, `2[]`, `2[1]`, `2[{}]`, `2["a"`, `2null`,
		`2["connect"]`, `2["disconnect"]`, `2abc["a"]`, `299999999999999999999["a"]`, `2-1["a"]`, `3{}`, `3null`, `3`, `2/monitoring["a"]`,
	} {
		_, err := ReadMessage([]byte(text))
		require.ErrorIs(t, err, ErrMalformed, "%q", text)
	}
	for _, text := range []string{`51-["a",{"_placeholder":true,"num":0}]`, `61-/monitoring,7[]`} {
		_, err := ReadMessage([]byte(text))
		require.ErrorIs(t, err, ErrBinary, text)
	}
}

func TestMessagesAreWrittenAsClientsReadThem(t *testing.T) {
	t.Parallel()
	require.Equal(t, `40/monitoring,{"sid":"x"}`, string(AppendConnect(nil, "/monitoring", "x")))
	require.Equal(t, `44/random,{"message":"Invalid namespace"}`, string(AppendConnectError(nil, "/random", "Invalid namespace", nil)))
	require.Equal(t, `44{"message":"unauthorized","data":{"a":1}}`, string(AppendConnectError(nil, "/", "unauthorized", []byte(`{"a":1}`))))
	require.Equal(t, `41/monitoring,`, string(AppendDisconnect(nil, "/monitoring")))
	require.Equal(t, `42/monitoring,["a",{"b":1}]`, string(AppendEvent(nil, "/monitoring", "a", []byte(`{"b":1}`))))
	require.Equal(t, `43/monitoring,7[{"success":true}]`, string(AppendAck(nil, "/monitoring", 7, []byte(`{"success":true}`))))
	require.JSONEq(t, `{"sid":"x","upgrades":[],"pingInterval":15000,"pingTimeout":30000,"maxPayload":65536}`,
		string(Handshake{SID: "x", PingInterval: 15000, PingTimeout: 30000, MaxPayload: 65536}.Text()[1:]))
}

func TestRequestsAreRefusedByTheCodesOfEngineIO(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, query string
		want          error
	}{
		{http.MethodGet, "EIO=4&transport=polling", nil}, {http.MethodGet, "EIO=4&transport=websocket", nil},
		{http.MethodGet, "transport=polling&sid=x", nil}, {http.MethodPost, "EIO=4&transport=polling&sid=x", nil},
		{http.MethodGet, "EIO=4", ErrTransport}, {http.MethodGet, "EIO=4&transport=webtransport", ErrTransport},
		{http.MethodPost, "EIO=4&transport=polling", ErrMethod},
		{http.MethodGet, "EIO=3&transport=polling", ErrVersion}, {http.MethodGet, "transport=websocket", ErrVersion}, {http.MethodGet, "EIO=abc&transport=polling", ErrVersion},
	} {
		query, err := url.ParseQuery(c.query)
		require.NoError(t, err)
		_, err = ReadRequest(c.method, query)
		if c.want == nil {
			require.NoError(t, err, c.query)
		} else {
			require.Equal(t, c.want, err, c.query)
		}
	}
	require.Equal(t, http.StatusForbidden, ErrForbidden.Status())
	require.Equal(t, http.StatusBadRequest, ErrVersion.Status())
}

func TestOnePollAndOnePostAtATime(t *testing.T) {
	t.Parallel()
	l := NewLine()
	for _, way := range []struct {
		begin func() (bool, error)
		end   func()
	}{{l.BeginPoll, l.EndPoll}, {l.BeginPost, l.EndPost}} {
		_, err := way.begin()
		require.NoError(t, err)
		overlap, err := way.begin()
		require.Equal(t, ErrRequest, err)
		require.True(t, overlap)
		way.end()
		_, err = way.begin()
		require.NoError(t, err)
		way.end()
	}
}

func TestTheWebSocketTakesOverWhenTheLastPollIsAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLine()
		require.Error(t, l.Probed(), "nobody asked")
		require.Error(t, l.Take(), "nor probed")
		require.NoError(t, l.Ask())
		require.Error(t, l.Ask(), "one at a time")
		require.False(t, l.Hurried())
		_, err := l.BeginPoll()
		require.NoError(t, err)
		require.NoError(t, l.Probed())
		require.True(t, l.Hurried())
		taken := make(chan error)
		go func() { taken <- l.Take() }()
		synctest.Wait()
		select {
		case <-taken:
			require.Fail(t, "a poll was being answered")
		default:
		}
		l.EndPoll()
		require.NoError(t, <-taken)
		require.True(t, l.Carried())
		l.Abandon()
		require.True(t, l.Carried(), "it is too late")
		for _, begin := range []func() (bool, error){l.BeginPoll, l.BeginPost} {
			overlap, err := begin()
			require.Equal(t, ErrRequest, err)
			require.False(t, overlap, "the session goes on")
		}
		require.Error(t, l.Ask())
	})
}

func TestAWebSocketThatFailsLeavesThePolls(t *testing.T) {
	t.Parallel()
	l := NewLine()
	require.NoError(t, l.Ask())
	require.NoError(t, l.Probed())
	_, err := l.BeginPost()
	require.NoError(t, err)
	require.Error(t, l.Take(), "what the client posted comes first")
	l.EndPost()
	l.Abandon()
	require.False(t, l.Hurried())
	_, err = l.BeginPoll()
	require.NoError(t, err)
	l.EndPoll()
	require.NoError(t, l.Ask(), "it may be tried again")
}

func TestAClosedLineCarriesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewLine()
		_, err := l.BeginPoll()
		require.NoError(t, err)
		_, err = l.BeginPost()
		require.NoError(t, err)
		closed := make(chan struct{})
		go func() {
			l.Close()
			close(closed)
		}()
		synctest.Wait()
		l.EndPoll()
		synctest.Wait()
		select {
		case <-closed:
			require.Fail(t, "a post was being taken")
		default:
		}
		l.EndPost()
		<-closed
		_, err = l.BeginPoll()
		require.Error(t, err)
		require.Error(t, l.Ask())
	})
}

// FuzzReadMessage holds that whatever is read is what its own writing says, and that nothing of it outlives the text.
func FuzzReadMessage(f *testing.F) {
	for _, seed := range []string{
		`40/monitoring,{"token":"x"}`, `42/monitoring,7["subscribe:execution",{"executionId":"e"}]`, `43/monitoring,7[]`, `41/monitoring,`, `451-["a",{"_placeholder":true}]`,
		`42["a"]`, `3`, `2probe`, "42[\"a\"]\x1e42[\"b\"]", `bAQID`, `42/monitoring,00["a"]`, `42["\u0000"]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for text := range Texts(body) {
			packet, err := ReadPacket(text)
			if err != nil {
				continue
			}
			m, err := ReadMessage(packet.Text)
			if packet.Kind != MessagePacket || err != nil || strings.Contains(m.Namespace, ",") {
				continue
			}
			kept := slices.Clone(m.Argument)
			text = bytes.Clone(text)
			clear(packet.Text)
			require.Equal(t, kept, slices.Clone(m.Argument), "%q", text)
			if m.Type != Event || m.ID == nil {
				continue
			}
			argument := m.Argument
			if argument == nil {
				argument = json.RawMessage("null")
			}
			again, err := ReadMessage(AppendEvent(nil, m.Namespace, m.Name, argument)[1:])
			require.NoError(t, err, "%q", text)
			require.Equal(t, m.Name, again.Name)
			require.JSONEq(t, string(argument), string(again.Argument))
		}
	})
}
