package feed

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// The first frame after a pause is not held back; the next come together.
func TestFramesThatComeFastAreSentTogether(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		s := connect(t, o.hub)
		join(t, s, Request{Filter: everything})
		<-soon(time.Second)
		began := time.Now()
		next := func() (int, time.Duration) {
			messages, err := s.Next(nil)
			require.NoError(t, err)
			return len(messages), time.Since(began)
		}
		go func() {
			for i := range 50 { // one each ms
				o.publish(o.to(runID('a', i), execution.Running))
				<-soon(time.Millisecond)
			}
		}()
		total := 0
		for batch := range 10 {
			n, at := next()
			require.Equal(t, time.Duration(batch)*5*time.Millisecond, at)
			require.LessOrEqual(t, n, 6)
			total += n
		}
		n, _ := next()
		require.InDelta(t, 50, total+n, 1)
		<-soon(time.Second)
		began = time.Now()
		o.publish(o.to("b1", execution.Running))
		_, at := next()
		require.Zero(t, at)
	})
}

// A subscription that is not resumed waits for nothing; after a resume others
// may follow, for a limited time.
func TestOnlyResumesHoldFramesBack(t *testing.T) {
	t.Parallel()
	from := func(n int) *Position { return &Position{Epoch: "first", Seq: uint64(n)} }
	held := func(t *testing.T, requests []Request, apart time.Duration) time.Duration {
		t.Helper()
		o := newSite(Limits{})
		o.publish(o.to("a1", execution.Running))
		s := connect(t, o.hub)
		began, came := time.Now(), time.Duration(-1)
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, err := s.Next(nil)
			came = time.Since(began)
			if err != nil {
				t.Error(err)
			}
		}()
		for i, r := range requests {
			if i > 0 {
				<-soon(apart)
			}
			join(t, s, r)
		}
		o.publish(o.to("a2", execution.Running))
		<-done
		s.Close()
		return came
	}
	for _, c := range []struct {
		name  string
		apart time.Duration
		all   []Request
		held  time.Duration
	}{
		{"live", 0, []Request{{Filter: everything}}, 0},
		{"snapshot", 0, []Request{{Filter: everything, Snapshot: true}}, 0},
		{"resume", 0, []Request{{Filter: everything, Since: from(0)}}, resumeGrace},
		{"two resumes", 30 * time.Millisecond, []Request{{Filter: everything, Since: from(0)}, {Filter: running(""), Since: from(0)}},
			30*time.Millisecond + resumeGrace},
		{"resumes without end", 40 * time.Millisecond, []Request{
			{Filter: Filter{WorkflowID: "a"}, Since: from(0)}, {Filter: Filter{WorkflowID: "b"}, Since: from(0)},
			{Filter: Filter{WorkflowID: "c"}, Since: from(0)}, {Filter: Filter{WorkflowID: "d"}, Since: from(0)},
			{Filter: Filter{WorkflowID: "e"}, Since: from(0)}, {Filter: Filter{WorkflowID: "f"}, Since: from(0)},
			{Filter: Filter{WorkflowID: "g"}, Since: from(1)}, {Filter: Filter{WorkflowID: "h"}, Since: from(1)},
		}, resumeGraceMax},
		{"a volatile snapshot before a resume", 10 * time.Millisecond, []Request{
			{Filter: Filter{Topic: QueueStatus}, Snapshot: true}, {Filter: everything, Since: from(0)},
		}, 10*time.Millisecond + resumeGrace},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) { require.Equal(t, c.held, held(t, c.all, c.apart)) })
		})
	}
}

// live-and-alerts A4: everything up to H that matches was written, N frames
// were.
func TestAHeartbeatSaysWhatWasWritten(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		s := connect(t, o.hub)
		beat := func(seq, sent uint64, why string) {
			t.Helper()
			h, n := s.Heartbeat()
			require.Equal(t, []uint64{seq, sent}, []uint64{h, n}, why)
			require.Equal(t, sent, s.Sent())
		}
		o.publish(o.to("b1", execution.Running))
		beat(1, 0, "nothing is wanted")
		join(t, s, Request{Filter: Filter{WorkflowID: "a"}})
		_, err := s.Next(soon(0))
		require.NoError(t, err)
		o.publish(o.to("b1", execution.Completed))
		beat(2, 0, "nothing matches")
		o.publish(o.to("a1", execution.Running), o.to("b2", execution.Running))
		beat(2, 0, "3 waits")
		require.Len(t, collect(t, s), 1)
		beat(4, 1, "it was sent")

		join(t, s, Request{Filter: Filter{WorkflowID: "b"}, Snapshot: true})
		o.publish(o.to("b3", execution.Running))
		beat(4, 1, "a snapshot waits")
		require.Len(t, collect(t, s), 2)
		beat(5, 2, "snapshots do not count")

		join(t, s, Request{Filter: Filter{Topic: QueueStatus}})
		require.Empty(t, collect(t, s))
		o.publish(o.tick)
		beat(5, 2, "what is volatile holds up no seq")
		require.Len(t, collect(t, s), 1)
		beat(5, 3, "but counts")

		for i := range 300 {
			o.publish(o.to(runID('a', i), execution.Running))
		}
		beat(5, 3, "frames were dropped")
		require.NotEmpty(t, collect(t, s))
		h, _ := s.Heartbeat()
		require.Equal(t, uint64(305), h)
	})
}

// A replaced frame is not written, but its replacement waits: who resumes
// after H gets it.
func TestAHeartbeatIsNotPastWhatWasReplaced(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		s := connect(t, o.hub)
		join(t, s, Request{Filter: everything})
		for i := range 9 {
			o.publish(o.to(runID('b', i), execution.Running))
		}
		o.publish(o.to("a1", execution.Running), o.to("b0", execution.Completed), o.to("a1", execution.Completed))
		messages, err := s.Next(nil)
		require.NoError(t, err)
		seqs := []uint64{}
		for i := range messages {
			seqs = append(seqs, messages[i].Seq)
		}
		require.Equal(t, []uint64{2, 3, 4, 5, 6, 7, 8, 9, 11, 12}, seqs)
		for cut := range uint64(13) {
			_, frames := resumed(t, o, everything, Position{"first", cut})
			last := map[string]string{}
			for i := range frames {
				last[frames[i].Data.ExecutionID] = frames[i].Data.Status
			}
			if cut < 12 {
				require.Equal(t, "completed", last["a1"], "after %d", cut)
			}
		}
	})
}

func TestAPokeEndsTheWait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		o := newSite(Limits{})
		s := connect(t, o.hub)
		poke := make(chan struct{}, 1)
		returned := make(chan int)
		go func() {
			messages, err := s.Next(poke)
			if err != nil {
				t.Error(err)
			}
			returned <- len(messages)
		}()
		synctest.Wait()
		poke <- struct{}{}
		require.Zero(t, <-returned)
	})
}
