package receiver

import (
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

func made(n int, outcome Outcome) func(e *Event) {
	return func(e *Event) {
		e.At, e.Outcome, e.ExecutionID = execution.Instant(n+e.Index), outcome, strconv.Itoa(n+e.Index)
	}
}

// A storm of good events never hides what was refused, nor the other way round.
func TestADoorKeepsTheLastOfWhatItTookAndOfWhatItRefused(t *testing.T) {
	t.Parallel()
	var b Book
	d := b.Of("biuro", "events")
	d.Keep(1, made(1, Refused))
	for n := range 10 {
		d.Keep(100, made(100*n+100, Accepted))
	}
	_, all := d.View()
	require.Len(t, all, KeptMax+1)
	require.Equal(t, "1099", all[0].ExecutionID, "newest first")
	require.Equal(t, "1080", all[KeptMax-1].ExecutionID)
	require.Equal(t, "1", all[KeptMax].ExecutionID)
	require.Equal(t, Refused, all[KeptMax].Outcome)
}

func TestDoorsOfOrganisationsAreApart(t *testing.T) {
	t.Parallel()
	var b Book
	b.Of("biuro", "events").Count(Counts{Accepted: 3, Refused: 1})
	first := b.Of("biuro", "events")
	require.Same(t, first, b.Of("biuro", "events"))
	for _, other := range []*Door{b.Of("biuro", "n8n"), b.Of("inne", "events")} {
		c, all := other.View()
		require.Zero(t, c)
		require.Empty(t, all)
	}
}

func TestCountsOfManyAtOnceAreWhole(t *testing.T) {
	t.Parallel()
	var b Book
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for range 100 {
				d := b.Of("biuro", "events")
				d.Count(Counts{Accepted: 2, Requests: 1})
				d.Keep(2, made(n, Accepted))
			}
		})
	}
	all.Wait()
	c, kept := b.Of("biuro", "events").View()
	require.Equal(t, Counts{Accepted: 1600, Requests: 800}, c)
	require.Len(t, kept, KeptMax)
}
