package timeline

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"flowwatch/engine/execution"
)

func message(e *execution.ErrorInfo) string {
	if e == nil {
		return ""
	}
	return e.Message
}

func explained(r *Run, h History, l Language) Explanation {
	return Explain(Case{Run: r, History: h, Now: at(60_000), Language: l, Preview: message})
}

func (x Explanation) fact(t *testing.T, name, stepID string) float64 {
	t.Helper()
	for _, f := range x.Facts {
		if f.Name == name && f.StepID == stepID {
			return f.Value
		}
	}
	t.Fatalf("no fact %s of %q", name, stepID)
	return 0
}

// usualRuns take about 1 s in step a and 2 s in step b; a gets 1 kB and uses 40 % of the processor.
const usualRuns = `
	-500  execution.queued
	0     execution.started
	0     step.started a input=10NN cpu=4N
	10NN  step.completed a
	1100  step.started b
	30NN  step.completed b
	3200  execution.completed`

const slowRun = `
	-90500 execution.queued
	0      execution.started
	0      step.started a input=250000 cpu=97
	4000   step.failed a
	5000   step.started a
	9000   step.completed a
	9100   step.started b
	11000  step.completed b
	11050  execution.completed`

func TestASlowRunIsExplainedWithNumbersOfItsOwn(t *testing.T) {
	t.Parallel()
	x := explained(told(t, "", slowRun), pastOf(t, 10, "", usualRuns), Polish)
	require.Equal(t, "Wykonanie trwało 11 s, dłużej niż zwykle: typowo 3,2 s, w 90% przypadków do 3,2 s (z 10 wykonań).", x.Summary)
	require.Equal(t, []string{
		"W kolejce czekało 1 min 30 s, typowo 500 ms (z 10 wykonań).",
		"Krok „Krok a” trwał 9 s, o 7,9 s dłużej niż typowo (typowo 1 s, w 90% przypadków do 1 s, z 10 wykonań).",
		"Krok „Krok a” dostał 250 kB danych wejściowych, typowo 1 kB (z 10 wykonań).",
		"Krok „Krok a” zużywał 97% procesora, typowo 44% (z 10 wykonań).",
		"Krok „Krok a” ponawiano 1 raz; ostatnie podejście zaczęło się 5 s po pierwszym.",
		"Najdłużej trwał krok „Krok a”: 9 s, czyli 81,4% całości.",
	}, x.Sentences)
	require.InDelta(t, 9000, x.fact(t, "stepDuration", "a"), 0)
	require.InDelta(t, 90_500, x.fact(t, "queueWait", ""), 0)
	require.InDelta(t, 10, x.fact(t, "sampleSize", ""), 0)
}

func TestTheSameIsSaidInEnglish(t *testing.T) {
	t.Parallel()
	x := explained(told(t, "", slowRun), pastOf(t, 10, "", usualRuns), English)
	require.Equal(t, "The execution took 11 s, longer than usual: typically 3.2 s, up to 3.2 s in 90% of cases (of 10 runs).", x.Summary)
	require.Equal(t, "Step “Krok a” received 250 kB of input, typically 1 kB (of 10 runs).", x.Sentences[2])
	require.Contains(t, x.Sentences, "Step “Krok a” was retried once; the last try began 5 s after the first.")
	require.Contains(t, x.Sentences, "It stood in the queue for 1 min 30 s, typically 500 ms (of 10 runs).")
	polish := explained(told(t, "", slowRun), pastOf(t, 10, "", usualRuns), Polish)
	require.Len(t, x.Sentences, len(polish.Sentences))
	require.Equal(t, polish.Facts, x.Facts)
}

func TestTooLittleDataIsSaidAndNothingIsGuessed(t *testing.T) {
	t.Parallel()
	x := explained(told(t, "", slowRun), pastOf(t, 9, "", usualRuns), Polish)
	require.Equal(t, "Wykonanie trwało 11 s.", x.Summary)
	require.Equal(t, []string{
		"W kolejce czekało 1 min 30 s.",
		"Krok „Krok a” ponawiano 1 raz; ostatnie podejście zaczęło się 5 s po pierwszym.",
		"Najdłużej trwał krok „Krok a”: 9 s, czyli 81,4% całości.",
		"Za mało danych, by powiedzieć, co jest zwykłe: zakończonych wykonań do porównania jest 9, potrzeba 10.",
	}, x.Sentences)
}

func TestAUsualRunHasNoCulprit(t *testing.T) {
	t.Parallel()
	x := explained(told(t, "", strings.ReplaceAll(usualRuns, "N", "0")), pastOf(t, 10, "", usualRuns), Polish)
	require.Contains(t, x.Summary, "nie dłużej niż zwykle")
	require.Equal(t, []string{"Najdłużej trwał krok „Krok b”: 1,9 s, czyli 59,4% całości."}, x.Sentences)
}

// A wait between steps is told too, and time in waiting apart.
func TestIdleTimeIsToldApart(t *testing.T) {
	t.Parallel()
	x := explained(told(t, "", `
		0     execution.started
		0     step.started a
		1000  step.completed a
		2000  execution.waiting
		7000  execution.resumed
		9000  step.started b
		10900 step.completed b
		11000 execution.completed`), pastOf(t, 10, "", usualRuns), Polish)
	require.Contains(t, x.Sentences, "W stanie oczekiwania spędziło 5 s.")
	require.Contains(t, x.Sentences, "Przed krokiem „Krok b” upłynęło 8 s bezczynności, typowo 45 ms (z 10 wykonań).")
}

func TestWhereNothingShowsNothingIsInvented(t *testing.T) {
	t.Parallel()
	story := "0 execution.started\n0 step.started a\n10NN step.completed a\n%s execution.completed"
	past := pastOf(t, 10, "", strings.ReplaceAll(story, "%s", "1200"))
	x := explained(told(t, "", strings.NewReplacer("N", "0", "%s", "9000").Replace(story)), past, Polish)
	require.Contains(t, x.Sentences, "Żaden krok na ścieżce krytycznej nie trwał dłużej niż w 90% swoich wcześniejszych wykonań.")
	x = explained(told(t, "", "0 execution.started\n0 step.started new\n5000 step.completed new\n9000 execution.completed"), past, Polish)
	require.Contains(t, x.Sentences, "Za mało danych o krokach, by wskazać przyczynę: porównać można 0 z 1 na ścieżce krytycznej.")
}

func TestAFailureNamesItsStepAndReason(t *testing.T) {
	t.Parallel()
	x := explained(told(t, "", `
		0   execution.started
		0   step.started a
		10  step.completed a
		10  step.started b
		20  step.started c
		300 step.failed b error=Brak_podpisu
		310 execution.failed error=Przerwano`), History{}, Polish)
	require.Equal(t, "Wykonanie nie powiodło się po 310 ms.", x.Summary)
	require.Equal(t, []string{"Nie powiódł się krok „Krok b”.", "Silnik podał powód: Brak_podpisu"}, x.Sentences[:2])
	require.InDelta(t, 2, x.fact(t, "failedSteps", ""), 0, "c was still open")

	x = explained(told(t, "", "0 execution.started\n20 step.started c\n310 execution.failed error=Przerwano"), History{}, English)
	require.Equal(t, []string{"Step “Krok c” was running when the execution ended.", "The engine gave a reason: Przerwano"}, x.Sentences[:2])
	x = explained(told(t, "", "0 execution.started\n310 execution.failed"), History{}, Polish)
	require.Len(t, x.Sentences, 1, "only that there is too little data")
}

// A step under way is judged by what it took so far.
func TestARunUnderWayIsExplainedToo(t *testing.T) {
	t.Parallel()
	past := pastOf(t, 10, "", usualRuns)
	x := explained(told(t, "", "0 execution.started\n0 step.started a\n1000 step.completed a\n1050 step.started b"), past, Polish)
	require.Contains(t, x.Summary, "Wykonanie trwa już 1 min, dłużej niż zwykle")
	require.Contains(t, x.Sentences[0], "Krok „Krok b” trwa już 58,9 s")
	young := Explain(Case{Run: told(t, "", "0 execution.started"), History: past, Now: at(1_000), Preview: message})
	require.Equal(t, "Wykonanie trwa już 1 s; typowo 3,2 s, w 90% przypadków do 3,2 s (z 10 wykonań).", young.Summary)
	x = explained(told(t, "", "0 execution.started\n10 execution.cancelled"), past, Polish)
	require.Equal(t, "Wykonanie anulowano po 10 ms.", x.Summary, "that was not quick")
	x = explained(told(t, "", "0 execution.queued"), past, Polish)
	require.Equal(t, "Wykonanie jeszcze się nie zaczęło.", x.Summary)
	require.Equal(t, []string{"W kolejce czekało 1 min, typowo 500 ms (z 10 wykonań)."}, x.Sentences)
	x = explained(told(t, "", "0 execution.started\n100 execution.waiting"), past, English)
	require.Contains(t, x.Summary, "The execution is waiting and has taken 1 min so far")
	x = explained(told(t, "", "0 execution.queued\n10 execution.cancelled"), past, Polish)
	require.Equal(t, "Wykonanie anulowano.", x.Summary)
	x = explained(told(t, "", "0 execution.started\n3600000 execution.cancelled"), NewHistory(nil), Polish)
	require.Equal(t, "Wykonanie anulowano po 1 godz.", x.Summary, "one full stop closes an abbreviation and the sentence")
}

func TestLengthsAreWrittenForPeople(t *testing.T) {
	t.Parallel()
	for ms, want := range map[float64]string{
		0: "0 ms", 999: "999 ms", 1000: "1 s", 2450: "2,4 s", 59_999: "59,9 s", 60_000: "1 min", 155_000: "2 min 35 s",
		3_900_000: "1 godz. 5 min", 90_000_000: "1 dzień 1 godz.", 273_600_000: "3 dni 4 godz.",
	} {
		require.Equal(t, want, Polish.duration(ms))
	}
	require.Equal(t, "1 h 5 min", English.duration(3_900_000))
	require.Equal(t, "1.2 MB", English.bytes(1_200_000))
	require.Equal(t, "320 B", Polish.bytes(320))
}
