package ingest

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math/bits"
	"unicode/utf8"

	"github.com/google/uuid"

	"flowwatch/engine/execution"
)

// Item is one item of a body in another format, while it is translated. It is
// good until translate returns.
type Item struct {
	decoder *decoder
	again   bool // it stands for another
}

// outlined is a member of an item.
type outlined struct {
	name  []byte
	value value
}

// Format is how the items of another format are read.
type Format struct {
	// Translate adds the events of an item, or rejects it, or does neither,
	// which ignores it.
	Translate func(*Item)
	// Native is the member of an item that may hold an event in the form of
	// Decode, which is read in the same pass; "": none.
	Native string
}

// Translate reads a body as Decode does: one item, a JSON array of items, or,
// if lines, an item a line. Limits and errors are those of Decode.
func (c *Codec) Translate(body []byte, lines bool, now execution.Instant, f Format) (Batch, error) {
	return c.decode(body, lines, "", now, f)
}

// Gather makes events of items that are no JSON, such as those of protobuf: translate is called for each in turn, and does what that of a Format does. It
// is given no Members. Limits of a request are the caller's.
func (c *Codec) Gather(items int, now execution.Instant, translate func(i *Item, index int)) Batch {
	d, ok := c.decoders.Get().(*decoder)
	if !ok {
		panic("BUG: ingest: the pool holds something else than decoders")
	}
	defer c.decoders.Put(d)
	d.begin()
	d.now = now
	d.batch = Batch{Events: make([]execution.Event, 0, items), Positions: make([]int, 0, items)}
	for index := range items {
		d.code = ""
		d.translated(index, func(i *Item) { translate(i, index) })
		if d.code != "" {
			d.batch.Rejected = append(d.batch.Rejected, Rejection{Index: index, Code: d.code, Message: d.message})
		}
	}
	batch := d.batch
	d.batch = Batch{}
	return batch
}

// item translates the object whose outline was read.
func (d *decoder) item(index int) { d.translated(index, d.format.Translate) }

func (d *decoder) translated(index int, translate func(*Item)) {
	events := len(d.batch.Events)
	translate(&Item{decoder: d})
	if d.code != "" {
		return // the caller gives it up
	}
	added := len(d.batch.Events) - events
	if added == 0 {
		d.batch.Ignored++
	}
	for range added {
		d.batch.Positions = append(d.batch.Positions, index)
	}
}

// Members calls fn with the members of the item, which is a JSON object; of
// repeated ones the last holds.
func (i *Item) Members(fn func(name []byte, member Value)) {
	for _, m := range i.decoder.outline {
		fn(m.name, Value{&i.decoder.scanner, m.value})
	}
}

// Of is a member of the item, absent when it is not there.
func (i *Item) Of(name string) (found Value) {
	for _, m := range i.decoder.outline {
		if string(m.name) == name {
			found = Value{&i.decoder.scanner, m.value}
		}
	}
	return found
}

// Reject gives the item up, with all its events; the first reason is told.
func (i *Item) Reject(code, message string) { i.decoder.reject(code, message) }

// Missing rejects the item because it does not say something.
func (i *Item) Missing(name string) { i.Reject(CodeMissingField, name+" is required") }

// Received is when the item came.
func (i *Item) Received() execution.Instant { return i.decoder.now }

// Add adds an event that happened at a time as RFC 3339 has it; absent: now.
// The pointer is good until the next event is added.
func (i *Item) Add(kind execution.EventType, at Value) *execution.Event {
	e := i.add(kind)
	if at.Given() {
		m, ok := parseTime(at.Text())
		if !ok || m.seconds < 0 {
			i.Reject(CodeInvalidTimestamp, "the time must be RFC 3339 with offset, from 1970 on")
			return e
		}
		i.decoder.happened(e, m)
	}
	return e
}

// AddAt adds an event that happened so many nanoseconds after 1970 began.
func (i *Item) AddAt(kind execution.EventType, nanos uint64) *execution.Event {
	e := i.add(kind)
	i.decoder.happened(e, moment{seconds: int64(nanos / nanosPerSecond), nanos: int64(nanos % nanosPerSecond)}) // #nosec G115 -- a billionth of 64 bits
	return e
}

// Began says of an event that AddAt added when began what it ended, as AddAt says times. An end that would be before is the beginning too.
func (i *Item) Began(e *execution.Event, nanos uint64) {
	e.Began = e.Timestamp
	if at := int64(nanos / nanosPerSecond); at <= secondsMax-1 { // #nosec G115 -- a billionth of 64 bits
		e.Began = min(e.Began, execution.Instant(nanos)) // #nosec G115 -- see above
	}
}

func (i *Item) add(kind execution.EventType) *execution.Event {
	d := i.decoder
	d.batch.Events = append(d.batch.Events, execution.Event{
		Type: kind, Timestamp: d.now, ReceivedAt: d.now, Deadline: execution.NoInstant, DurationMs: execution.Unknown, CPUPercent: execution.Unknown,
		MemoryMB: execution.Unknown, InputBytes: execution.Unknown, OutputBytes: execution.Unknown, Progress: execution.Unknown,
	})
	return &d.batch.Events[len(d.batch.Events)-1]
}

// Envelope is what surrounds an event in its own form.
type Envelope struct {
	Type    execution.EventType
	Time    Value  // absent: as the event says
	Subject Value  // the execution, where the event does not say it
	ID      string // of the event
}

// Native adds an event in the form of Decode, which the format's native member
// holds but for what the envelope says.
func (i *Item) Native(in Envelope) {
	d := i.decoder
	if !d.native {
		i.Reject(CodeInvalidField, d.format.Native+" must be a JSON object")
		return
	}
	if in.Time.Given() {
		d.fields[fieldTimestamp] = in.Time.value
	}
	if !d.given(fieldExecutionID) {
		d.fields[fieldExecutionID] = in.Subject.value
	}
	d.fields[fieldEventID] = value{}
	n := len(d.batch.Events)
	d.batch.Events = append(d.batch.Events, execution.Event{Type: in.Type})
	e := &d.batch.Events[n]
	d.news(e)
	e.ID = in.ID
}

// Again translates another text in the item's place, which must be JSON.
func (i *Item) Again(text []byte) {
	d := i.decoder
	if i.again || len(text) > EventBytesMax || !utf8.Valid(text) {
		i.Reject(CodeInvalidField, "the data are too large, or not UTF-8")
		return
	}
	before := d.scanner
	d.scanner = scanner{data: text}
	d.begin()
	if !json.Valid(text) || text[0] != '{' || !d.members(0, true) || d.deepest > depthMax {
		i.Reject(CodeInvalidField, "the data are not JSON")
	} else {
		d.format.Translate(&Item{decoder: d, again: true})
	}
	d.scanner = before
}

// Name is a name as it is kept: without control characters, and cut at 255
// characters. Other engines' names are no reason to refuse what they report.
func (i *Item) Name(b []byte) string {
	if !validName(b, NameRunesMax) {
		b = printable(b, false)
		if runes := bytes.Runes(b); len(runes) > NameRunesMax {
			b = []byte(string(runes[:NameRunesMax]))
		}
	}
	return i.decoder.recent.string(b)
}

// running is a text that may have lines, as it is kept: cut at bytesMax.
func (i *Item) running(b []byte, bytesMax int) string {
	b = printable(b, true)
	if len(b) <= bytesMax {
		return string(b)
	}
	return string(b[:cutBefore(b, bytesMax)]) + "…"
}

// Failure is what an engine says of an error; nil when it says nothing.
func (i *Item) Failure(kind, code, message, stack []byte) *execution.ErrorInfo {
	info := execution.ErrorInfo{
		Type: i.Name(kind), Code: i.Name(code), Message: i.running(message, errorBytesMax), Stack: i.running(stack, stackBytesMax),
	}
	if info == (execution.ErrorInfo{}) {
		return nil
	}
	return &info
}

// EventID names an event by what makes it the same when it is sent again. It
// has the form of a UUID, in which it takes least room. It is two FNV-1a of the
// parts and no digest: the engine itself knows an execution's events by 64 bits.
func EventID(parts ...[]byte) string {
	const offset, other, prime = 14695981039346656037, 0x9E3779B97F4A7C15, 1099511628211
	high, low := uint64(offset), uint64(other)
	for _, part := range parts {
		for _, c := range part {
			high, low = (high^uint64(c))*prime, (low^uint64(c))*prime
		}
		high, low = (high^0xFF)*prime, (low^0xFF)*prime // no byte of UTF-8: the parts stay apart
	}
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], spread(high))
	binary.BigEndian.PutUint64(id[8:], spread(low^bits.RotateLeft64(high, 32)))
	id[6], id[8] = id[6]&0x0F|0x80, id[8]&0x3F|0x80 // version 8: made by a rule of our own
	return id.String()
}

// spread is the finalizer of MurmurHash3: each bit changes half of the others.
func spread(h uint64) uint64 {
	h = (h ^ h>>33) * 0xFF51AFD7ED558CCD
	h = (h ^ h>>33) * 0xC4CEB9FE1A85EC53
	return h ^ h>>33
}

// Parts of an id.
const (
	sourceBytesMax = 48
	digestBytes    = 4
)

// ID is an id of a foreign engine in our alphabet: the format, the instance of
// the engine unless it is empty, and the original, joined by colons. What the
// alphabet has no place for becomes a hyphen, and a digest of the original
// keeps apart what would look the same; the original is "" only for an empty one.
func (i *Item) ID(format string, instance, original []byte) string {
	if len(original) == 0 {
		return ""
	}
	var buffer [idBytesMax]byte
	id := append(append(buffer[:0], format...), ':')
	if len(instance) > 0 {
		id = append(append(id, i.decoder.engine.clean(instance)...), ':')
	}
	return i.decoder.recent.string(appendClean(id, original, idBytesMax-len(id), true))
}

// engineName is the last engine whose ids were made, and how it stands in them:
// a body is mostly of one.
type engineName struct{ original, cleaned []byte }

func (n *engineName) clean(original []byte) []byte {
	if !bytes.Equal(n.original, original) || n.original == nil {
		n.original = append(n.original[:0], original...)
		n.cleaned = appendClean(n.cleaned[:0], original, sourceBytesMax, false)
	}
	return n.cleaned
}

// StepID is a step's id in our alphabet; it needs no source, for it belongs to
// its execution.
func (i *Item) StepID(original []byte) string {
	var buffer [idBytesMax]byte
	return i.decoder.recent.string(appendClean(buffer[:0], original, idBytesMax, true))
}

// appendClean appends b in at most bytesMax bytes of the alphabet of ids.
func appendClean(dst, b []byte, bytesMax int, colons bool) []byte {
	start := len(dst)
	changed := false
	for _, c := range b {
		if len(dst)-start == bytesMax {
			changed = true
			break
		}
		if idBytes[c] && (colons || c != ':') {
			dst = append(dst, c)
			continue
		}
		changed = true
		if len(dst) > start && dst[len(dst)-1] != '-' {
			dst = append(dst, '-')
		}
	}
	if !changed {
		return dst
	}
	sum := sha256.Sum256(b)
	dst = dst[:start+min(len(dst)-start, bytesMax-2*digestBytes-1)]
	dst = bytes.TrimRight(dst, "-")
	if len(dst) > start {
		dst = append(dst, '.')
	}
	return hex.AppendEncode(dst, sum[:digestBytes])
}

// Origin is metadata that say where an execution comes from: the id that its
// engine gave it, by which it is found, and who the engine is. It is said by
// events of the execution itself; its steps, which are many, need not repeat it.
func Origin(kind execution.EventType, externalID, source []byte) json.RawMessage {
	if kind.IsStep() {
		return nil
	}
	out := append(make([]byte, 0, len(externalID)+len(source)+32), `{"externalId":`...)
	out = appendQuoted(out, cleanText(externalID))
	if len(source) > 0 {
		out = appendQuoted(append(out, `,"source":`...), cleanText(source))
	}
	return append(out, '}')
}

// originBytesMax bounds each of the texts of Origin.
const originBytesMax = 1024

func cleanText(b []byte) []byte {
	if len(b) > originBytesMax {
		cut := originBytesMax
		for !utf8.RuneStart(b[cut]) {
			cut--
		}
		b = b[:cut]
	}
	return printable(b, false)
}

// Tag is a label as key:value, or the key alone where the value is empty or
// true; "" when there is no key.
func (i *Item) Tag(key, value []byte) string {
	if len(key) == 0 {
		return ""
	}
	label := append(make([]byte, 0, len(key)+len(value)+1), key...)
	if len(value) > 0 && string(value) != "true" {
		label = append(append(label, ':'), value...)
	}
	runes := []rune(string(printable(label, false)))
	return string(runes[:min(len(runes), TagRunesMax)])
}
