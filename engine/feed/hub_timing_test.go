package feed

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// What one frame costs the publisher, by the number of sessions that want it,
// each with a reader.
func BenchmarkPublish(b *testing.B) {
	for _, sessions := range []int{1, 100, 1000} {
		for _, matching := range []bool{true, false} {
			b.Run(fmt.Sprintf("sessions=%d/matching=%t", sessions, matching), func(b *testing.B) {
				o := newSite(Limits{})
				o.publish(o.to("b1", execution.Running))
				f := Filter{}
				if !matching {
					f.ExecutionID = "b1"
				}
				var readers sync.WaitGroup
				for range sessions {
					s, err := o.hub.Connect(Options{})
					require.NoError(b, err)
					require.NoError(b, s.Subscribe(Request{Filter: f}, func(Joined) {}))
					readers.Go(func() {
						for err := error(nil); err == nil; {
							_, err = s.Next(nil)
						}
					})
				}
				frames := make([]Frame, b.N)
				for i := range frames {
					frames[i] = o.run(runID('a', i%40), execution.Running)[0]
				}
				b.ResetTimer()
				for i := range frames {
					o.hub.Publish(frames[i : i+1])
				}
				b.StopTimer()
				o.hub.mu.Lock()
				all := make([]*Session, 0, len(o.hub.sessions))
				for s := range o.hub.sessions {
					all = append(all, s)
				}
				o.hub.mu.Unlock()
				for _, s := range all {
					s.Close()
				}
				readers.Wait()
			})
		}
	}
}
