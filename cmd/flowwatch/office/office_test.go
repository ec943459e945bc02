package office

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/api/ingest"
	"flowwatch/engine/execution"
	"flowwatch/engine/mask"
)

var morning = time.Date(2026, 11, 24, 7, 0, 0, 0, time.UTC)

// play opens executions for a time and gives out all that happens in it and in the hours after.
func play(o *Office, from time.Time, lasts, every time.Duration) (events []ingest.Event) {
	for at := from; at.Before(from.Add(lasts)); at = o.Next(at, every) {
		o.Open(at)
	}
	return o.Take(from.Add(lasts+100*time.Hour), 1_000_000)
}

func TestTheSameSeedIsTheSameOffice(t *testing.T) {
	t.Parallel()
	first := play(New(7, 1), morning, time.Hour, 20*time.Second)
	require.Equal(t, first, play(New(7, 1), morning, time.Hour, 20*time.Second))
	require.NotEqual(t, first, play(New(8, 1), morning, time.Hour, 20*time.Second))
}

func TestAServerTakesEveryEventOfAnOffice(t *testing.T) {
	t.Parallel()
	codec, o := ingest.NewCodec(), New(1, 1)
	events := play(o, morning, 6*time.Hour, 20*time.Second)
	require.Zero(t, o.Active(), "everything ends")
	seen := map[string]bool{}
	last := ""
	for batch := range slices.Chunk(events, 1000) {
		body, err := json.Marshal(batch)
		require.NoError(t, err)
		read, err := codec.Decode(body, "application/json", "office", execution.At(morning.Add(1000*time.Hour)))
		require.NoError(t, err)
		require.Empty(t, read.Rejected)
		for i := range batch {
			e := &batch[i]
			require.LessOrEqual(t, last, e.Timestamp, "events come in the order of time")
			require.False(t, seen[e.ExecutionID+"/"+e.EventID])
			seen[e.ExecutionID+"/"+e.EventID], last = true, e.Timestamp
		}
	}
}

func TestAnOfficeHasAllThatCanHappen(t *testing.T) {
	t.Parallel()
	kinds, workflows, priorities, retries := map[string]int{}, map[string]int{}, map[string]int{}, 0
	for _, e := range play(New(2, 1), morning, 24*time.Hour, 30*time.Second) {
		kinds[e.Type]++
		if e.Type == "execution.queued" {
			workflows[e.WorkflowID]++
			priorities[e.Priority]++
			if e.RetryOf != "" {
				retries++
			}
			require.Contains(t, e.Tags, Tag)
		}
	}
	for kind := execution.ExecutionQueued; ; kind++ {
		name := kind.String()
		if _, known := execution.ParseEventType(name); !known {
			break
		}
		if name != "execution.progress" { // steps say it
			require.Positive(t, kinds[name], name)
		}
	}
	require.Len(t, workflows, 8)
	require.Len(t, priorities, 3)
	require.Positive(t, retries)
	require.Equal(t, kinds["execution.queued"], kinds["execution.completed"]+kinds["execution.failed"]+kinds["execution.cancelled"])
	failed := float64(kinds["execution.failed"]) / float64(kinds["execution.queued"])
	require.InDelta(t, 0.04, failed, 0.035, "an office that fails seldom, and does")
}

func TestWorkflowsAreThoseOfAnAccountingOffice(t *testing.T) {
	t.Parallel()
	steps := map[string]int{}
	for _, w := range Workflows() {
		known := map[string]bool{}
		parallel := map[string]int{}
		for _, s := range w.Steps {
			for _, before := range s.DependsOn {
				require.True(t, known[before], "%s: %s comes before %s", w.ID, before, s.StepID)
			}
			parallel[strings.Join(s.DependsOn, " ")]++
			known[s.StepID] = true
		}
		if w.ID == "month-end-closing" {
			require.Equal(t, 5, parallel["dokumenty"], "some of its steps run beside each other")
		}
		require.Greater(t, w.Expected, 5*time.Second)
		steps[w.ID] = len(known)
	}
	require.Equal(t, map[string]int{
		"invoice-processing": 7, "month-end-closing": 12, "payment-processing": 6, "jpk-generation": 8, "tax-filing": 6, "payroll": 8,
		"document-approval": 5, "document-classification": 5,
	}, steps)
}

func TestAHeldExecutionWaitsInTheQueue(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) { // also those that are tried again
		o := New(seed, 1)
		o.Hold(morning, "month-end-closing", 10*time.Minute)
		events := o.Take(morning.Add(9*time.Minute), 100)
		require.Len(t, events, 1)
		require.Equal(t, []string{"execution.queued", "NORMAL", "month-end-closing"}, []string{events[0].Type, events[0].Priority, events[0].WorkflowID})
		rest := o.Take(morning.Add(100*time.Hour), 1000)
		require.Equal(t, "execution.started", rest[0].Type)
		last := events[0].Timestamp
		for _, e := range rest {
			require.LessOrEqual(t, last, e.Timestamp)
			last = e.Timestamp
		}
		require.Zero(t, o.Active())
	}
}

func TestLeaveEndsWhatHasBegunAndForgetsTheRest(t *testing.T) {
	t.Parallel()
	o := New(3, 1)
	for range 20 {
		o.Open(morning)
	}
	o.Open(morning.Add(time.Hour))
	begun := map[string]bool{}
	for _, e := range o.Take(morning.Add(time.Second), 1000) {
		begun[e.ExecutionID] = true
	}
	ends := o.Leave(morning.Add(2 * time.Second))
	require.Len(t, ends, len(begun))
	for _, e := range ends {
		require.True(t, begun[e.ExecutionID])
		require.Equal(t, "execution.cancelled", e.Type)
	}
	require.Zero(t, o.Active())
	require.Empty(t, o.Take(morning.Add(24*time.Hour), 1000))
}

func TestQuietDaysAreQuieterAtNight(t *testing.T) {
	t.Parallel()
	o := New(4, 1)
	count := func(from time.Time) (n int) {
		for at := from; at.Before(from.Add(8 * time.Hour)); at = o.NextQuiet(at) {
			n++
		}
		return n
	}
	day, night, sunday := count(morning), count(morning.Add(11*time.Hour)), count(morning.Add(-48*time.Hour))
	require.Greater(t, day, 2*night)
	require.Greater(t, day, 2*sunday)
	require.Positive(t, night)
}

// TestInventedNumbersAreMasked uses masking, which knows real numbers by their check digits, as the judge.
func TestInventedNumbersAreMasked(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		for _, secret := range []string{pesel(r), nip(r), account(r)} {
			require.NotContains(t, mask.Text("numer "+secret+" w tekście"), secret)
		}
		require.Equal(t, "999", nip(r)[:3], "an office number that there is not")
		require.Contains(t, "45", pesel(r)[2:3], "born after 2100")
	}
}
