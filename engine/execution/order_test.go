package execution

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// B-76 and decision 5: the document is a function of the set of events.
func TestTheDocumentDoesNotDependOnOrderOrRepetition(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		events := randomStory(r, 1+r.IntN(24))
		words := lists{}
		x := merged(events...)
		want, steps := Encode(nil, x, words), x.Steps()
		for range 6 {
			shuffled := append([]Event(nil), events...)
			for range r.IntN(8) {
				shuffled = append(shuffled, events[r.IntN(len(events))])
			}
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			// A checkpoint somewhere in between: written, forgotten, read again.
			cut := r.IntN(len(shuffled) + 1)
			y := merged(shuffled[:cut]...)
			if cut > 0 {
				var err error
				y, err = Decode(Encode(nil, y, words), words)
				require.NoError(t, err, "seed %d", seed)
			}
			applied := len(y.seen.list)
			for i := cut; i < len(shuffled); i++ {
				if Apply(y, &shuffled[i]) <= Aside {
					applied++
				}
			}
			require.Equal(t, len(events), applied, "each event once")
			require.Equal(t, x.Summary(), y.Summary(), "seed %d", seed)
			require.Equal(t, steps, y.Steps(), "seed %d", seed)
			require.Equal(t, want, Encode(nil, y, words), "seed %d", seed)
		}
	}
}

func TestADocumentReadsBackWhole(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 2))
		x := merged(randomStory(r, 1+r.IntN(80))...)
		words := lists{}
		data := Encode(nil, x, words)
		y, err := Decode(data, words)
		require.NoError(t, err, "seed %d", seed)
		require.Equal(t, data, Encode(nil, y, words))
		require.Equal(t, x.Summary(), y.Summary())
		for _, s := range x.Steps() {
			again, ok := y.Step(s.StepID)
			require.True(t, ok)
			require.Equal(t, s, again)
			latest, ok := y.Latest(s.StepID)
			require.True(t, ok)
			if n := len(s.Attempts); n > 1 && len(latest.Attempts) == 1 {
				s.Attempts = s.Attempts[n-1:]
			}
			require.Equal(t, s, latest)
			if y.steps[s.StepID] != nil {
				requireSettled(t, y.steps[s.StepID])
			}
		}
		listed, err := DecodeSummary(data)
		require.NoError(t, err)
		whole := x.Summary()
		if whole.Error != nil {
			h := headline(whole.Error)
			whole.Error = &h
		}
		require.Equal(t, whole, listed, "what lists read is what the execution shows")
	}
}

// requireSettled requires that the short ways to a step's state lead where the long one does.
func requireSettled(t *testing.T, s *step) {
	t.Helper()
	all := s.derivedAttempts()
	last, begun := &all[len(all)-1], NoInstant
	for i := range all {
		begun = earliest(begun, all[i].startedAt)
	}
	if len(s.starts)+len(s.stops) > 0 {
		require.Equal(t, state{status: last.status, attempt: last.number, startedAt: last.startedAt, endedAt: last.endedAt, begun: begun}, s.now)
	}
	if s.inOrder() {
		long := Spent{last.startedAt, last.endedAt, s.measured(last, cpuPercent, true), s.measured(last, memoryMB, true)}
		require.Equal(t, long, s.spent())
	}
}

func TestALostVocabularyIsAnErrorAndNoPanic(t *testing.T) {
	t.Parallel()
	e := bare("1", ExecutionCompleted, 0)
	e.Plan = plan(3)
	data := Encode(nil, merged(e), lists{})
	_, err := Decode(data, lists{})
	require.ErrorIs(t, err, errDamaged)
	for cut := range len(data) {
		_, err := Decode(data[:cut], lists{})
		require.Error(t, err)
	}
}

func TestTheJournalsFormReadsBackWhole(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	var data []byte
	events := randomStory(r, 500)
	for i := range events {
		events[i].ReceivedAt += Instant(r.IntN(1_000_000))
		data = AppendEvent(data, &events[i])
	}
	for i := range events {
		var e Event
		skimmed, after, err := SkimEvent(data)
		require.NoError(t, err)
		e, data, err = ReadEvent(data)
		require.NoError(t, err)
		require.Equal(t, events[i], e)
		require.Equal(t, data, after)
		require.Equal(t, Skimmed{Type: e.Type, Timestamp: e.Timestamp, WorkflowID: []byte(e.WorkflowID), ID: skimmed.ID, Aside: e.Under != ""}, skimmed)
		require.Contains(t, []string{"", e.ID}, string(skimmed.ID))
	}
	require.Empty(t, data)
}

func FuzzDecode(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(Encode(nil, merged(randomStory(rand.New(rand.NewPCG(seed, 4)), 12)...), nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = DecodeSummary(data)
		x, err := Decode(data, nil)
		if err != nil {
			return
		}
		x.Summary()
		x.Steps()
		e := stepEvent("another", StepCompleted, "s0", 0)
		Apply(x, &e)
	})
}

func FuzzReadEvent(f *testing.F) {
	for _, e := range randomStory(rand.New(rand.NewPCG(5, 5)), 16) {
		f.Add(AppendEvent(nil, &e))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, left, err := ReadEvent(data)
		if err != nil {
			_, _, _ = SkimEvent(data)
			return
		}
		skimmed, after, err := SkimEvent(data)
		require.NoError(t, err)
		require.Len(t, after, len(left))
		require.Equal(t, e.WorkflowID, string(skimmed.WorkflowID))
		again, rest, err := ReadEvent(AppendEvent(nil, &e))
		require.NoError(t, err)
		require.Empty(t, rest)
		require.Equal(t, e, again)
	})
}

// FuzzApply turns bytes into stories: whatever is told, in whatever order, ends in the same document.
func FuzzApply(f *testing.F) {
	f.Add(uint64(1), uint64(2), uint8(9))
	f.Fuzz(func(t *testing.T, story, order uint64, n uint8) {
		events := randomStory(rand.New(rand.NewPCG(story, 6)), int(n%40)+1)
		want := Encode(nil, merged(events...), nil)
		r := rand.New(rand.NewPCG(order, 7))
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		require.Equal(t, want, Encode(nil, merged(append(events, events...)...), nil))
	})
}
