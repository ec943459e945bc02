package ingest

const (
	recentSlots    = 256
	recentBytesMax = 64
)

// recent gives the same string for the same bytes as long as nothing else took
// its place. Names and ids of workflows and steps come again in nearly every
// event; this saves most allocations, and the memory of what is kept.
type recent [recentSlots]string

func (r *recent) string(b []byte) string {
	n := len(b)
	if n == 0 || n > recentBytesMax {
		return string(b)
	}
	slot := &r[(uint(n)+uint(b[0])*7+uint(b[n/2])*31+uint(b[n-1])*131)%recentSlots]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}
