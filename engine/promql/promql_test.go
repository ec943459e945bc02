package promql

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/value"
	"github.com/stretchr/testify/require"

	"flowwatch/kv"
	"flowwatch/tsdb"
)

// shelf is a series store of one organisation, whose series marked="1" hold marks.
type shelf struct {
	store *kv.DB
	scope tsdb.Scope
}

func newShelf(t testing.TB) *shelf {
	t.Helper()
	store, err := kv.Open(filepath.Join(t.TempDir(), "series.db"), kv.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	scope, err := store.Scope("office")
	require.NoError(t, err)
	db, err := tsdb.Open(store, tsdb.Options{})
	require.NoError(t, err)
	return &shelf{store: store, scope: db.Scope(scope)}
}

func (s *shelf) put(t testing.TB, metric string, pairs []string, points ...tsdb.Point) {
	t.Helper()
	var b tsdb.Batch
	l, err := tsdb.NewLabels(metric, pairs...)
	require.NoError(t, err)
	for i, p := range points {
		require.NoError(t, b.Put(l, tsdb.PointID(i), p))
	}
	require.NoError(t, s.store.Update(func(tx *kv.Tx) error {
		_, err := s.scope.Apply(tx, &b)
		return err
	}))
}

func (s *shelf) source() Source {
	return Source{
		Scopes: []tsdb.Scope{s.scope}, Slots: Slots(),
		Name: func(metric string) string {
			if metric == "hidden" {
				return ""
			}
			return strings.ReplaceAll(metric, ".", "_")
		},
		Show: func(l tsdb.Labels) (shown Shown, ok bool) {
			for name, value := range l.All() {
				switch name {
				case tsdb.MetricLabel:
				case "marked":
					shown.Marks = true
				default:
					shown.Pairs = append(shown.Pairs, name, value)
				}
			}
			return shown, true
		},
	}
}

func (s *shelf) instant(t testing.TB, text string, at int64) string {
	t.Helper()
	answer, err := New().Instant(context.Background(), s.source(), &Query{Text: text, At: time.UnixMilli(at)})
	require.NoError(t, err)
	require.True(t, json.Valid(answer.Data), "%s", answer.Data)
	return string(answer.Data)
}

func vector(samples ...string) string {
	return `{"resultType":"vector","result":[` + strings.Join(samples, ",") + `]}`
}

// Samples of one time are all counted: runs end together.
func TestPointsOfOneTimeAreSeveralSamples(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.put(t, "run.ms", nil, tsdb.Point{At: 1000, Value: 5}, tsdb.Point{At: 1000, Value: 7}, tsdb.Point{At: 1001, Value: 9}, tsdb.Point{At: 1500, Value: 1})
	require.Equal(t, vector(`{"metric":{},"value":[2,"4"]}`), s.instant(t, "count_over_time(run_ms[10s])", 2000))
	require.Equal(t, vector(`{"metric":{},"value":[2,"22"]}`), s.instant(t, "sum_over_time(run_ms[10s])", 2000))
	require.Equal(t, vector(), s.instant(t, "hidden", 2000))
}

// Every number that a sample of Prometheus may have is kept.
func TestMarksStandForNumbersThatASeriesCannotHold(t *testing.T) {
	t.Parallel()
	for _, v := range []float64{math.Float64frombits(value.StaleNaN), math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1)} {
		mark, is := Mark(v)
		require.True(t, is, v)
		back := unmark(mark)
		require.Equal(t, fmt.Sprint(v, math.Signbit(v), value.IsStaleNaN(v)), fmt.Sprint(back, math.Signbit(back), value.IsStaleNaN(back)))
	}
	_, is := Mark(0)
	require.False(t, is)
	s := newShelf(t)
	s.put(t, "x", nil, tsdb.Point{At: 1000, Value: 1}, tsdb.Point{At: 3000, Value: 3})
	s.put(t, "x", []string{"marked", "1"}, tsdb.Point{At: 2000, Value: markInf}, tsdb.Point{At: 3000, Value: markNaN}, tsdb.Point{At: 4000, Value: markStale})
	require.Equal(t, vector(`{"metric":{"__name__":"x"},"value":[2.500,"+Inf"]}`), s.instant(t, "x", 2500))
	require.Equal(t, vector(`{"metric":{"__name__":"x"},"value":[3.500,"3"]}`), s.instant(t, "x", 3500), "a value counts before a mark of its time")
	require.Equal(t, vector(), s.instant(t, "x", 4500))
}

// What would take much memory before its samples are counted is refused beforehand.
func TestExpressionsThatGrowAreRefused(t *testing.T) {
	t.Parallel()
	join := "up"
	for range 7 {
		join = `label_join(` + join + `,"a","","a","a")`
	}
	s := newShelf(t)
	for text, kind := range map[string]Kind{
		`count_over_time(vector(1)[100d:10ms])`:                     Execution,
		`max_over_time(max_over_time(vector(1)[100d:1m])[100d:1m])`: Execution,
		`sum_over_time(vector(1)[292y:])`:                           Execution,
		join:                                                        Execution,
		`label_replace(up,"a","` + strings.Repeat("$1", 65) + `","a","(.*)")`: Execution,
		`1 + (`: BadData,
		strings.Repeat("(", 9000) + "1" + strings.Repeat(")", 9000):          BadData,
		`count_over_time((count_over_time(vector(1)[1d:1m]) or up)[30d:1m])`: "",
		`label_replace(up,"a","$1-$2","b","(.*)-(.*)")`:                      "",
	} {
		_, err := New().Instant(t.Context(), s.source(), &Query{Text: text, At: time.Unix(0, 0)})
		if kind == "" {
			require.NoError(t, err, text)
			continue
		}
		var refused *Error
		require.ErrorAs(t, err, &refused, text)
		require.Equal(t, kind, refused.Kind, "%s: %v", text, err)
	}
}

// Who waits for a place among the queries waits no longer than for an answer.
func TestFewQueriesAtATime(t *testing.T) {
	t.Parallel()
	e, full, other := New(), newShelf(t).source(), newShelf(t).source()
	ask := func(s Source) error {
		_, err := e.Instant(t.Context(), s, &Query{Text: "1", Timeout: 50 * time.Millisecond})
		return err
	}
	for range queriesEachMax {
		_, err := e.enter(t.Context(), full.Slots)
		require.NoError(t, err)
	}
	require.NoError(t, ask(other), "one organisation never has all places")
	leave, err := e.enter(t.Context(), other.Slots)
	require.NoError(t, err)
	for _, s := range []Source{full, other} {
		var late *Error
		require.ErrorAs(t, ask(s), &late)
		require.Equal(t, TimedOut, late.Kind)
	}
	leave()
	require.NoError(t, ask(other))
}

// What Version says is the module's version: v0.316.0 is of Prometheus 3.16.0.
func TestVersionIsThatOfTheModule(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	found := regexp.MustCompile(`github.com/prometheus/prometheus v0\.(\d)(\d+)\.(\d+)`).FindSubmatch(text)
	require.NotNil(t, found)
	require.Equal(t, Version, fmt.Sprintf("%s.%s.%s", found[1], found[2], found[3]))
}

// A range of 240 steps over 6 series, each with a sample every 15 s for an hour.
func BenchmarkRange(b *testing.B) {
	s := newShelf(b)
	begin := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for i := range 6 {
		points := make([]tsdb.Point, 240)
		for k := range points {
			points[k] = tsdb.Point{At: begin.Add(time.Duration(k) * 15 * time.Second).UnixMilli(), Value: float64(k * i)}
		}
		s.put(b, "requests_total", []string{"instance", fmt.Sprint(i)}, points...)
	}
	e := New()
	q := &RangeQuery{Query: Query{Text: "sum by (instance) (rate(requests_total[5m]))"}, From: begin, To: begin.Add(time.Hour - time.Second), Step: 15 * time.Second}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Range(context.Background(), s.source(), q); err != nil {
			b.Fatal(err)
		}
	}
}

// An expression of some KB that names all series again and again is refused before their labels fill the memory; also where no series has a value.
func TestNamingSeriesAgainAndAgainIsLimited(t *testing.T) {
	t.Parallel()
	s, begin := newShelf(t), time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	const series, large = 100, 30_000
	var b tsdb.Batch
	for i := range series {
		pairs := []string{"n", fmt.Sprint(i)}
		for k := range large / 1000 {
			pairs = append(pairs, fmt.Sprintf("l%d", k), strings.Repeat("x", 1000))
		}
		l, err := tsdb.NewLabels("up", pairs...)
		require.NoError(t, err)
		require.NoError(t, b.Put(l, tsdb.PointID(i), tsdb.Point{At: begin.UnixMilli(), Value: 1}))
	}
	require.NoError(t, s.store.Update(func(tx *kv.Tx) error {
		_, err := s.scope.Apply(tx, &b)
		return err
	}))
	e, many := New(), labelBytesMax/(series*large)+1
	var selectors []string
	for i := range many {
		selectors = append(selectors, fmt.Sprintf(`{n!="a%d",__name__="up"}`, i))
	}
	_, err := e.Instant(t.Context(), s.source(), &Query{Text: "count(" + strings.Join(selectors[:2], " or ") + ")", At: begin})
	require.NoError(t, err)
	_, err = e.Instant(t.Context(), s.source(), &Query{Text: "count(" + strings.Join(selectors, " or ") + ")", At: begin.Add(-time.Hour)})
	var refused *Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, Execution, refused.Kind, "%v", err)
	require.ErrorContains(t, err, "more than 64 MB of labels")
	_, err = e.Series(t.Context(), s.source(), selectors)
	require.ErrorIs(t, err, tsdb.ErrSeriesLimit)
	list, err := e.Series(t.Context(), s.source(), selectors[:2])
	require.NoError(t, err)
	require.Len(t, list, series)
}

// FuzzGuard: whatever is asked is looked at without harm, and what is refused is the asker's business.
func FuzzGuard(f *testing.F) {
	for _, text := range []string{
		`up`, `rate(up{job=~"a|b"}[5m])`, `sum by (job) (up) / on () group_left count(up)`, `label_replace(up,"x","$1","job","(.*)")`,
		`max_over_time(up[1h:1s] @ 3 offset -1m)`, `label_join(up,"a","","b","c")`, `"text"`, `{`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		err := guard(text, time.Hour)
		var refused *Error
		if err != nil {
			require.ErrorAs(t, err, &refused)
			require.Contains(t, []Kind{BadData, Execution}, refused.Kind, "%q: %v", text, err)
		}
	})
}

// What nobody who asks can help is our mistake, however the evaluation wraps it; a limit is not.
func TestFaultsOfTheStoreAreInternal(t *testing.T) {
	t.Parallel()
	kindOf := func(cause error) Kind {
		var e *Error
		require.ErrorAs(t, errorOf(fmt.Errorf("expanding series: %w", cause)), &e)
		return e.Kind
	}
	require.Equal(t, Internal, kindOf(faultOfStore(kv.ErrCorrupt)))
	require.Equal(t, Execution, kindOf(faultOfStore(tsdb.ErrSeriesLimit)))
	require.Equal(t, TimedOut, kindOf(faultOfStore(context.DeadlineExceeded)))
	func() {
		defer func() {
			bug, ok := recover().(error)
			require.True(t, ok)
			require.Equal(t, Internal, kindOf(bug))
		}()
		none := make([]int, 0)
		none[len(t.Name())] = 1
	}()
}
