package xes

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/cmd/flowwatch/eventlog"
)

const head = `<log xes.version="1.0"><string key="concept:name" value="w"/>`

// traces reads all of a log.
func traces(log io.Reader) (all []*Trace, name string, err error) {
	r := NewReader(log)
	for {
		t, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, r.Name(), nil
		}
		if err != nil {
			return all, r.Name(), err
		}
		all = append(all, t)
	}
}

func openReturns(t *testing.T) *os.File {
	t.Helper()
	log, err := os.Open("testdata/returns.xes")
	require.NoError(t, err)
	t.Cleanup(func() { log.Close() })
	return log
}

func TestReaderGivesTracesAndEventsAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	all, name, err := traces(openReturns(t))
	require.NoError(t, err)
	require.Equal(t, "Zwroty książek", name)
	require.Len(t, all, 5)
	first := all[0]
	require.Equal(t, "1", first.Name)
	require.Equal(t, 13, first.Line)
	require.Equal(t, []Attribute{{"volumes", int64(2)}}, first.Attributes)
	require.Len(t, first.Events, 6)
	require.Equal(t, "complete", first.Events[0].Transition, "what says no transition is complete")
	require.Equal(t, "start", first.Events[1].Transition, "also in capitals")
	looked := first.Events[2]
	require.Equal(t, "look over", looked.Name)
	require.True(t, looked.At.Equal(time.Date(2024, 3, 1, 8, 4, 30, 500_000_000, time.UTC)))
	require.Equal(t, Attribute{"wear", 0.25}, looked.Attributes[0])
	require.Equal(t, Attribute{"clean", true}, looked.Attributes[1])
	require.Equal(t, Attribute{"pages", int64(312)}, looked.Attributes[2])
	require.Len(t, looked.Attributes, 4)
	require.Equal(t, "a", all[1].Events[2].Instance)
	require.False(t, all[1].Events[7].Timed)
	require.True(t, all[3].Events[0].Timed, "time 0 is a time")
	require.Zero(t, all[3].Events[0].At.UnixMilli())
	require.Empty(t, all[4].Events)
}

func TestReaderNamesTheLineOfWhatIsBroken(t *testing.T) {
	t.Parallel()
	f := func(log string, line int, words string) {
		t.Helper()
		_, _, err := traces(strings.NewReader(log))
		wrong := new(eventlog.FormatError)
		require.ErrorAs(t, err, &wrong, log)
		require.Equal(t, line, wrong.Line, err)
		require.ErrorContains(t, err, words)
	}
	f("", 1, "holds no XES log")
	f("<?xml version='1.0'?>\n<html></html>", 2, "begins with <html>")
	f("not XML", 1, "holds no XES log")
	f(head+"\n<trace>\n<event>", 3, "unexpected EOF")
	f(head+"\n<trace>\n</event></log>", 3, "the XML is broken")
	f(head+"\n\n<trace><event><string key=\"a\" value=\"&nope;\"/></event></trace></log>", 3, "the XML is broken")
	f(head+"\n<trace>\n<event>\n<date key=\"time:timestamp\" value=\"yesterday\"/></event></trace></log>", 4, `"yesterday" is not a time`)
	f(head+"\n<trace><event><string key=\"concept:name\" value=\"\xff\"/></event></trace></log>", 2, "invalid UTF-8")
	f(head+"</log>\n<log/>", 2, "something follows the log")
	f("<?xml version='1.0' encoding='windows-1250'?>\n"+head+"</log>", 1, "convert the file to UTF-8")
	f("<?xml version='1.1'?>\n"+head+"</log>", 1, "only version 1.0 is supported")
	many := strings.Repeat("<event/>", TraceEventsMax+1)
	f(head+"\n<trace>"+many+"</trace></log>", 2, "more than 99998 events")
}

func TestReaderPassesErrorsOfTheFileOn(t *testing.T) {
	t.Parallel()
	log := io.MultiReader(strings.NewReader(head+"\n<trace>"), iotest.ErrReader(io.ErrUnexpectedEOF))
	_, _, err := traces(log)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.ErrorContains(t, err, "line 2")
}

func TestReaderKnowsTheOtherEncodingOfLogs(t *testing.T) {
	t.Parallel()
	log := "<?xml version='1.0' encoding='ISO-8859-1'?>\n" + strings.Replace(head, `"w"`, "\"Stra\xdfe \xf3\"", 1) +
		strings.Repeat("<trace/>", 3000) + "</log>"
	all, name, err := traces(iotest.HalfReader(strings.NewReader(log)))
	require.NoError(t, err)
	require.Equal(t, "Straße ó", name)
	require.Len(t, all, 3000)
}

func TestReaderKeepsOneTraceInMemory(t *testing.T) {
	t.Parallel()
	trace := `<trace><string key="concept:name" value="t"/><event><string key="concept:name" value="a"/></event></trace>`
	r := NewReader(io.MultiReader(strings.NewReader(head), &repeated{text: trace, left: 20_000}, strings.NewReader("</log>")))
	n := 0
	for ; ; n++ {
		_, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
	require.Equal(t, 20_000, n)
}

// repeated gives a text again and again without holding the whole.
type repeated struct {
	text     string
	left, at int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.text[r.at:])
	if r.at += n; r.at == len(r.text) {
		r.at, r.left = 0, r.left-1
	}
	return n, nil
}

func FuzzReader(f *testing.F) {
	whole, err := os.ReadFile("testdata/returns.xes")
	require.NoError(f, err)
	f.Add(string(whole))
	f.Add(head + `<trace><event><date key="time:timestamp" value="2024-01-01T00:00:00Z"/></event></trace></log>`)
	f.Fuzz(func(t *testing.T, log string) {
		all, name, err := traces(strings.NewReader(log))
		if wrong := new(eventlog.FormatError); err != nil {
			require.ErrorAs(t, err, &wrong)
			require.Positive(t, wrong.Line)
		}
		requireTaken(t, translated(&Translator{WorkflowID: eventlog.Identifier(name + "x"), WorkflowName: eventlog.Shown(name)}, all))
	})
}
