package trpc

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRequestsNameTheirProcedures(t *testing.T) {
	t.Parallel()
	batch := url.Values{"batch": {"1"}}
	for _, c := range []struct {
		path  string
		query url.Values
		want  Request
	}{
		{"monitoring.a", nil, Request{Paths: []string{"monitoring.a"}}},
		{"monitoring.a,monitoring.b", nil, Request{Paths: []string{"monitoring.a,monitoring.b"}}},
		{"monitoring.a,monitoring.b", batch, Request{Batch: true, Paths: []string{"monitoring.a", "monitoring.b"}}},
		{"monitoring.a%2Cmonitoring.b", batch, Request{Batch: true, Paths: []string{"monitoring.a", "monitoring.b"}}},
		{"a", url.Values{"batch": {"0"}}, Request{Paths: []string{"a"}}},
		{"%zz", nil, Request{Paths: []string{"%zz"}}},
	} {
		got, err := ReadRequest(c.path, c.query, "")
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
	most, err := ReadRequest(strings.Repeat("a,", CallsMax-1)+"a", batch, AcceptStream)
	require.NoError(t, err)
	require.Len(t, most.Paths, CallsMax)
	require.True(t, most.Stream)
	single, err := ReadRequest("a", nil, AcceptStream)
	require.NoError(t, err)
	require.False(t, single.Stream, "only batches are")
	more, err := ReadRequest(strings.Repeat("a,", CallsMax)+"a", batch, "")
	require.ErrorIs(t, err, ErrTooMany)
	require.Equal(t, []string{"a"}, more.Paths, "there is one to answer to")
}

func TestInputsAreReadByTheirNumbers(t *testing.T) {
	t.Parallel()
	single, batch := Request{Paths: []string{"a"}}, Request{Batch: true, Paths: []string{"a", "b"}}
	for _, c := range []struct {
		r    Request
		text string
		want []json.RawMessage
		err  error
	}{
		{single, "", []json.RawMessage{nil}, nil},
		{single, `{"x":1}`, []json.RawMessage{json.RawMessage(`{"x":1}`)}, nil},
		{single, `"x"`, []json.RawMessage{json.RawMessage(`"x"`)}, nil},
		{single, `{"x":`, nil, ErrMalformed},
		{single, `{} {}`, nil, ErrMalformed},
		{batch, "", []json.RawMessage{nil, nil}, nil},
		{batch, `{}`, []json.RawMessage{nil, nil}, nil},
		{batch, `{"1":{"x":1},"7":2}`, []json.RawMessage{nil, json.RawMessage(`{"x":1}`)}, nil},
		{batch, `[1,2]`, nil, ErrNoObject},
		{batch, `null`, nil, ErrNoObject},
		{batch, `{"0":}`, nil, ErrMalformed},
	} {
		got, err := c.r.Inputs([]byte(c.text))
		require.ErrorIs(t, err, c.err, c.text)
		require.Equal(t, c.want, got, c.text)
	}
}

func TestAnswersHaveTheEnvelope(t *testing.T) {
	t.Parallel()
	good := Response{Data: json.RawMessage(`{"x":1}`)}
	bad := Response{Error: &Error{Code: NotFound, Message: "No.", Reason: "not_found", Path: "monitoring.a"}}
	wrong := Response{Error: &Error{Code: BadRequest, Message: "No.", Path: "monitoring.b", Issues: []Issue{{"input.x", "is required"}}}}
	const badText = `{"error":{"message":"No.","code":-32004,"data":{"code":"NOT_FOUND","httpStatus":404,"path":"monitoring.a","reason":"not_found"}}}`
	for _, c := range []struct {
		batch  bool
		all    []Response
		want   string
		status int
	}{
		{false, []Response{good}, `{"result":{"data":{"x":1}}}`, 200},
		{false, []Response{bad}, badText, 404},
		{true, []Response{good}, `[{"result":{"data":{"x":1}}}]`, 200},
		{true, []Response{bad, bad}, `[` + badText + `,` + badText + `]`, 404},
		{true, []Response{good, bad}, `[{"result":{"data":{"x":1}}},` + badText + `]`, http.StatusMultiStatus},
		{
			true, []Response{wrong},
			`[{"error":{"message":"No.","code":-32600,"data":{"code":"BAD_REQUEST","httpStatus":400,"path":"monitoring.b","errors":[{"location":"input.x","message":"is required"}]}}}]`, 400,
		},
	} {
		r := Request{Batch: c.batch}
		body, status, err := r.Answer(c.all)
		require.NoError(t, err)
		require.Equal(t, c.want, string(body))
		require.Equal(t, c.status, status)
	}
}

func TestStreamsAreAHeadWithAllAnswers(t *testing.T) {
	t.Parallel()
	r := Request{Batch: true, Stream: true}
	good, bad := Response{Data: json.RawMessage(`1`)}, Response{Error: &Error{Code: Unauthorized, Message: "No.", Path: "a"}}
	body, status, err := r.Answer([]Response{good, good})
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"0":[[{"result":{"data":1}}]],"1":[[{"result":{"data":1}}]]}`, string(body))
	require.Equal(t, len(body)-1, strings.IndexByte(string(body), '\n'), "one line")
	body, status, err = r.Answer([]Response{bad})
	require.NoError(t, err)
	require.Equal(t, http.StatusMultiStatus, status, "the client reads the stream of good statuses alone")
	require.Contains(t, string(body), `{"0":[[{"error":{`)
}

func TestEveryCodeHasItsNumberAndStatus(t *testing.T) {
	t.Parallel()
	for code, c := range codes {
		require.Negative(t, c.number, code)
		require.GreaterOrEqual(t, c.status, 400, code)
		require.NotEmpty(t, http.StatusText(c.status), code)
	}
}

// FuzzRequest holds that every request has something to be answered to, and that inputs are JSON, one for each call, and outlive the text.
func FuzzRequest(f *testing.F) {
	f.Add("monitoring.a,monitoring.b", true, true, []byte(`{"0":{"x":1},"1":null}`))
	f.Add("monitoring.a", false, false, []byte(`{"x":1}`))
	f.Add("%2c,%zz", true, true, []byte(`{"0":{"0":[]}}`))
	f.Add(strings.Repeat(",", CallsMax), true, false, []byte(`[]`))
	f.Fuzz(func(t *testing.T, path string, batch, stream bool, text []byte) {
		query, accept := url.Values{}, ""
		if stream {
			accept = AcceptStream
		}
		if batch {
			query.Set("batch", "1")
		}
		r, err := ReadRequest(path, query, accept)
		require.NotEmpty(t, r.Paths)
		require.LessOrEqual(t, len(r.Paths), CallsMax)
		if err != nil {
			require.Len(t, r.Paths, 1)
		}
		inputs, err := r.Inputs(text)
		if err != nil {
			return
		}
		require.Len(t, inputs, len(r.Paths))
		clear(text)
		all := make([]Response, len(inputs))
		for i, input := range inputs {
			require.True(t, input == nil || json.Valid(input), "%q", input)
			all[i].Data = input
		}
		body, status, err := r.Answer(all)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		require.True(t, json.Valid(body))
	})
}
