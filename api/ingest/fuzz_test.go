package ingest

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

var fuzzNow = execution.At(time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC))

// FuzzDecode holds the scanner to encoding/json: the same bodies are JSON, the
// same events are taken, with the same values.
func FuzzDecode(f *testing.F) {
	for _, seed := range append(slices.Clone(awkward), typical, `[`+typical+`,`+failing+`]`, failing, `[]`, `{}`, ``) {
		f.Add([]byte(seed))
	}
	codec := NewCodec()
	f.Fuzz(func(t *testing.T, body []byte) {
		batch, err := codec.Decode(body, "", "org", fuzzNow)
		body = bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF"))
		switch blank := len(bytes.Trim(body, " \t\r\n")) == 0; {
		case !utf8.Valid(body):
			require.Equal(t, "not_utf8", fault.Of(err).Code)
			return
		case !json.Valid(body) && !blank:
			require.Equal(t, "malformed_json", fault.Of(err).Code)
			return
		}
		var raws []json.RawMessage
		if body = bytes.Trim(body, " \t\r\n"); bytes.HasPrefix(body, []byte("[")) {
			require.NoError(t, json.Unmarshal(body, &raws))
		} else if len(body) > 0 {
			raws = []json.RawMessage{body}
		}
		switch {
		case len(raws) == 0:
			require.Equal(t, "empty", fault.Of(err).Code)
			return
		case len(raws) > EventsMax:
			require.Equal(t, "too_many_events", fault.Of(err).Code)
			return
		}
		require.NoError(t, err)
		compare(t, raws, batch)
	})
}

func compare(t *testing.T, raws []json.RawMessage, batch Batch) {
	t.Helper()
	require.Equal(t, len(raws), len(batch.Events)+len(batch.Rejected))
	require.Len(t, batch.Positions, len(batch.Events))
	for i, raw := range raws {
		o := oracle{}
		want := o.event(raw, fuzzNow)
		at := slices.Index(batch.Positions, i)
		if len(o.codes) > 0 {
			require.Equal(t, -1, at, "taken although %v: %s", o.codes, raw)
			r := slices.IndexFunc(batch.Rejected, func(r Rejection) bool { return r.Index == i })
			require.Contains(t, o.codes, batch.Rejected[r].Code)
			continue
		}
		require.NotEqual(t, -1, at, "refused: %s: %v", raw, batch.Rejected)
		got := batch.Events[at]
		require.NotEmpty(t, got.ID)
		if want.ID == "" {
			want.ID = got.ID
		}
		require.Equal(t, want, got)
	}
}

// FuzzLines: whatever a line holds, it harms no other, and each is accounted for.
func FuzzLines(f *testing.F) {
	f.Add([]byte(typical + "\n{\n" + failing))
	f.Add([]byte("\n\r\n1 2\n{}x\n[[\n" + typical + "]"))
	codec := NewCodec()
	f.Fuzz(func(t *testing.T, body []byte) {
		good := []byte("\n" + typical + "\n")
		batch, err := codec.Decode(slices.Concat(good, body, good), "application/x-ndjson", "org", fuzzNow)
		if err != nil {
			require.Contains(t, []string{"not_utf8", "too_many_events"}, fault.Of(err).Code)
			return
		}
		total := len(batch.Events) + len(batch.Rejected)
		require.Equal(t, 0, batch.Positions[0])
		require.Equal(t, total-1, batch.Positions[len(batch.Positions)-1])
	})
}

// FuzzTime holds the reader of times to the standard library's.
func FuzzTime(f *testing.F) {
	for _, s := range []string{"2026-11-23T14:00:00Z", "2024-02-29T23:59:59.999999999+14:00", "1970-01-01T00:00:00.5-00:30", "0000-01-01T00:00:00Z"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var want time.Time
		err := want.UnmarshalText(b)
		got, ok := parseTime(b)
		require.Equal(t, err == nil && oracleTime.Match(b), ok, "%s: %v", b, err)
		if ok {
			require.Equal(t, moment{want.Unix(), int64(want.Nanosecond())}, got)
		}
	})
}
