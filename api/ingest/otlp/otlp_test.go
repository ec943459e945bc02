package otlp

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"flowwatch/api/ingest"
	"flowwatch/api/ingest/ingesttest"
	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
)

// now is after n8n was recorded.
var now = execution.At(time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC))

const jsonMedia = "application/json"

func mediaOf(name string) string {
	if filepath.Ext(name) == ".pb" {
		return MediaType
	}
	return jsonMedia
}

func inputs(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, name := range ingesttest.Inputs(t) {
		body, err := os.ReadFile(name)
		require.NoError(t, err)
		all[name] = body
	}
	return all
}

// A request in protobuf and the same in JSON have one golden file.
func TestGoldenFiles(t *testing.T) {
	t.Parallel()
	for name, body := range inputs(t) {
		batch, err := DecodeTraces(ingest.NewCodec(), body, mediaOf(name), now)
		require.NoError(t, err, name)
		ingesttest.GoldenAt(t, name, &batch, now)
	}
}

// told are executions as requests make them.
type told map[string]*execution.Execution

func (x told) add(t *testing.T, codec *ingest.Codec, request ptrace.Traces) {
	t.Helper()
	body, err := new(ptrace.ProtoMarshaler).MarshalTraces(request)
	require.NoError(t, err)
	batch, err := DecodeTraces(codec, body, MediaType, now)
	require.NoError(t, err)
	ingesttest.SoundAt(t, &batch, now)
	for i := range batch.Events {
		e := &batch.Events[i]
		if x[e.ExecutionID] == nil {
			x[e.ExecutionID] = execution.New(e.ExecutionID)
		}
		require.NotEqual(t, execution.Full, execution.Apply(x[e.ExecutionID], e))
	}
}

// seen is what people see of an execution.
type seen struct {
	Summary execution.Summary
	Steps   []execution.Step
}

func (x told) seen() map[string]seen {
	all := map[string]seen{}
	for id, one := range x {
		all[id] = seen{one.Summary(), one.Steps()}
	}
	return all
}

// single is a request of one span.
func single(of ptrace.ResourceSpans, scope ptrace.ScopeSpans, one ptrace.Span) ptrace.Traces {
	request := ptrace.NewTraces()
	resource := request.ResourceSpans().AppendEmpty()
	of.Resource().CopyTo(resource.Resource())
	within := resource.ScopeSpans().AppendEmpty()
	scope.Scope().CopyTo(within.Scope())
	one.CopyTo(within.Spans().AppendEmpty())
	return request
}

func singles(traces ptrace.Traces) (all []ptrace.Traces) {
	for _, resource := range traces.ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, one := range scope.Spans().All() {
				all = append(all, single(resource, scope, one))
			}
		}
	}
	return all
}

// joined are requests of one span as fewer requests, cut anywhere.
func joined(r *rand.Rand, spans []ptrace.Traces) (requests []ptrace.Traces) {
	request := ptrace.NewTraces()
	for _, one := range spans {
		one.ResourceSpans().At(0).CopyTo(request.ResourceSpans().AppendEmpty())
		if r.IntN(3) == 0 {
			requests, request = append(requests, request), ptrace.NewTraces()
		}
	}
	return append(requests, request)
}

// Whatever the order of the spans, in however many requests, once or several times: the runs are the same.
func TestATraceInPiecesIsTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	codec := ingest.NewCodec()
	for name, body := range inputs(t) {
		if mediaOf(name) != jsonMedia {
			continue
		}
		whole, err := new(ptrace.JSONUnmarshaler).UnmarshalTraces(body)
		require.NoError(t, err)
		at := told{}
		at.add(t, codec, whole)
		want, spans := at.seen(), singles(whole)
		for seed := range uint64(60) {
			r := rand.New(rand.NewPCG(seed, 9))
			shuffled := slices.Clone(spans)
			for range r.IntN(len(spans)) {
				shuffled = append(shuffled, spans[r.IntN(len(spans))])
			}
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			got := told{}
			for _, request := range joined(r, shuffled) {
				got.add(t, codec, request)
			}
			require.Equal(t, want, got.seen(), "%s, seed %d", name, seed)
		}
	}
}

// Random trees, some of them without a root yet, of several services.
func TestRandomTracesAreTheSameInAnyOrder(t *testing.T) {
	t.Parallel()
	codec := ingest.NewCodec()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 10))
		spans := singles(randomTrace(r))
		var first map[string]seen
		for range 4 {
			got := told{}
			r.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
			for _, request := range joined(r, spans) {
				got.add(t, codec, request)
			}
			if first == nil {
				first = got.seen()
			}
			require.Equal(t, first, got.seen(), "seed %d", seed)
		}
	}
}

func randomTrace(r *rand.Rand) ptrace.Traces {
	traces := ptrace.NewTraces()
	trace := pcommon.TraceID{1, byte(r.IntN(256))}
	began := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for n := range 2 + r.IntN(12) {
		resource := traces.ResourceSpans().AppendEmpty()
		resource.Resource().Attributes().PutStr("service.name", fmt.Sprint("service-", r.IntN(2)))
		one := resource.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		one.SetTraceID(trace)
		one.SetSpanID(pcommon.SpanID{9, byte(n)})
		one.SetName(fmt.Sprint("part ", n/2))
		one.SetStartTimestamp(pcommon.NewTimestampFromTime(began.Add(time.Duration(n) * time.Second)))
		one.SetEndTimestamp(pcommon.NewTimestampFromTime(began.Add(time.Duration(40-r.IntN(n+1)) * time.Second)))
		if n > 0 {
			one.SetParentSpanID(pcommon.SpanID{9, byte(r.IntN(n))})
		}
		if r.IntN(4) == 0 {
			one.Status().SetCode(ptrace.StatusCodeError)
			one.Status().SetMessage("nie udało się")
		}
	}
	return traces
}

// What says on which machine, by which command and as which user an engine runs is not taken (ecosystem.md 9).
func TestResourcesKeepTheirMachineToThemselves(t *testing.T) {
	t.Parallel()
	for name := range inputs(t) {
		golden, err := os.ReadFile(strings.TrimSuffix(name, filepath.Ext(name)) + ".golden.json")
		require.NoError(t, err)
		for _, private := range []string{"serwer-biura", "ania", `"vm"`, "/bin/node", "command_args", "6287"} {
			require.NotContains(t, string(golden), private, name)
		}
	}
}

func TestWhatIsNoRequestIsRefused(t *testing.T) {
	t.Parallel()
	codec := ingest.NewCodec()
	deep := `{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":` + strings.Repeat(`{"arrayValue":{"values":[`, 40) + strings.Repeat(`]}}`, 40) + `}]}}]}`
	nested := appendText(nil, 1, "x")
	for range 50 {
		nested = appendText(nil, 5, string(appendText(nil, 1, string(nested))))
	}
	value := appendText(nil, 2, string(nested))
	for _, one := range []struct {
		body, media, code string
	}{
		{"{", jsonMedia, "malformed_json"}, {"[]", jsonMedia, "malformed_json"}, {`{"resourceSpans":7}`, jsonMedia, "malformed_json"},
		{`{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz"}]}]}]}`, jsonMedia, "malformed_json"},
		{"\x0a\xff", MediaType, "malformed_protobuf"}, {"{}", MediaType, "malformed_protobuf"}, {"\x0b\x0c", MediaType, "malformed_protobuf"},
		{"{}", "text/plain", "unsupported_media_type"}, {"{}", "application/x-ndjson", "unsupported_media_type"},
		{deep, jsonMedia, "too_many_elements"},
		{`{"resourceSpans":[` + strings.TrimSuffix(strings.Repeat("{},", ObjectsMax), ",") + "]}", jsonMedia, "too_many_elements"},
		{`{"resourceSpans":[{"scopeSpans":[{"spans":[` + strings.TrimSuffix(strings.Repeat("{},", ItemsMax+1), ",") + "]}]}]}", jsonMedia, "too_many_items"},
		{string(appendText(nil, 1, string(appendText(nil, 2, strings.Repeat("\x12\x00", ItemsMax+1))))), MediaType, "too_many_items"},
		{string(appendText(nil, 1, strings.Repeat("\x12\x00", ElementsMax+1))), MediaType, "too_many_elements"},
		{string(appendText(nil, 1, string(appendText(nil, 1, string(appendText(nil, 1, string(value))))))), MediaType, "too_many_elements"},
		{strings.Repeat(" ", ingest.BodyBytesMax+1), jsonMedia, "body_too_large"},
	} {
		_, err := DecodeTraces(codec, []byte(one.body), one.media, now)
		require.Error(t, err, "%.80q", one.body)
		require.Equal(t, one.code, fault.Of(err).Code, "%.80q: %v", one.body, err)
	}
	for _, empty := range []struct{ body, media string }{{"{}", jsonMedia}, {"", MediaType}, {`{"unknown":[1]}`, "application/json; charset=utf-8"}} {
		batch, err := DecodeTraces(codec, []byte(empty.body), empty.media, now)
		require.NoError(t, err)
		require.Empty(t, batch.Events)
	}
}

// What is not UTF-8 in protobuf is made so: names of other engines are no reason to refuse what they report.
func TestTextsAreMadeUTF8(t *testing.T) {
	t.Parallel()
	traces := randomTrace(rand.New(rand.NewPCG(1, 1)))
	for _, resource := range traces.ResourceSpans().All() {
		resource.Resource().Attributes().PutStr("service.name", "\xff")
		resource.ScopeSpans().At(0).Spans().At(0).SetName("za\xc5")
		resource.ScopeSpans().At(0).Spans().At(0).Status().SetMessage("\xfe")
	}
	told{}.add(t, ingest.NewCodec(), traces)
}

// FuzzDecodeTraces: whatever is sent, what comes out of it is sound, and it comes out again.
func FuzzDecodeTraces(f *testing.F) {
	const small = 8 << 10 // large ones take long to make smaller
	for name, body := range inputs(f) {
		if len(body) < small {
			f.Add(body, mediaOf(name) == MediaType)
		}
	}
	codec := ingest.NewCodec()
	f.Fuzz(func(t *testing.T, body []byte, protobuf bool) {
		media := jsonMedia
		if protobuf {
			media = MediaType
		}
		batch, err := DecodeTraces(codec, body, media, now)
		if err != nil {
			require.NotEqual(t, fault.Internal, fault.Of(err).Kind)
			return
		}
		ingesttest.SoundAt(t, &batch, now)
		again, err := DecodeTraces(codec, body, media, now)
		require.NoError(t, err)
		require.Equal(t, batch, again)
	})
}
