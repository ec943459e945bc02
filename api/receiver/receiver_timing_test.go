package receiver

import (
	"fmt"
	"testing"
)

// What a request of one event and of many costs beside its way to the disk.
func BenchmarkKeep(b *testing.B) {
	var book Book
	for _, n := range []int{1, 100, 5_000} {
		b.Run(fmt.Sprintf("%d events", n), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				fill := func(e *Event) { e.Outcome, e.Type = Accepted, "step.completed" }
				for pb.Next() {
					d := book.Of("biuro", "events")
					d.Count(Counts{Accepted: uint64(n)})
					d.Keep(n, fill)
				}
			})
		})
	}
}
