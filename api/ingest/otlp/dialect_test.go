package otlp

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"flowwatch/api/ingest"
)

// inShort is an execution in a line: workflow, status, duration, steps with status and attempts.
func (s seen) inShort() string {
	words := []string{s.Summary.WorkflowName, s.Summary.Status.String()}
	if ms, ok := s.Summary.DurationMs(now); ok && s.Summary.CompletedAt.Present() {
		words = append(words, fmt.Sprint(ms))
	}
	for _, step := range s.Steps {
		words = append(words, fmt.Sprintf("%s=%s/%d", strings.ReplaceAll(step.Name, " ", "_"), step.Status, step.Attempt))
	}
	if s.Summary.TimedOut {
		words = append(words, "timed out")
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

// What the engine has made of each dialect, in the order of the lines.
func TestDialectsMakeRunsWithSteps(t *testing.T) {
	t.Parallel()
	codec := ingest.NewCodec()
	for file, want := range map[string][]string{
		"plain.json":              {"zamknięcie miesiąca failed 6000 pobranie=completed/1 wysyłka_do_KSeF=failed/2"},
		"plain-without-root.json": {"running"},
		"cicd.json": {
			"nocne failed 30000 timed out", "wydanie failed 9000 test=failed/1 unit=completed/1 deploy=skipped/1", "zależności cancelled 3000 sprawdź=skipped/1",
		},
		"airflow.json":        {"month_end failed 9000 extract=completed/2 vat[0]=completed/1 vat[1]=failed/1 report=skipped/1"},
		"airflow-before.json": {"lista_plac completed 14000"},
		"kestra.json":         {"jpk running Log=completed/1 Request=failed/1", "wysylka running"},
		"temporal.json":       {"ListaPlac completed 7000", "MonthEnd completed 5800 Vat=completed/2", "Send failed 900"},
		"prefect.json":        {"zamkniecie-miesiaca failed 4500 pobierz-3fa=completed/1 wyślij-0=failed/1 raport=completed/1"},
		"n8n-1-four-runs-one-waiting.json": {
			"Faktura do KSeF (awaria) failed 1108 Start=completed/1 Compute_VAT=completed/1 Over_limit?=completed/1 Pause=completed/1 Send_to_KSeF=failed/1",
			"Faktura do KSeF completed 1190 Start=completed/1 Compute_VAT=completed/1 Over_limit?=completed/1 Pause=completed/1 Send_to_KSeF=completed/1",
			"Miesięczne zamknięcie (czeka) waiting Start=completed/1 Compute_VAT=completed/1 Over_limit?=completed/1 Pause=completed/1",
			"Wysyłka z ponowieniem completed 731 Start=completed/1 Three_items=completed/1 One_by_one=completed/4 Post_item=completed/3 Done=completed/1",
		},
		"n8n-2-resumed-run.json": {"Miesięczne zamknięcie (czeka) completed 27 Pause=completed/1 Send_to_KSeF=completed/1"},
	} {
		body := inputs(t)["testdata/"+file]
		traces, err := new(ptrace.JSONUnmarshaler).UnmarshalTraces(body)
		require.NoError(t, err)
		x := told{}
		x.add(t, codec, traces)
		var got []string
		for _, one := range x.seen() {
			got = append(got, one.inShort())
		}
		slices.Sort(got)
		require.Equal(t, want, got, file)
	}
}
