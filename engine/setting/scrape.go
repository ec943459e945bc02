package setting

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
)

// Limits of scrapes.
const (
	scrapesMax         = 20
	scrapeMetricsMax   = 50
	scrapeLabelsMax    = 10
	scrapeSecondsMin   = 10
	scrapeSecondsMax   = 3600
	scrapeNameRunesMax = 64
)

// Scrape is an address whose metrics are read again and again, in the text format of Prometheus.
type Scrape struct {
	Name            string         `json:"name"` // tells one from another; a tag of what is measured
	URL             string         `json:"url"`
	IntervalSeconds int            `json:"intervalSeconds"`
	Metrics         []ScrapeMetric `json:"metrics"`
}

// ScrapeMetric is a sample that is made of what an address exposes: the sum of the series of a metric, as a metric of ours.
type ScrapeMetric struct {
	Metric string            `json:"metric"`           // as it is exposed
	Labels map[string]string `json:"labels,omitempty"` // that its series have, exactly
	As     string            `json:"as"`               // the metric of the sample, as in db.active_connections
	Factor *float64          `json:"factor,omitempty"` // what the sum is multiplied by; null: 1
	Rate   bool              `json:"rate,omitempty"`   // the sum grows for ever, and the sample is by how much a second
}

// Times is the factor.
func (m *ScrapeMetric) Times() float64 {
	if m.Factor == nil {
		return 1
	}
	return *m.Factor
}

var (
	scrapeName   = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	exposedName  = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)
	sampleMetric = regexp.MustCompile(`^[a-z][a-z0-9_.]{0,99}$`)
)

// checkScrapes says what is wrong with what is scraped. Whether an address may be reached is not known here.
func (s *Settings) checkScrapes(c *checker) {
	c.require(len(s.Scrapes) <= scrapesMax, "scrapes", "at most %d", scrapesMax)
	names := map[string]bool{}
	for i := range s.Scrapes {
		one, at := &s.Scrapes[i], fmt.Sprintf("scrapes[%d].", i)
		c.require(printable(one.Name, 1, scrapeNameRunesMax) && scrapeName.MatchString(one.Name), at+"name",
			"must be 1 to %d characters of A-Z a-z 0-9 . _ -", scrapeNameRunesMax)
		c.require(!names[one.Name], at+"name", "is used twice")
		names[one.Name] = true
		u, err := url.Parse(one.URL)
		c.require(err == nil && u.User == nil, at+"url", "must be a URL without user and password, which would be shown")
		c.require(one.IntervalSeconds >= scrapeSecondsMin && one.IntervalSeconds <= scrapeSecondsMax, at+"intervalSeconds",
			"must be %d to %d", scrapeSecondsMin, scrapeSecondsMax)
		c.require(len(one.Metrics) >= 1 && len(one.Metrics) <= scrapeMetricsMax, at+"metrics", "1 to %d", scrapeMetricsMax)
		for k := range one.Metrics {
			one.Metrics[k].check(c, fmt.Sprintf("%smetrics[%d].", at, k))
		}
	}
}

func (m *ScrapeMetric) check(c *checker, at string) {
	c.require(printable(m.Metric, 1, textRunesMax) && exposedName.MatchString(m.Metric), at+"metric", "must be the name of a metric of Prometheus")
	c.require(sampleMetric.MatchString(m.As), at+"as", "must be 1 to 100 characters of a-z 0-9 _ . and begin with a letter")
	c.require(!math.IsInf(m.Times(), 0) && !math.IsNaN(m.Times()), at+"factor", "must be a number")
	c.require(len(m.Labels) <= scrapeLabelsMax, at+"labels", "at most %d", scrapeLabelsMax)
	for name, value := range m.Labels {
		c.require(printable(name, 1, textRunesMax) && printable(value, 0, textRunesMax), at+"labels", "names and values of at most %d characters", textRunesMax)
	}
}
