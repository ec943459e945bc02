package timeline

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

// AC3.1a, AC3.1c: eight steps one after the other, with what passes between them.
func TestStepsInARowShareARow(t *testing.T) {
	t.Parallel()
	l := drawn(t, "", `
		0    execution.started
		100  step.started a
		600  step.completed a
		600  step.started b
		900  step.completed b
		1000 execution.completed`)
	require.Equal(t, "a 0 100+500 w100; b 0 600+300 w0", seen(l))
	require.EqualValues(t, 1000, l.TotalMs, "not the sum of the steps")
	require.EqualValues(t, 800, l.StepsMs)
	require.EqualValues(t, 1000, l.ActiveMs)
	require.EqualValues(t, 100, l.TotalWaitMs)
	require.InDelta(t, 50, l.Rows[0].ShareOfTotal, 1e-9)
	require.Equal(t, []string{"a", "b"}, l.CriticalPath)
	require.Equal(t, []string{"a", "b"}, l.SlowestSteps)
}

// AC3.1b: what overlaps is apart, what does not may share; the lowest free row is taken.
func TestParallelStepsHaveRowsOfTheirOwn(t *testing.T) {
	t.Parallel()
	l := drawn(t, "", `
		0   execution.started
		0   step.started a
		100 step.started b
		150 step.completed a
		150 step.started c
		200 step.completed b
		250 step.completed c
		260 step.started d
		300 step.completed d
		300 execution.completed`)
	require.Equal(t, "a 0 0+150 w0; b 1 100+100 w100; c 0 150+100 w0; d 0 260+40 w10", seen(l))
	require.Equal(t, []string{"a", "c", "d"}, l.CriticalPath)
}

// No two bars of a row meet, whatever the steps; and no fewer rows would do.
func TestPackingIsTightAndFreeOfOverlaps(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		bars := make([]bar, 1+random.IntN(60))
		for i := range bars {
			start := int64(random.IntN(50))
			bars[i] = bar{start: start, end: start + int64(random.IntN(20))}
		}
		slices.SortFunc(bars, func(a, b bar) int { return int(a.start - b.start) })
		row, rows := pack(bars)
		most := 0
		for moment := range int64(80) {
			at := map[int]bool{}
			for i, b := range bars {
				if b.start <= moment && moment < max(b.end, b.start+1) {
					require.False(t, at[row[i]])
					at[row[i]] = true
				}
			}
			most = max(most, len(at))
		}
		require.Equal(t, most, rows)
	}
}

// B-86, AC3.2b.
func TestWaitsComeFromThePlanOrElseFromTheLatestEnd(t *testing.T) {
	t.Parallel()
	f := func(declared, story, want string) {
		t.Helper()
		require.Equal(t, want, seen(drawn(t, declared, story)))
	}
	f("a b c<a d<a,b", `
		0   execution.started
		10  step.started a
		20  step.started b
		100 step.completed a
		150 step.completed b
		170 step.started c
		190 step.started d
		200 step.completed c
		210 step.completed d`,
		"a 0 10+90 w10; b 1 20+130 w20; c 0 170+30 w70; d 1 190+20 w40")
	// It began before what it depends on had ended: there was no wait.
	f("a b<a", `
		0  execution.started
		0  step.started a
		10 step.started b
		20 step.completed a
		30 step.completed b`, "a 0 0+20 w0; b 1 10+20 w0")
	// A plan that goes in a circle, or names nobody, or itself.
	f("a<b b<a c<nobody d<d", `
		0  execution.started
		5  step.started a
		10 step.completed a
		15 step.started b
		20 step.completed b
		25 step.started c
		30 step.completed c
		35 step.started d
		40 step.completed d`, "a 0 5+5 w0; b 0 15+5 w5; c 0 25+5 w5; d 0 35+5 w5")
	// A step that does not end ends no wait.
	f("", `
		0  execution.started
		0  step.started a
		10 step.started b
		20 step.completed b`, "a 0 0+60000 w0; b 1 10+10 w10")
}

func TestStepsWithoutLengthStayVisibleAndLoseNoWait(t *testing.T) {
	t.Parallel()
	l := drawn(t, "", `
		0  execution.started
		0  step.started a
		5  step.completed a
		10 step.started b
		10 step.completed b
		10 step.started c
		10 step.completed c
		10 step.started d
		12 step.completed d
		12 execution.completed`)
	require.Equal(t, "a 0 0+5 w0; b 0 10+0 w5; c 1 10+0 w0; d 2 10+2 w0", seen(l))
	require.Equal(t, []string{"a", "b", "c", "d"}, l.CriticalPath)
	require.Equal(t, []string{"a", "d"}, l.SlowestSteps, "what took no time is not slow")

	l = drawn(t, "", "0 execution.started\n0 step.started a\n0 step.completed a\n0 execution.completed")
	require.Zero(t, l.TotalMs)
	require.Zero(t, l.Rows[0].ShareOfTotal)
	require.Equal(t, []string{"a"}, l.CriticalPath)
}

// AC3.1a: a plan is there before it begins; unknown is not 0.
func TestStepsThatHaveNotBegunStandAtTheEnd(t *testing.T) {
	t.Parallel()
	l := drawn(t, "a b c", "0 execution.started\n10 step.started b")
	require.Equal(t, "b 0 10+59990 w10; a 1 -; c 1 -", seen(l))
	require.EqualValues(t, execution.Unknown, l.Rows[1].DurationMs)
	require.InDelta(t, execution.Unknown, l.Rows[1].ShareOfTotal, 0)
	require.Empty(t, l.CriticalPath, "nothing has finished")
	require.Equal(t, []string{"b"}, l.SlowestSteps)
	many := "0 execution.started"
	for i := range 20 {
		many += fmt.Sprintf("\n0 step.started s%d\n%d step.completed s%d", i, 100+i, i)
	}
	require.Len(t, drawn(t, "", many).SlowestSteps, slowestMax)
	require.Equal(t, "s19", drawn(t, "", many).SlowestSteps[0])

	l = drawn(t, "a", "0 execution.queued")
	require.Equal(t, "a 0 -", seen(l))
	require.EqualValues(t, execution.Unknown, l.TotalMs)
	require.EqualValues(t, execution.Unknown, l.ActiveMs)
	require.EqualValues(t, execution.Unknown, l.QueuedMs)
	require.Empty(t, drawn(t, "", "0 execution.started").Rows)
}

func TestTimeInWaitingIsNotActive(t *testing.T) {
	t.Parallel()
	l := drawn(t, "", `
		-500 execution.queued
		0    execution.started
		100  execution.waiting
		400  execution.resumed
		1000 execution.completed`)
	require.EqualValues(t, 1000, l.TotalMs)
	require.EqualValues(t, 700, l.ActiveMs)
	require.EqualValues(t, 500, l.QueuedMs)
	l = drawn(t, "", "0 execution.started\n100 execution.waiting")
	require.EqualValues(t, 60_000, l.TotalMs)
	require.EqualValues(t, 100, l.ActiveMs, "it still waits")
}

// Retries are segments of one bar, which spans them.
func TestRetriesAreSegmentsOfOneBar(t *testing.T) {
	t.Parallel()
	l := drawn(t, "", `
		0   execution.started
		0   step.started a
		20  step.failed a
		25  step.retrying a
		30  step.started a
		70  step.completed a
		70  execution.completed`)
	require.Equal(t, "a 0 0+70 w0", seen(l))
	require.Equal(t, 2, l.Rows[0].Attempt)
	require.Equal(t, []Segment{{1, execution.Broken, 0, 20}, {2, execution.Done, 30, 40}}, l.Rows[0].Segments)
	l = drawn(t, "", "0 execution.started\n0 step.started a\n20 step.retrying a\n30 step.started a")
	require.Equal(t, []Segment{{1, execution.Broken, 0, 20}, {2, execution.Active, 30, 59_970}}, l.Rows[0].Segments)
}

func TestWhatIsOpenEndsWithItsExecution(t *testing.T) {
	t.Parallel()
	f := func(end string, status execution.StepStatus) {
		t.Helper()
		l := drawn(t, "a b", "0 execution.started\n10 step.started a\n50 "+end)
		require.Equal(t, "a 0 10+40 w10; b 1 -", seen(l))
		require.Equal(t, status, l.Rows[0].Status)
		require.True(t, l.Rows[0].Interrupted)
	}
	f("execution.failed", execution.Broken)
	f("execution.cancelled", execution.Skipped)
	f("execution.completed", execution.Done)
}

// A skipped step is a mark where it was skipped; it does not finish, yet others may come after it.
func TestSkippedStepsAreMarks(t *testing.T) {
	t.Parallel()
	l := drawn(t, "a b<a c<b d<c", `
		0   execution.started
		0   step.started a
		50  step.completed a
		60  step.skipped b
		100 step.started c
		200 step.completed c
		300 step.skipped d
		300 execution.completed`)
	require.Equal(t, "a 0 0+50 w0; b 0 60+-1 w10; c 0 100+100 w40; d 0 300+-1 w100", seen(l))
	require.Equal(t, []string{"a", "b", "c"}, l.CriticalPath)
	require.Equal(t, []string{"c", "a"}, l.SlowestSteps)
}

// The chain of the largest sum wins over the one with fewer, longer steps.
func TestTheCriticalPathIsTheHeaviestChainToTheLastEnd(t *testing.T) {
	t.Parallel()
	l := drawn(t, "a b c<a d<b e<c,d f", `
		0   execution.started
		0   step.started a
		0   step.started b
		0   step.started f
		40  step.completed a
		60  step.completed b
		60  step.started c
		60  step.started d
		90  step.completed c
		110 step.completed d
		120 step.started e
		200 step.completed e
		190 step.completed f
		200 execution.completed`)
	require.Equal(t, []string{"b", "d", "e"}, l.CriticalPath)
	require.Equal(t, []string{"f", "e", "b", "d", "a", "c"}, l.SlowestSteps, "AC3.2a")
}

func TestClocksThatDisagreeAreNotHidden(t *testing.T) {
	t.Parallel()
	l := drawn(t, "", "0 execution.started\n-50 step.started a\n20 step.completed a\n10 execution.completed")
	require.Equal(t, "a 0 -50+70 w0", seen(l))
	require.InDelta(t, 100, l.Rows[0].ShareOfTotal, 0)
	l = drawn(t, "", "0 execution.started\n100 step.started a\n40 step.completed a\n200 execution.completed")
	require.Zero(t, l.Rows[0].DurationMs)
}

// AC3.2c: the average of the runs, how many they are, and how far off it was.
func TestStepsAreComparedWithTheSameStepsOfEarlierRuns(t *testing.T) {
	t.Parallel()
	const story = "0 execution.started\n0 step.started a\n10N step.completed a\n200 execution.completed"
	h := pastOf(t, 10, "", story) // 100 … 109
	l := Draw(told(t, "", "0 execution.started\n0 step.started a\n209 step.completed a\n209 step.started b"), h, at(300))
	a := l.Rows[0].Average
	require.Equal(t, 10, a.SampleSize)
	require.InDelta(t, 104.5, a.DurationMs, 1e-9)
	require.InDelta(t, 104, a.P50, 1e-9)
	require.InDelta(t, 108.5, a.P95, 1e-9)
	require.InDelta(t, 100, *a.DeviationPercent, 1e-9)
	require.Nil(t, l.Rows[1].Average, "no run had it")
	require.Equal(t, 10, l.SampleSize)

	early := Draw(told(t, "", "0 execution.started\n0 step.started a"), h, at(50))
	require.Nil(t, early.Rows[0].Average.DeviationPercent, "it may still take as long")
	late := Draw(told(t, "", "0 execution.started\n0 step.started a"), h, at(209))
	require.InDelta(t, 100, *late.Rows[0].Average.DeviationPercent, 1e-9)
}

func TestOnlyCompletedStepsMakeAverages(t *testing.T) {
	t.Parallel()
	h := pastOf(t, 3, "", `
		0   execution.started
		0   step.started failed
		10  step.failed failed
		10  step.skipped skipped
		10  step.started open
		20  step.completed told took=15
		20  step.started zero
		20  step.completed zero
		100 execution.completed`)
	story := ""
	for _, id := range []string{"failed", "skipped", "open", "told", "zero"} {
		story += "\n0 step.started " + id + "\n30 step.completed " + id
	}
	l := Draw(told(t, "", "0 execution.started"+story), h, at(60))
	for _, r := range l.Rows {
		switch r.StepID {
		case "told":
			require.InDelta(t, 15, r.Average.DurationMs, 0)
		case "zero":
			require.Zero(t, r.Average.DurationMs)
			require.Nil(t, r.Average.DeviationPercent, "no percentage of nothing")
		default:
			require.Nil(t, r.Average, r.StepID)
		}
	}
}

func TestNoMoreThanThirtyRunsCount(t *testing.T) {
	t.Parallel()
	require.Equal(t, RunsMax, pastOf(t, 40, "", "0 execution.started\n5 execution.completed").Size())
}

// Whatever engines tell, in whatever order: nothing is negative that cannot be, each step is there once, parallel bars are
// apart, and the critical path goes forward to the last end.
func TestNonsenseStillMakesATimeline(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	kinds := strings.Fields("step.started step.progress step.completed step.failed step.skipped step.retrying")
	ends := strings.Fields("execution.waiting execution.resumed execution.completed execution.failed execution.cancelled")
	for range 300 {
		story := fmt.Sprintf("%d execution.started", random.IntN(50))
		for range random.IntN(60) {
			kind := kinds[random.IntN(len(kinds))]
			story += fmt.Sprintf("\n%d %s s%d attempt=%d took=%d", random.IntN(100), kind, random.IntN(8), random.IntN(3), random.IntN(30))
			if random.IntN(20) == 0 {
				story += fmt.Sprintf("\n%d %s", random.IntN(100), ends[random.IntN(len(ends))])
			}
		}
		r := told(t, "s0<s7 s1<s0 s2<s0,s1 s3 s4<s4 s9", story)
		h := NewHistory([]*Sample{NewSample(r), NewSample(r)})
		l := Draw(r, h, at(int64(random.IntN(120))))
		requireSound(t, r, l, story)
		for _, language := range []Language{Polish, English} {
			require.NotEmpty(t, Explain(Case{Run: r, History: h, Now: at(120), Language: language, Preview: message}).Summary)
		}
	}
}

func requireSound(t *testing.T, r *Run, l Timeline, story string) {
	t.Helper()
	require.Len(t, l.Rows, len(r.Steps), story)
	byID := map[string]Row{}
	for i, row := range l.Rows {
		byID[row.StepID] = row
		require.GreaterOrEqual(t, row.DurationMs, int64(execution.Unknown), story)
		require.LessOrEqual(t, row.ShareOfTotal, 100.0, story)
		if !row.Begun {
			continue
		}
		require.GreaterOrEqual(t, row.WaitBeforeMs, int64(0), story)
		for _, other := range l.Rows[:i] {
			if other.Row == row.Row {
				require.LessOrEqual(t, other.StartOffsetMs+max(0, other.DurationMs), row.StartOffsetMs, story)
			}
		}
	}
	require.Len(t, byID, len(l.Rows))
	last := int64(math.MinInt64)
	for _, id := range l.CriticalPath {
		require.GreaterOrEqual(t, byID[id].StartOffsetMs, last, story)
		last = byID[id].StartOffsetMs
	}
	for i, id := range l.SlowestSteps {
		require.True(t, i == 0 || byID[l.SlowestSteps[i-1]].DurationMs >= byID[id].DurationMs)
	}
}
