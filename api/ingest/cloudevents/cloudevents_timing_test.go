package cloudevents

import (
	"bytes"
	"fmt"
	"testing"

	"flowwatch/api/ingest"
	"flowwatch/api/ingest/ingesttest"
)

// bodies are the same hundred events: as the native route has them, in our own
// vocabulary, and in that of the Serverless Workflow specification.
func bodies() (native, own, lifecycle []byte) {
	var a, b, c bytes.Buffer
	for i := range 100 {
		separator := byte(',')
		if i == 0 {
			separator = '['
		}
		for _, out := range []*bytes.Buffer{&a, &b, &c} {
			out.WriteByte(separator)
		}
		id, at := fmt.Sprintf("0192f0c1-7a3e-7c11-9a55-%012d", i), fmt.Sprintf("2026-11-23T13:59:59.%03dZ", i)
		rest := fmt.Sprintf(`"executionId":"exec-2026-11-%06d","workflowId":"vat-jpk-monthly","workflowName":"JPK_V7M miesięczny","workflowVersion":"1.2.0",`+
			`"stepId":"step-%d","stepName":"Walidacja %d","output":{"pozycje":%d,"suma":"1234.56"}`, i, i%8, i%8, i)
		fmt.Fprintf(&a, `{"eventId":"%s","type":"step.completed","timestamp":"%s",%s}`, id, at, rest)
		fmt.Fprintf(&b, `{"specversion":"1.0","id":"%s","source":"/silnik/jpk","type":"io.flowwatch.step.completed","time":"%s","data":{%s}}`, id, at, rest)
		fmt.Fprintf(&c, `{"specversion":"1.0","id":"%s","source":"/silnik/jpk","type":"io.serverlessworkflow.task.completed.v1","time":"%s","data":{"workflowId":"exec-2026-11-%06d",`+
			`"name":"vat-jpk-monthly","version":"1.2.0","taskReference":"step-%d","completedAt":"%s","output":{"pozycje":%d,"suma":"1234.56"}}}`, id, at, i, i%8, at, i)
	}
	for _, out := range []*bytes.Buffer{&a, &b, &c} {
		out.WriteByte(']')
	}
	return a.Bytes(), b.Bytes(), c.Bytes()
}

// BenchmarkDecode compares what the same events cost in each format.
func BenchmarkDecode(b *testing.B) {
	codec := ingest.NewCodec()
	native, own, lifecycle := bodies()
	foreign := func(body []byte) func() (ingest.Batch, error) {
		return func() (ingest.Batch, error) {
			return Decode(codec, Request{Body: body, ContentType: BatchMediaType}, ingesttest.Now)
		}
	}
	for name, decode := range map[string]func() (ingest.Batch, error){
		"native":    func() (ingest.Batch, error) { return codec.Decode(native, "", "org", ingesttest.Now) },
		"own":       foreign(own),
		"lifecycle": foreign(lifecycle),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if batch, err := decode(); err != nil || len(batch.Events) != 100 {
					b.Fatal(err, batch.Rejected)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/event")
		})
	}
}
