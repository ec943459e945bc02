package main_test

import (
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"time"
)

const (
	officeSteps  = 8
	officeEvents = 2*officeSteps + 2
	officeFlows  = 8
	officeRefs   = 500
	officeBeside = 5 // executions that one engine runs side by side
)

// office writes what the engine of an accounting office reports: executions of 8 steps in 18 events of about 350 bytes, with a
// declared plan and random UUIDs, several executions side by side. The same seed gives the same events. Not safe for concurrent use.
type office struct {
	random *rand.ChaCha8
	dice   *rand.Rand
	clock  func() time.Time // when the next execution starts
	runs   [officeBeside]officeRun
	turn   int
}

type officeRun struct {
	id    [36]byte
	flow  int
	ref   int
	start time.Time
	end   string
	next  int
}

// newOffice seeds an office. Executions start when clock says.
func newOffice(seed uint64, clock func() time.Time) *office {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	source := rand.NewChaCha8(key)
	o := &office{random: source, dice: rand.New(source), clock: clock}
	for i := range o.runs {
		o.open(&o.runs[i])
	}
	return o
}

func (o *office) open(r *officeRun) {
	r.id = o.uuid()
	r.flow, r.ref, r.next = o.dice.IntN(officeFlows), o.dice.IntN(officeRefs), 0
	r.start = o.clock().UTC().Truncate(time.Millisecond)
	switch roll := o.dice.IntN(200); {
	case roll == 0:
		r.end = "cancelled"
	case roll <= 10:
		r.end = "failed"
	default:
		r.end = "completed"
	}
}

func (o *office) uuid() [36]byte { return randomUUID(o.random) }

func randomUUID(source *rand.ChaCha8) (text [36]byte) {
	var raw [16]byte
	for i := 0; i < 16; i += 8 {
		bits := source.Uint64()
		for j := range 8 {
			raw[i+j] = byte(bits >> (8 * j))
		}
	}
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	at := 0
	for i, part := range [][]byte{raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:]} {
		if i > 0 {
			text[at] = '-'
			at++
		}
		at += hex.Encode(text[at:], part)
	}
	return text
}

// appendBatch appends a JSON array of n events. The executions that run side by side end together,
// so after a multiple of officeBeside * officeEvents events none is open.
func (o *office) appendBatch(dst []byte, n int) []byte {
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = o.appendEvent(dst, &o.runs[o.turn])
		if r := &o.runs[o.turn]; r.next == officeEvents {
			o.open(r)
		}
		o.turn = (o.turn + 1) % officeBeside
	}
	return append(dst, ']')
}

func (o *office) appendEvent(dst []byte, r *officeRun) []byte {
	n := r.next
	r.next++
	id := o.uuid()
	dst = append(dst, `{"eventId":"`...)
	dst = append(dst, id[:]...)
	dst = append(dst, `","timestamp":"`...)
	dst = r.start.Add(time.Duration(n)*137*time.Millisecond+time.Duration(o.dice.IntN(90))*time.Millisecond).AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	dst = append(dst, `","executionId":"`...)
	dst = append(dst, r.id[:]...)
	dst = append(dst, `","workflowId":"invoice-processing-`...)
	dst = strconv.AppendInt(dst, int64(r.flow), 10)
	dst = append(dst, `","workflowVersion":"2026.11.3","type":"`...)
	switch {
	case n == 0:
		dst = r.appendStart(dst)
	case n == officeEvents-1:
		dst = append(append(append(dst, "execution."...), r.end...), '"')
		if r.end == "failed" {
			dst = append(dst, `,"error":{"type":"Timeout","code":"KSEF-504","message":"the gateway did not answer within 30 s"}`...)
		}
	case n%2 == 1:
		dst = append(dst, `step.started"`...)
		dst = appendStep(dst, (n-1)/2)
	default:
		dst = append(dst, `step.completed"`...)
		dst = appendStep(dst, (n-1)/2)
		dst = append(dst, `,"cpuUsagePercent":`...)
		dst = strconv.AppendInt(dst, int64(o.dice.IntN(95)), 10)
		dst = append(dst, `.5,"memoryUsageMb":`...)
		dst = strconv.AppendInt(dst, int64(100+o.dice.IntN(300)), 10)
		dst = append(dst, `,"outputSizeBytes":`...)
		dst = strconv.AppendInt(dst, int64(o.dice.IntN(90_000)), 10)
	}
	return append(dst, '}')
}

// appendStart is the rest of the first event: what is said once about an execution, with the plan.
func (r *officeRun) appendStart(dst []byte) []byte {
	dst = append(dst, `execution.started","workflowName":"Przetwarzanie faktur `...)
	dst = strconv.AppendInt(dst, int64(r.flow), 10)
	dst = append(dst, `","priority":"NORMAL","clientRef":"`...)
	dst = append(dst, officeRef(r.ref)...)
	dst = append(dst, `","steps":[`...)
	for i := range officeSteps {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"stepId":"step-`...)
		dst = strconv.AppendInt(dst, int64(i), 10)
		dst = append(dst, `","name":"Krok numer `...)
		dst = strconv.AppendInt(dst, int64(i), 10)
		dst = append(dst, `"}`...)
	}
	return append(dst, ']')
}

func appendStep(dst []byte, i int) []byte {
	dst = append(dst, `,"stepId":"step-`...)
	dst = strconv.AppendInt(dst, int64(i), 10)
	dst = append(dst, `","stepName":"Krok numer `...)
	dst = strconv.AppendInt(dst, int64(i), 10)
	return append(dst, `","attempt":1,"tags":["faktury"]`...)
}

func officeRef(n int) string { return "client-" + strconv.Itoa(1000+n) }
