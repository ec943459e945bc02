package alert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"flowwatch/engine/fault"
)

// Limits of a rule.
const (
	nameRunesMin       = 3
	nameRunesMax       = 255
	conditionsMax      = 20
	channelsMax        = 20
	configBytesMax     = 16 << 10
	cooldownMin        = 5
	cooldownMax        = 1440
	cooldownDefault    = 15
	windowMax          = 1440
	consecutiveMax     = 100
	minSampleMax       = 1000
	metricBytesMax     = 128
	metaMetric         = "meta."
	metricErrorRate    = "errorRate"
	metricFailures     = "failures"
	metricWaitSeconds  = "waitSeconds"
	channelTypesListed = "email, slack, sms, webhook or in_app"
)

var (
	idForm     = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)
	seriesForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_:]*(\.[A-Za-z0-9_:]+)*$`)

	operators     = []string{opGreater, opGreaterOrEqual, opLess, opLessOrEqual, opEqual, opUnequal}
	channelTypes  = []string{"email", "slack", "sms", "webhook", "in_app"}
	customMetrics = []string{metricDuration, "progress", "stepCount", "failedSteps", "retryCount", metricWaitSeconds, "inputBytes", "outputBytes"}
	timeUnits     = []string{"", unitMs, unitSecond, unitMinute, unitHour}

	errInvalid = fault.New(fault.Invalid, "invalid_fields", "some fields are not acceptable")
)

// checker collects what is wrong.
type checker struct{ fields []fault.Field }

func (k *checker) require(ok bool, location, format string, args ...any) {
	if !ok {
		k.fields = append(k.fields, fault.Field{Location: "body." + location, Message: fmt.Sprintf(format, args...)})
	}
}

// oneOf requires one of the words.
func oneOf[S ~string](k *checker, location string, word S, words []S) {
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = string(w)
	}
	k.require(slices.Contains(words, word), location, "must be one of %s", strings.Join(names, ", "))
}

// count requires what was said to lie within 1 and high.
func (k *checker) count(n, high int, location string) {
	k.require(n >= 0 && n <= high, location, "must be an integer from 1 to %d", high)
}

// Normalise checks a rule as it came from a user and completes it: the name is trimmed, a cooldown of 0 becomes 15 minutes, an empty
// severity that of the type, a rate is in percent, and windows, counts and samples are what they default to. It says all that is wrong, in
// fields that begin with "body.". Done twice it changes nothing more. That the workflow exists, what channels are configured with and that
// the organisation has no such rule yet is for the caller to check.
func (r *Rule) Normalise() *fault.Error {
	k := &checker{}
	r.Name = strings.TrimSpace(r.Name)
	n := utf8.RuneCountInString(r.Name)
	k.require(n >= nameRunesMin && n <= nameRunesMax && utf8.ValidString(r.Name) && !strings.ContainsFunc(r.Name, unicode.IsControl), "alertName",
		"must be %d to %d characters", nameRunesMin, nameRunesMax)
	oneOf(k, "alertType", r.Type, types)
	k.require(r.WorkflowID == "" || idForm.MatchString(r.WorkflowID), "workflowId", "must be 1 to 128 characters of A-Z a-z 0-9 . _ : -")
	if r.CooldownMinutes == 0 {
		r.CooldownMinutes = cooldownDefault
	}
	k.require(r.CooldownMinutes >= cooldownMin && r.CooldownMinutes <= cooldownMax, "cooldownMinutes", "must be an integer from %d to %d",
		cooldownMin, cooldownMax)
	if r.Severity == "" {
		r.Severity = r.Type.DefaultSeverity()
	}
	oneOf(k, "severity", r.Severity, severities)
	r.checkChannels(k)
	r.checkConditions(k)
	return k.fault()
}

func (r *Rule) checkChannels(k *checker) {
	k.require(len(r.Channels) >= 1 || r.Builtin != "", "notificationChannels", "must name at least one channel")
	k.require(len(r.Channels) <= channelsMax, "notificationChannels", "at most %d", channelsMax)
	for i := range r.Channels[:min(len(r.Channels), channelsMax)] {
		c := &r.Channels[i]
		at := fmt.Sprintf("notificationChannels[%d].", i)
		k.require(slices.Contains(channelTypes, c.Type), at+"type", "must be "+channelTypesListed)
		if config := bytes.TrimSpace(c.Config); len(config) == 0 || string(config) == "null" {
			c.Config = json.RawMessage("{}")
		}
		k.require(bytes.HasPrefix(bytes.TrimSpace(c.Config), []byte("{")) && json.Valid(c.Config), at+"config", "must be a JSON object")
		k.require(len(c.Config) <= configBytesMax, at+"config", "at most %d bytes", configBytesMax)
	}
}

func (r *Rule) checkConditions(k *checker) {
	k.require(len(r.Conditions) >= 1 || !r.Type.needsConditions() || r.Builtin != "", "conditions", "must hold at least one condition")
	k.require(len(r.Conditions) <= conditionsMax, "conditions", "at most %d", conditionsMax)
	if len(r.Conditions) > conditionsMax {
		return
	}
	for i := range r.Conditions {
		c := &r.Conditions[i]
		at := fmt.Sprintf("conditions[%d].", i)
		k.count(c.TimeWindowMinutes, windowMax, at+"timeWindowMinutes")
		k.count(c.ConsecutiveCount, consecutiveMax, at+"consecutiveCount")
		k.count(c.MinSample, minSampleMax, at+"minSample")
		k.require(len(c.Metric) <= metricBytesMax, at+"metric", "at most %d characters", metricBytesMax)
		k.require(c.Operator == "" || slices.Contains(operators, c.Operator), at+"operator", "must be one of %s", strings.Join(operators, ", "))
		k.require(c.Threshold == nil || !math.IsNaN(*c.Threshold) && !math.IsInf(*c.Threshold, 0), at+"threshold", "must be a finite number")
		k.condition(r, c, at)
	}
}

// condition is what the type of the rule asks of it (B-15, B-26, B-27, B-28).
func (k *checker) condition(r *Rule, c *Condition, at string) {
	switch r.Type {
	case ExecutionFailed:
		k.unit(at, c.Unit == "")
	case ConsecutiveFailures:
		k.metric(c, at, metricFailures)
		k.unit(at, c.Unit == "")
		if c.ConsecutiveCount == 0 {
			c.ConsecutiveCount = consecutiveDefault
		}
	case HighErrorRate:
		k.rate(c, at)
	case SlowExecution, ExecutionTimeout:
		k.metric(c, at, metricDuration)
		k.unit(at, slices.Contains(timeUnits, c.Unit))
		k.require(c.Threshold != nil, at+"threshold", "is required")
		k.require(c.Threshold == nil || !(*c.Threshold < 0), at+"threshold", "must not be negative")
		if r.Type == ExecutionTimeout {
			k.require(c.Operator == "" || c.rises(), at+"operator", "must be gt or gte: a limit is exceeded")
		}
		c.Operator = c.operator()
	case QueueBacklog:
		k.metric(c, at, metricPending, metricOldestAge)
		k.unit(at, c.Unit == "" || c.Unit == unitSecond && c.Metric == metricOldestAge)
		k.require(c.Threshold != nil, at+"threshold", "is required")
		k.require(c.Threshold == nil || !(*c.Threshold < 0), at+"threshold", "must not be negative")
		c.Operator = c.operator()
	case ResourceThreshold:
		_, short := resourceMetrics[c.Metric]
		k.require(short || strings.Contains(c.Metric, ".") && seriesForm.MatchString(c.Metric), at+"metric",
			"must be cpu, memory, db_connections, queue_depth, disk or the full name of a series")
		k.unit(at, c.Unit == "" || c.Unit == unitPercent && percentage(c.Metric))
		k.require(c.Threshold != nil, at+"threshold", "is required")
		c.Operator = c.operator()
	case Custom:
		k.custom(r, c, at)
	}
}

func (k *checker) custom(r *Rule, c *Condition, at string) {
	if r.Builtin != "" {
		return
	}
	key, meta := strings.CutPrefix(c.Metric, metaMetric)
	k.require(slices.Contains(customMetrics, c.Metric) || meta && key != "" && !strings.ContainsFunc(key, unicode.IsControl), at+"metric",
		"must be one of %s or meta.<key>", strings.Join(customMetrics, ", "))
	timed := c.Metric == metricDuration || c.Metric == metricWaitSeconds
	k.unit(at, c.Unit == "" || timed && slices.Contains(timeUnits, c.Unit))
	k.require(c.Operator != "", at+"operator", "is required")
	k.require(c.Threshold != nil, at+"threshold", "is required")
}

func (k *checker) rate(c *Condition, at string) {
	k.metric(c, at, metricErrorRate)
	share := c.ratePercent()
	known := c.Unit == "" || c.Unit == unitPercent || c.Unit == unitRatio
	k.unit(at, known)
	k.require(!known || math.IsNaN(share) || share >= 0 && share <= 100, at+"threshold", "must be from 0 to 100 percent, or 0 to 1 as a ratio")
	if known {
		c.Threshold, c.Unit = &share, unitPercent
	}
	c.Operator, c.TimeWindowMinutes, c.MinSample = c.operator(), c.windowOrWrong(), c.sampleOrWrong()
}

// windowOrWrong leaves what is wrong as it is, so that it is still wrong when it is checked again.
func (c *Condition) windowOrWrong() int {
	if c.TimeWindowMinutes == 0 {
		return windowDefault
	}
	return c.TimeWindowMinutes
}

func (c *Condition) sampleOrWrong() int {
	if c.MinSample == 0 {
		return minSampleDefault
	}
	return c.MinSample
}

// metric requires one of the names; the first is also meant where none is said.
func (k *checker) metric(c *Condition, at string, names ...string) {
	if c.Metric == "" {
		c.Metric = names[0]
	}
	oneOf(k, at+"metric", c.Metric, names)
}

func (k *checker) unit(at string, ok bool) {
	k.require(ok, at+"unit", "is no unit of this metric")
}

// Same reports whether both rules are identical (B-98): all that a user says of them but isActive. Both are normalised.
func (r *Rule) Same(o *Rule) bool {
	return r.WorkflowID == o.WorkflowID && r.Type == o.Type && r.Builtin == o.Builtin && r.Name == o.Name && r.Severity == o.Severity &&
		r.CooldownMinutes == o.CooldownMinutes && reflect.DeepEqual(sorted(r.Conditions), sorted(o.Conditions)) &&
		slices.EqualFunc(r.Channels, o.Channels, sameChannel)
}

func sorted(list []Condition) []string {
	texts := make([]string, len(list))
	for i := range list {
		b, err := json.Marshal(&list[i])
		if err != nil { // a number that is none: equal to nothing
			b = fmt.Appendf(nil, "%p", &list[i])
		}
		texts[i] = string(b)
	}
	slices.Sort(texts)
	return texts
}

func sameChannel(a, b Channel) bool {
	var x, y any
	return a.Type == b.Type && json.Unmarshal(a.Config, &x) == nil && json.Unmarshal(b.Config, &y) == nil && reflect.DeepEqual(x, y)
}
