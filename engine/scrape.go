package engine

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"flowwatch/engine/execution"
	"flowwatch/engine/fault"
	"flowwatch/engine/notify/channel"
	"flowwatch/engine/promql"
	"flowwatch/engine/setting"
	"flowwatch/tsdb"
)

// Bounds of reading metrics elsewhere.
const (
	scrapesAtOnce     = 4
	scrapesOfOffice   = 3 // at once, so that one whose addresses hang leaves room for others
	scrapeTimeout     = 10 * time.Second
	scrapeBytesMax    = 4 << 20
	scrapeErrorsShown = 5
	scrapeFailures    = 3 // in a row, that health warns of
)

const scrapeAccept = "text/plain;version=0.0.4"

// Scraped is how reading from one address goes on.
type Scraped struct {
	Name, URL       string
	IntervalSeconds int
	LastAt          execution.Instant // of the last try; execution.NoInstant: none since the start
	LastSuccessAt   execution.Instant
	LastError       string // of the last try; "": it went well
	Samples         int    // taken by the last try
	Duration        time.Duration
}

// scraper reads metrics from addresses that organisations set, and makes samples of them.
type scraper struct {
	engine *Engine
	getter *channel.Getter
	slots  chan struct{}

	mu   sync.Mutex // guards the rest
	jobs map[scrapeKey]*scrapeJob
}

type scrapeKey struct{ tenant, name string }

// scrapeJob is what is known of one address since the start.
type scrapeJob struct {
	Scraped
	due     time.Time
	running bool
	failed  int                     // in a row
	before  map[string]counterValue // of rates, by what is added up
}

// counterValue is a sum at a time.
type counterValue struct {
	value float64
	at    time.Time
}

func newScraper(e *Engine) *scraper {
	return &scraper{engine: e, getter: channel.NewGetter(e.webhookAllow), slots: make(chan struct{}, scrapesAtOnce), jobs: map[scrapeKey]*scrapeJob{}}
}

// run begins what is due until the engine stops, and waits for what it began.
func (s *scraper) run() {
	ctx, cancel := context.WithCancel(context.Background())
	var begun sync.WaitGroup
	defer begun.Wait()
	defer cancel()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-s.engine.stop:
			return
		case <-ticker.C:
			s.begin(ctx, &begun)
		}
	}
}

// begin starts what is due.
func (s *scraper) begin(ctx context.Context, begun *sync.WaitGroup) {
	now := s.engine.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := map[scrapeKey]bool{}
	for _, t := range s.engine.all() {
		for _, one := range t.Settings().Scrapes {
			key := scrapeKey{t.id, one.Name}
			wanted[key] = true
			job := s.jobs[key]
			if job == nil || job.URL != one.URL && !job.running {
				job = &scrapeJob{Scraped: Scraped{LastAt: execution.NoInstant, LastSuccessAt: execution.NoInstant}}
				s.jobs[key] = job
			}
			if job.running || now.Before(job.due) {
				continue
			}
			job.Name, job.URL, job.IntervalSeconds = one.Name, one.URL, one.IntervalSeconds
			job.running, job.due = true, now.Add(time.Duration(one.IntervalSeconds)*time.Second)
			begun.Go(func() { s.scrape(ctx, t, one, job) })
		}
	}
	for key := range s.jobs {
		if !wanted[key] {
			delete(s.jobs, key)
		}
	}
}

// scrape reads once, when it is its turn.
func (s *scraper) scrape(ctx context.Context, t *Tenant, one setting.Scrape, job *scrapeJob) {
	leave, entered := s.enter(ctx, t)
	if !entered {
		return
	}
	defer leave()
	began := s.engine.now()
	taken, before, err := s.read(ctx, t, &one, job.before)
	s.mu.Lock()
	defer s.mu.Unlock()
	job.running, job.LastAt, job.Duration, job.Samples, job.LastError = false, execution.At(began), s.engine.now().Sub(began), taken, ""
	if before != nil {
		job.before = before // only this goroutine uses it while the job runs
	}
	if err == nil {
		job.LastSuccessAt, job.failed = job.LastAt, 0
		return
	}
	if ctx.Err() != nil {
		return
	}
	job.LastError = fault.Of(err).Message
	if e := fault.Of(err); e.Kind == fault.Internal {
		job.LastError = t.Hides().Preview(err.Error())
	}
	if job.failed++; job.failed == 1 {
		s.engine.log.LogAttrs(ctx, slog.LevelWarn, "metrics cannot be read", slog.String("tenant", t.id), slog.String("scrape", one.Name), slog.String("err", job.LastError))
	}
}

// enter waits for a place among those of the organisation, then of all.
func (s *scraper) enter(ctx context.Context, t *Tenant) (leave func(), entered bool) {
	select {
	case t.scrapeSlots <- struct{}{}:
	case <-ctx.Done():
		return nil, false
	}
	select {
	case s.slots <- struct{}{}:
		return func() { <-s.slots; <-t.scrapeSlots }, true
	case <-ctx.Done():
		<-t.scrapeSlots
		return nil, false
	}
}

// read gets the metrics and takes what is made of them.
func (s *scraper) read(ctx context.Context, t *Tenant, one *setting.Scrape, before map[string]counterValue) (taken int, now map[string]counterValue, err error) {
	ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	text, err := s.getter.Get(ctx, one.URL, scrapeAccept, scrapeBytesMax)
	if err != nil {
		return 0, nil, err
	}
	at := s.engine.now()
	sums, err := sumsOf(text, one.Metrics)
	if err != nil {
		return 0, nil, err
	}
	samples, now, missing := samplesOf(one, sums, at, before)
	accepted, rejected, err := t.takeSamples(samples)
	switch {
	case err != nil:
		return accepted, now, err
	case len(missing) > 0:
		return accepted, now, fmt.Errorf("no series of %v", missing[:min(len(missing), scrapeErrorsShown)])
	case len(rejected) > 0:
		return accepted, now, fmt.Errorf("%s: %s", samples[rejected[0].Index].Metric, rejected[0].Message)
	}
	return accepted, now, nil
}

// sumsOf adds up the series of each metric that is wanted, by its place. Numbers that are none are not there.
func sumsOf(text []byte, wanted []setting.ScrapeMetric) (map[int]float64, error) {
	places := map[string][]int{}
	for i := range wanted {
		places[wanted[i].Metric] = append(places[wanted[i].Metric], i)
	}
	sums := map[int]float64{}
	err := promql.ReadExposition(text, func(label func(string) string, value float64) {
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return
		}
		for _, i := range places[label(tsdb.MetricLabel)] {
			if hasLabels(label, wanted[i].Labels) {
				sums[i] += value
			}
		}
	})
	return sums, err
}

func hasLabels(label func(string) string, wanted map[string]string) bool {
	for name, value := range wanted {
		if label(name) != value {
			return false
		}
	}
	return true
}

// samplesOf makes samples of sums. A rate needs the sum before, which must not be greater: a counter begins anew with its program.
func samplesOf(one *setting.Scrape, sums map[int]float64, at time.Time, before map[string]counterValue) (samples []Sample, now map[string]counterValue, missing []string) {
	now = map[string]counterValue{}
	for i := range one.Metrics {
		m := &one.Metrics[i]
		sum, there := sums[i]
		if !there {
			missing = append(missing, m.Metric)
			continue
		}
		value := sum
		if m.Rate {
			name := m.Metric + fmt.Sprint(m.Labels)
			now[name] = counterValue{sum, at}
			last, known := before[name]
			seconds := at.Sub(last.at).Seconds()
			if !known || sum < last.value || seconds <= 0 {
				continue
			}
			value = (sum - last.value) / seconds
		}
		if value *= m.Times(); !math.IsInf(value, 0) {
			samples = append(samples, Sample{Metric: m.As, Tags: map[string]string{"scrape": one.Name}, Value: value, Timestamp: execution.At(at)})
		}
	}
	return samples, now, missing
}

// failing is how many addresses of an organisation cannot be read, not for the first time.
func (s *scraper) failing(t *Tenant) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, job := range s.jobs {
		if key.tenant == t.id && job.failed >= scrapeFailures {
			n++
		}
	}
	return n
}

// Scrapes are the addresses that the organisation has metrics read from, with how that goes on.
func (t *Tenant) Scrapes() []Scraped {
	s := t.engine.scraper
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Scraped, 0, len(t.Settings().Scrapes))
	for _, one := range t.Settings().Scrapes {
		state := Scraped{LastAt: execution.NoInstant, LastSuccessAt: execution.NoInstant}
		if job := s.jobs[scrapeKey{t.id, one.Name}]; job != nil && job.URL == one.URL {
			state = job.Scraped
		}
		state.Name, state.URL, state.IntervalSeconds = one.Name, one.URL, one.IntervalSeconds
		all = append(all, state)
	}
	return all
}

// checkScrapes says which new addresses may not be reached, or what is computed and cannot be measured.
func (t *Tenant) checkScrapes(old, next []setting.Scrape) (fields []fault.Field) {
	known := map[string]bool{}
	for i := range old {
		known[old[i].URL] = true
	}
	for i := range next {
		if message := t.engine.webhookAllow.CheckURL(next[i].URL); message != "" && !known[next[i].URL] {
			fields = append(fields, fault.Field{Location: fmt.Sprintf("body.scrapes[%d].url", i), Message: message})
		}
		for k := range next[i].Metrics {
			if as := next[i].Metrics[k].As; computed(as) {
				fields = append(fields, fault.Field{Location: fmt.Sprintf("body.scrapes[%d].metrics[%d].as", i, k), Message: as + " is computed from events"})
			}
		}
	}
	return fields
}
