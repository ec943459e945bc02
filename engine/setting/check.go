package setting

import (
	"fmt"
	"math"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"flowwatch/engine/fault"
)

// Limits of values.
const (
	daysMax           = 7300
	stepDataDaysMax   = 90
	executionsDaysMin = 8 // a week and a day, which trends compare
	queueDepthMax     = 1_000_000
	textRunesMax      = 255
	reasonRunesMin    = 3
	reasonRunesMax    = 500
	maskKeysMax       = 200
	maskKeyRunesMax   = 100
	workflowsMax      = 1000
	idBytesMax        = 128
	escalationsMax    = 10
	afterMinutesMax   = 10_080
	channelsMax       = 20
	portMax           = 65535
	headersMax        = 10
	bodyBytesMax      = 4096
	muteWindowsMax    = 20
	recipientsMax     = 20
)

// checker collects what is wrong.
type checker struct{ fields []fault.Field }

func (c *checker) require(ok bool, location, format string, args ...any) {
	if !ok {
		c.fields = append(c.fields, fault.Field{Location: "body." + location, Message: fmt.Sprintf(format, args...)})
	}
}

// Check says what is not acceptable. It completes until of full.
func (s *Settings) check(now time.Time) []fault.Field {
	c := new(checker)
	s.Thresholds.check(c)
	s.Retention.check(c)
	s.Capture.check(c, now)
	c.require(len(s.Masking.Keys) <= maskKeysMax, "masking.keys", "at most %d", maskKeysMax)
	for i, key := range s.Masking.Keys {
		c.require(printable(key, 1, maskKeyRunesMax) && strings.ContainsFunc(key, unicode.IsLetter), fmt.Sprintf("masking.keys[%d]", i),
			"1 to %d characters, with a letter", maskKeyRunesMax)
	}
	if s.SMTP != nil {
		s.SMTP.check(c)
	}
	if s.SMS != nil {
		s.SMS.check(c)
	}
	c.require(len(s.Escalation) <= escalationsMax, "escalation", "at most %d", escalationsMax)
	for i, e := range s.Escalation {
		at := fmt.Sprintf("escalation[%d].", i)
		c.require(e.AfterMinutes >= 1 && e.AfterMinutes <= afterMinutesMax, at+"afterMinutes", "must be 1 to %d", afterMinutesMax)
		c.require(len(e.Channels) >= 1 && len(e.Channels) <= channelsMax, at+"channels", "1 to %d", channelsMax)
		for j, channel := range e.Channels {
			c.require(channel.Type != "" || printable(channel.Text, 1, textRunesMax), fmt.Sprintf("%schannels[%d]", at, j), "1 to %d characters", textRunesMax)
		}
		if e.WorkingHours != nil {
			_, _, ok := e.WorkingHours.minutes()
			c.require(ok, at+"workingHours", "must be from and to as in 07:00 and 17:00, from before to")
		}
	}
	s.checkTimes(c)
	s.checkScrapes(c)
	c.require(s.PublicURL == "" || webAddress(s.PublicURL), "publicUrl", "must be an http or https URL without user, query and fragment")
	return c.fields
}

// checkTimes says what is wrong with mute windows and the morning's report. It completes the zones.
func (s *Settings) checkTimes(c *checker) {
	c.require(len(s.MuteWindows) <= muteWindowsMax, "muteWindows", "at most %d", muteWindowsMax)
	for i := range s.MuteWindows {
		if err := s.MuteWindows[i].Check(); err != nil {
			for _, f := range err.Fields {
				c.require(false, fmt.Sprintf("muteWindows[%d].%s", i, strings.TrimPrefix(f.Location, "body.")), "%s", f.Message)
			}
		}
	}
	c.require(len(s.MorningReport.Recipients) <= recipientsMax, "morningReport.recipients", "at most %d", recipientsMax)
	for i, to := range s.MorningReport.Recipients {
		a, err := mail.ParseAddress(to)
		c.require(err == nil && a.Address == to && printable(to, 1, textRunesMax) && !strings.ContainsFunc(to, func(r rune) bool { return r > unicode.MaxASCII }),
			fmt.Sprintf("morningReport.recipients[%d]", i), "must be an e-mail address")
	}
}

func (t *Thresholds) check(c *checker) {
	percent := func(v float64, name string) {
		c.require(v > 0 && v <= 100 && !math.IsNaN(v), "thresholds."+name, "must be above 0 and at most 100")
	}
	percent(t.CPUWarnPercent, "cpuWarnPercent")
	percent(t.MemWarnPercent, "memWarnPercent")
	percent(t.DiskWarnPercent, "diskWarnPercent")
	c.require(t.QueueWarnDepth >= 1 && t.QueueWarnDepth <= queueDepthMax, "thresholds.queueWarnDepth", "must be 1 to %d", queueDepthMax)
}

func (r *Retention) check(c *checker) {
	days := func(v, least, most int, name string) {
		c.require(v >= least && v <= most, "retention."+name, "must be %d to %d days", least, most)
	}
	days(r.StepDataDays, 1, stepDataDaysMax, "stepDataDays")
	days(r.RawMetricsDays, 1, daysMax, "rawMetricsDays")
	days(r.ExecutionsDays, executionsDaysMin, daysMax, "executionsDays")
	days(r.AlertHistoryDays, 1, daysMax, "alertHistoryDays")
	days(r.AuditDays, 1, daysMax, "auditDays")
}

func (x *Capture) check(c *checker, now time.Time) {
	x.Rule.check(c, "capture.", now)
	c.require(len(x.Workflows) <= workflowsMax, "capture.workflows", "at most %d", workflowsMax)
	for id, r := range x.Workflows {
		c.require(ValidID(id), "capture.workflows", "names an id that is none")
		r.check(c, "capture.workflows."+id+".", now)
		x.Workflows[id] = r
	}
}

// check also gives full its end. An end in the past stays: what is over does not forbid other changes.
func (r *Rule) check(c *checker, at string, now time.Time) {
	c.require(slices.Contains(modes, r.StepData), at+"stepData", "must be off, sizes, masked or full")
	if r.StepData != Full {
		r.Until, r.Reason = nil, ""
		return
	}
	c.require(printable(strings.TrimSpace(r.Reason), reasonRunesMin, reasonRunesMax), at+"reason", "full needs a reason of %d to %d characters",
		reasonRunesMin, reasonRunesMax)
	if end := now.Add(FullMax).UTC().Truncate(time.Millisecond); r.Until == nil {
		r.Until = &end
	}
	c.require(!r.Until.After(now.Add(FullMax)), at+"until", "at most 7 days ahead")
}

func (m *SMTP) check(c *checker) {
	_, ipErr := netip.ParseAddr(m.Host)
	c.require(ipErr == nil || hostName(m.Host), "smtp.host", "must be the name or address of a host")
	c.require(m.Port >= 1 && m.Port <= portMax, "smtp.port", "must be 1 to %d", portMax)
	_, err := mail.ParseAddress(m.From)
	c.require(err == nil && printable(m.From, 1, textRunesMax), "smtp.from", "must be an e-mail address")
	c.require(slices.Contains([]Security{"none", "starttls", "tls"}, m.Security), "smtp.security", "must be none, starttls or tls")
	c.require(printable(m.Username, 0, textRunesMax), "smtp.username", "at most %d characters", textRunesMax)
	c.require(printable(m.Password, 0, textRunesMax), "smtp.password", "at most %d characters", textRunesMax)
	c.require(m.Security != "none" || m.Password == "", "smtp.security", "a password needs starttls or tls")
}

func (m *SMS) check(c *checker) {
	c.require(webAddress(m.URL), "sms.url", "must be an http or https URL without user, query and fragment")
	c.require(printable(m.Sender, 0, textRunesMax), "sms.sender", "at most %d characters", textRunesMax)
	c.require(printable(m.APIKey, 0, textRunesMax), "sms.apiKey", "at most %d characters", textRunesMax)
	c.require(slices.Contains([]string{"", "smsapi", "lan"}, m.Preset), "sms.preset", "must be smsapi or lan")
	c.require(slices.Contains([]string{"", "GET", "POST"}, m.Method), "sms.method", "must be GET or POST")
	c.require(len(m.Headers) <= headersMax, "sms.headers", "at most %d", headersMax)
	for name, value := range m.Headers {
		c.require(headerName(name), "sms.headers", "must be names of HTTP headers, other than those of the connection")
		c.require(printable(value, 0, textRunesMax), "sms.headers."+name, "at most %d characters", textRunesMax)
		c.require(!secretHeader.MatchString(name) || strings.Contains(value, "{key}"), "sms.headers."+name,
			"must name the key as {key}: what stands here is shown, the apiKey is not")
	}
	c.require(utf8.ValidString(m.Body) && len(m.Body) <= bodyBytesMax, "sms.body", "at most %d bytes", bodyBytesMax)
	c.require(m.Body == "" || strings.Contains(m.Body, "{text}") && (strings.Contains(m.Body, "{to}") || strings.Contains(m.Body, "{digits}")),
		"sms.body", "must hold {text}, and {to} or {digits}")
	_, err := regexp.Compile(m.Success)
	c.require(err == nil && printable(m.Success, 0, textRunesMax), "sms.success", "must be a regular expression")
}

// secretHeader are the names of headers that hold what nobody may see.
var secretHeader = regexp.MustCompile(`(?i)auth|token|key|secret|password|cookie`)

func headerName(s string) bool {
	return s != "" && len(s) <= textRunesMax && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-_") == "" &&
		!slices.Contains([]string{"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"}, strings.ToLower(s))
}

func hostName(s string) bool {
	if s == "" || len(s) > textRunesMax {
		return false
	}
	for label := range strings.SplitSeq(strings.TrimSuffix(s, "."), ".") {
		if label == "" || strings.ContainsFunc(label, func(r rune) bool {
			return r != '-' && r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
		}) {
			return false
		}
	}
	return true
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" &&
		printable(s, 1, textRunesMax)
}

// ValidID says whether s can be the id of a workflow.
func ValidID(s string) bool {
	return s != "" && len(s) <= idBytesMax && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("._:-", r) && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	})
}

func printable(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return n >= least && n <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// LoopbackWarning says that links would lead nowhere from another machine: "" when they don't.
func (s *Settings) LoopbackWarning() string {
	if s.PublicURL == "" {
		return "publicUrl is not set: links in messages use the address that the appliance listens at"
	}
	u, err := url.Parse(s.PublicURL)
	if err != nil {
		return "publicUrl is no URL"
	}
	address, err := netip.ParseAddr(u.Hostname())
	if strings.EqualFold(u.Hostname(), "localhost") || err == nil && (address.IsLoopback() || address.IsUnspecified()) {
		return "publicUrl is this machine's own address: links in messages lead nowhere from another machine"
	}
	return ""
}
