package execution

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// under is a step's end that tells what the step is under.
func under(id, step, parent string, at time.Duration) Event {
	e := stepEvent(id, StepCompleted, step, at)
	e.Under = parent
	return e
}

func TestPartsAreStepsOnceTheTopIsKnown(t *testing.T) {
	t.Parallel()
	x := merged(under("1", "a", "root", 2*time.Second), under("2", "b", "a", time.Second))
	s := x.Summary()
	require.Equal(t, Running, s.Status, "something runs, nobody knows what")
	require.Equal(t, at(time.Second), s.StartedAt)
	require.Equal(t, at(time.Second), s.FirstSeenAt)
	require.Equal(t, at(2*time.Second), s.LastEventAt)
	require.Zero(t, s.StepsTotal)
	require.Empty(t, x.Steps())

	top := bare("3", ExecutionCompleted, 3*time.Second)
	top.Top = "root"
	require.Equal(t, Applied, Apply(x, &top))
	released := x.Released()
	require.Len(t, released, 1)
	require.Equal(t, "a", released[0].StepID)
	require.Empty(t, released[0].Under)
	require.Len(t, x.Steps(), 1, "the part of a part is none")
	require.Equal(t, at(2*time.Second), x.Summary().FirstSeenAt, "nor is it heard of")
	again := under("1", "a", "root", 2*time.Second)
	require.Equal(t, Duplicate, Apply(x, &again))
	require.Empty(t, x.Released())
	late := under("4", "c", "root", 2*time.Second)
	require.Equal(t, Applied, Apply(x, &late))
	require.Len(t, x.Steps(), 2)
}

func TestWhatIsAsideIsBounded(t *testing.T) {
	t.Parallel()
	x := New("run")
	for i := range AsideMax {
		e := under(fmt.Sprint("e", i), "a", "root", 0)
		require.Equal(t, Aside, Apply(x, &e))
	}
	e := under("one more", "a", "root", 0)
	require.Equal(t, Full, Apply(x, &e))
	plain := stepEvent("plain", StepCompleted, "b", 0)
	require.Equal(t, Applied, Apply(x, &plain))
}
