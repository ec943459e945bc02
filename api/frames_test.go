package api

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/fault"
)

// Whatever a client sends is a request, one that is refused with the id to
// answer to, or no frame at all; an independent reading agrees.
func FuzzReadRequest(f *testing.F) {
	for _, seed := range []string{
		`{"v":1,"id":7,"event":"subscribe","data":{"type":"alerts","filters":{"status":["running"]},"since":{"epoch":"x","seq":1}}}`,
		`{"event":"ping"}`, `{"id":null,"event":"ping","data":null}`, `{"id":-1,"event":"x"}`, `{"id":1e3,"event":"x"}`, `{"id":"1","event":"x"}`,
		`{"id":18446744073709551616,"event":"x"}`, `{"event":5}`, `{"event":""}`, `{}`, `[]`, `null`, ``, ` {"event":"a"} `, `{"event":"a"}{`, "{\"event\":\"\xff\"}",
		`{"event":"a\u0000b","id":0}`, `{"EVENT":"ping"}`, `{"event":"a","event":"b"}`, strings.Repeat(`{"data":`, 100) + strings.Repeat("}", 100),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		before := bytes.Clone(message)
		r, err := readRequest(message)
		require.Equal(t, before, message)
		var members map[string]json.RawMessage
		object := utf8.Valid(message) && json.Unmarshal(message, &members) == nil && members != nil
		require.Equal(t, !object, errors.Is(err, errBadFrame), "%q", message)
		if err != nil {
			require.Contains(t, []fault.Kind{fault.Invalid, fault.Internal}, fault.Of(err).Kind)
			return
		}
		require.NotEmpty(t, r.event)
		var in interest
		if r.read(&in) == nil {
			if filter, err := in.filter(); err == nil {
				require.NotPanics(t, func() { whole(filter) })
			}
			_, _ = in.position()
		}
		_, _ = r.named("executionId")
		for i := range message { // the request is a copy
			message[i] = 'x'
		}
		require.True(t, utf8.ValidString(r.event))
		require.True(t, len(r.data) == 0 || json.Valid(r.data))
	})
}

// What is written on the wire is read back whole, whatever its length, and
// what follows it too.
func FuzzAppendMessage(f *testing.F) {
	for _, n := range []int{0, 1, 125, 126, 127, 65535, 65536, 200_000} {
		f.Add(bytes.Repeat([]byte("x"), n))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		wire := appendMessage([]byte("before"), opText, payload)
		require.Equal(t, "before", string(wire[:6]))
		wire = appendMessage(wire[6:], opPong, []byte("next"))
		op, got, wire := unframed(t, wire)
		require.EqualValues(t, opText, op)
		require.True(t, bytes.Equal(payload, got))
		op, got, wire = unframed(t, wire)
		require.EqualValues(t, opPong, op)
		require.Equal(t, "next", string(got))
		require.Empty(t, wire)
	})
}

// unframed reads one frame as RFC 6455 5.2 has it.
func unframed(t *testing.T, wire []byte) (op byte, payload, rest []byte) {
	t.Helper()
	op, length, rest := wire[0], uint64(wire[1]), wire[2:]
	require.Less(t, length, uint64(128), "a server does not mask")
	switch length {
	case 126:
		length, rest = uint64(binary.BigEndian.Uint16(rest)), rest[2:]
		require.Greater(t, length, uint64(125), "the shortest form")
	case 127:
		length, rest = binary.BigEndian.Uint64(rest), rest[8:]
		require.Greater(t, length, uint64(65535), "the shortest form")
	}
	return op, rest[:length], rest[length:]
}

// A status of any length arrives whole: its frame may be longer than what is
// written at once.
func TestLongAnswersArriveWhole(t *testing.T) {
	t.Parallel()
	a := newAppliance(t)
	var steps []string
	for i := range 2000 {
		steps = append(steps, fmt.Sprintf(`{"stepId":"s-%d","name":"Krok %d"}`, i, i))
	}
	a.post(testSecret, batch(
		event("execution.started", "e", `,"timestamp":"2026-01-01T00:00:00Z","steps":[`+strings.Join(steps, ",")+`]`),
		event("execution.completed", "e", `,"timestamp":"2026-01-01T00:00:01Z"`)))
	f := a.follow(testSecret)
	got := f.must("get:execution:status", map[string]string{"executionId": "e"})
	require.Greater(t, len(got.text), 65536)
	require.JSONEq(t, string(a.send("GET", "/api/monitoring/executions/e", testSecret, nil).body), string(got.Data.Data))
}
