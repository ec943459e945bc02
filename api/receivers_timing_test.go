package api

import (
	"fmt"
	"testing"

	"flowwatch/api/ingest"
	"flowwatch/engine"
	"flowwatch/engine/access"
	"flowwatch/engine/execution"
)

// What it costs a request that its events are noted for the receiver's view. On its way to the disk it takes some 100 µs.
func BenchmarkReceived(b *testing.B) {
	for _, n := range []int{1, 500} {
		batch := ingest.Batch{Events: make([]execution.Event, n), Positions: make([]int, n)}
		receipt := engine.Receipt{Accepted: n}
		s := new(Server)
		c := &call{principal: access.Principal{OrganizationID: "biuro", Name: "silnik"}, door: "events"}
		b.Run(fmt.Sprintf("%d events", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.received(c, &batch, &receipt, 0)
			}
		})
	}
}
