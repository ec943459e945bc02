package feed

import (
	"encoding/json"
	"strconv"
)

// notice is the wire text of what is not a frame: a part of a snapshot, a
// resync, a goaway. It is immutable.
type notice struct {
	event string
	text  []byte
	from  int    // where data begins; it ends before the last byte
	sub   uint32 // the subscription of a snapshot, else 0
}

// newNotice wraps data, a JSON object.
func newNotice(event string, data []byte) *notice {
	n := &notice{event: event}
	n.text = append(append(append(n.text, `{"event":"`...), event...), `","data":`...)
	n.from = len(n.text)
	n.text = append(append(n.text, data...), '}')
	return n
}

func (n *notice) size() int {
	if n == nil {
		return 0
	}
	return len(n.text)
}

// chunkFrame is more than the bytes of a snapshot's wire text besides its
// items and the commas between them.
const chunkFrame = 128

// chunks cuts a snapshot into notices within the limits. The last says that
// there are no more; an empty snapshot is one notice.
func chunks(sub uint32, asOf uint64, rows []json.RawMessage) []item {
	var out []item
	for more := true; more; {
		n, bytes := 0, chunkFrame
		for n < len(rows) && n < chunkItems && (n == 0 || bytes+len(rows[n])+1 <= chunkBytes) {
			bytes += len(rows[n]) + 1
			n++
		}
		some := rows[:n]
		rows = rows[n:]
		more = len(rows) > 0
		out = append(out, item{notice: newChunk(sub, asOf, some, more, bytes), seq: asOf})
	}
	return out
}

func newChunk(sub uint32, asOf uint64, rows []json.RawMessage, more bool, size int) *notice {
	const open = `{"event":"snapshot","data":`
	dst := make([]byte, 0, size)
	dst = append(dst, open+`{"subscriptionId":`...)
	dst = strconv.AppendUint(dst, uint64(sub), 10)
	dst = append(dst, `,"asOf":`...)
	dst = strconv.AppendUint(dst, asOf, 10)
	dst = append(dst, `,"items":[`...)
	for i, row := range rows {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, row...)
	}
	dst = append(dst, `],"more":`...)
	dst = append(strconv.AppendBool(dst, more), '}', '}')
	return &notice{event: "snapshot", text: dst, from: len(open), sub: sub}
}
