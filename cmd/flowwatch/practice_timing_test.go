package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"flowwatch/kv"
	"flowwatch/tsdb"
)

// The shape of issue 3: a million executions in five organisations, and the workflow that is asked about has 19,900 of them. Beside them stands
// an organisation whose only workflow has a million runs, because percentiles of so many are asked for, too.
const (
	practiceDays    = 30
	practiceOffices = 5
	practiceFlows   = 10
	practiceShare   = 0.0995 // of the runs of an office are those of the workflow that is asked about
	practiceEvents  = 4      // of a run with its step
	practicePoints  = 7      // of such a run: how it ended and how long it took, twice; duration, CPU and memory of its step
	archivePoints   = 4      // of a run without steps
	archiveEvents   = 2
)

// practice is a data directory of that shape, made through the ingest route and kept between runs.
type practice struct {
	Executions int       // of all offices; the archive has as many
	Began      time.Time // when the first run started
	Ended      time.Time // when the last one did
	Rate       float64   // events a second while it was made
	Offices    []string  // tokens
	Archive    string    // token
	dir        string
}

// openPractice finds the data set of an earlier run or makes it.
func openPractice(t *testing.T, binary string) *practice {
	t.Helper()
	p := &practice{Executions: benchExecutions(t, practiceOffices*practiceFlows*200)}
	parent := os.Getenv("FLOWWATCH_BENCH_DIR")
	if parent == "" {
		parent = benchDir(t)
	}
	p.dir = filepath.Join(parent, "practice-"+strconv.Itoa(p.Executions))
	made := p.dir + ".json"
	if text, err := os.ReadFile(made); err == nil {
		require.NoError(t, json.Unmarshal(text, p))
		return p
	}
	require.NoError(t, os.RemoveAll(p.dir))
	p.write(t, binary)
	p.quiet(t)
	text, err := json.Marshal(p)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(made, text, 0o600))
	return p
}

// write reports all runs, those of each office through an engine of its own, in order of their starts.
func (p *practice) write(t *testing.T, binary string) {
	t.Helper()
	server := newChild(t, binary, p.dir)
	for i := range practiceOffices {
		p.Offices = append(p.Offices, server.createToken(t, fmt.Sprintf("office-%d", i), "integration,viewer"))
	}
	p.Archive = server.createToken(t, "archive", "integration,viewer")
	server.start(t)
	p.Ended = time.Now().Add(-time.Hour).UTC().Truncate(time.Millisecond)
	p.Began = p.Ended.Add(-practiceDays * 24 * time.Hour)
	began := time.Now()
	p.report(t, server, p.Offices, p.Executions/practiceOffices, practiceEvents)
	p.Rate = float64(p.Executions*practiceEvents) / time.Since(began).Seconds()
	p.report(t, server, []string{p.Archive}, p.Executions, archiveEvents)
	server.stop(t)
	server.check(t)
}

// report writes the runs of some organisations side by side, a hundred events a request; two clients share an organisation.
func (p *practice) report(t *testing.T, server *child, tokens []string, runs, eventsEach int) {
	t.Helper()
	const eventsMax, clients = 100, 2
	var wait sync.WaitGroup
	errs := make([]error, clients*len(tokens))
	for i := range errs {
		wait.Go(func() {
			engine, w := newEngineClient(server.address, tokens[i/clients]), newPracticeWriter(p, uint64(i), runs)
			body := make([]byte, 0, 64<<10)
			for run := i % clients; run < runs && errs[i] == nil; {
				body = append(body[:0], '[')
				events := 0
				for ; run < runs && events+eventsEach <= eventsMax; run += clients {
					body, events = w.appendRun(body, run, eventsEach), events+eventsEach
				}
				body[len(body)-1] = ']'
				errs[i] = engine.post(body, events)
			}
		})
	}
	wait.Wait()
	require.NoError(t, errors.Join(errs...))
}

// quiet folds and seals all days, as the server does when nothing was written for ten minutes.
func (p *practice) quiet(t *testing.T) {
	t.Helper()
	store, err := kv.Open(filepath.Join(p.dir, "flowwatch.db"), kv.Options{})
	require.NoError(t, err)
	series, err := tsdb.Open(store, tsdb.Options{
		Segments: filepath.Join(p.dir, "segments"), Now: func() time.Time { return time.Now().Add(time.Hour) },
	})
	require.NoError(t, err)
	require.NoError(t, series.Maintain(t.Context()))
	require.NoError(t, errors.Join(series.Close(), store.Close()))
}

// practiceWriter makes the events of one engine.
type practiceWriter struct {
	source *rand.ChaCha8
	dice   *rand.Rand
	began  time.Time
	gap    time.Duration // between two starts
}

func newPracticeWriter(p *practice, seed uint64, runs int) *practiceWriter {
	var key [32]byte
	key[0], key[1] = byte(seed), 7
	source := rand.NewChaCha8(key)
	return &practiceWriter{source: source, dice: rand.New(source), began: p.Began, gap: p.Ended.Sub(p.Began) / time.Duration(runs)}
}

// flowOf spreads the runs over the workflows, the first of which is the one that is asked about. The archive has but one.
func flowOf(run, eventsEach int) int {
	asked := func(n int) int { return int(practiceShare*float64(n) + 1e-6) }
	if eventsEach == archiveEvents || asked(run+1) > asked(run) {
		return 0
	}
	return 1 + run%(practiceFlows-1)
}

// appendRun appends the events of one run, a comma behind each.
func (w *practiceWriter) appendRun(dst []byte, run, eventsEach int) []byte {
	id, flow := w.uuid(), flowOf(run, eventsEach)
	start := w.began.Add(time.Duration(run)*w.gap + time.Duration(w.dice.Int64N(int64(w.gap)))).Truncate(time.Millisecond)
	took := time.Duration(float64(20*time.Second) * w.dice.ExpFloat64()).Truncate(time.Millisecond)
	end := `execution.completed"`
	if roll := w.dice.IntN(200); roll == 0 {
		end = `execution.cancelled"`
	} else if roll <= 10 {
		end = `execution.failed","error":{"type":"Timeout","code":"KSEF-504","message":"the gateway did not answer within 30 s"}`
	}
	event := func(after time.Duration, what string) {
		dst = append(dst, `{"eventId":"`...)
		own := w.uuid()
		dst = append(append(dst, own[:]...), `","timestamp":"`...)
		dst = start.Add(after).AppendFormat(dst, "2006-01-02T15:04:05.000Z")
		dst = append(append(append(dst, `","executionId":"`...), id[:]...), `","workflowId":"flow-`...)
		dst = append(strconv.AppendInt(dst, int64(flow), 10), `","type":"`...)
		dst = append(append(dst, what...), '}', ',')
	}
	event(0, `execution.started","clientRef":"`+officeRef(w.dice.IntN(officeRefs))+`"`)
	if eventsEach == practiceEvents {
		event(took/8, `step.started","stepId":"post","stepName":"Księgowanie","attempt":1`)
		event(took/8*7, `step.completed","stepId":"post","attempt":1,"cpuUsagePercent":`+strconv.Itoa(w.dice.IntN(95))+
			`.5,"memoryUsageMb":`+strconv.Itoa(100+w.dice.IntN(300)))
	}
	event(took, end)
	return dst
}

func (w *practiceWriter) uuid() [36]byte { return randomUUID(w.source) }
