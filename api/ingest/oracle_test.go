package ingest

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"flowwatch/engine/execution"
)

// oracle is the specification of one event in the plainest code there is, on
// encoding/json. It returns "" or the codes with which the event may be
// refused: where several things are wrong, any of them will do.
type oracle struct {
	members map[string]json.RawMessage
	codes   []string
}

var (
	oracleID = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)
	// The standard library is more lenient than RFC 3339, with hours of one digit for instance.
	oracleTime    = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)
	oracleControl = func(running bool) func(rune) bool {
		return func(r rune) bool { return unicode.IsControl(r) && !(running && strings.ContainsRune("\t\n\r", r)) }
	}
)

func (o *oracle) bad(code string) { o.codes = append(o.codes, code) }

// read decodes a member into v; it reports false when there is none.
func (o *oracle) read(name string, v any, code string) bool {
	raw, ok := o.members[name]
	if !ok || string(raw) == "null" {
		return false
	}
	if json.Unmarshal(raw, v) != nil {
		o.bad(code)
		return false
	}
	return true
}

func (o *oracle) id(name string, required bool) (id string) {
	if !o.read(name, &id, CodeInvalidID) {
		if raw, ok := o.members[name]; required && (!ok || string(raw) == "null") {
			o.bad(CodeMissingField)
		}
		return ""
	}
	if !oracleID.MatchString(id) {
		o.bad(CodeInvalidID)
	}
	return id
}

func (o *oracle) name(name string) (s string) {
	if o.read(name, &s, CodeInvalidField) {
		o.checkName(s, 255)
	}
	return s
}

func (o *oracle) checkName(s string, limit int) {
	if utf8.RuneCountInString(s) > limit || strings.ContainsFunc(s, oracleControl(false)) {
		o.bad(CodeInvalidField)
	}
}

func (o *oracle) number(name string, limit float64) float64 {
	n := 0.0
	if !o.read(name, &n, CodeInvalidField) {
		return -1
	}
	if n < 0 || n > limit {
		o.bad(CodeInvalidField)
	}
	return math.Abs(n)
}

func (o *oracle) time(name string) (time.Time, bool) {
	var s string
	if !o.read(name, &s, CodeInvalidTimestamp) {
		return time.Time{}, false
	}
	var at time.Time
	if !oracleTime.MatchString(s) || at.UnmarshalText([]byte(s)) != nil || at.Unix() < 0 {
		o.bad(CodeInvalidTimestamp)
		return time.Time{}, false
	}
	return at, true
}

// event reads raw as the contract says. Without a code the event is complete
// but for its derived or random id.
func (o *oracle) event(raw []byte, now execution.Instant) (e execution.Event) {
	if len(raw) > EventBytesMax {
		o.bad(CodeTooLarge)
		return e
	}
	if !bytes.HasPrefix(raw, []byte("{")) || json.Unmarshal(raw, &o.members) != nil {
		o.bad(CodeMalformed)
		return e
	}
	if oracleDepth(raw) > depthMax {
		o.bad(CodeInvalidField)
		return e
	}
	var kind string
	var ok bool
	if o.read("type", &kind, CodeUnknownType) {
		if e.Type, ok = execution.ParseEventType(kind); !ok {
			o.bad(CodeUnknownType)
		}
	} else {
		o.bad(CodeMissingField)
	}
	if e.ExecutionID = o.id("executionId", true); e.ExecutionID == "active" {
		o.bad(CodeInvalidID)
	}
	e.WorkflowID, e.StepID = o.id("workflowId", true), o.id("stepId", e.Type.IsStep())
	e.ID, e.RetryOf = o.id("eventId", false), o.id("retryOf", false)
	o.times(&e, now)
	e.WorkflowName, e.WorkflowVersion = o.name("workflowName"), o.name("workflowVersion")
	e.StepName, e.ClientRef = o.name("stepName"), o.name("clientRef")
	switch original := o.name("priority"); {
	case original == "HIGH":
		e.Priority = execution.High
	case original == "NORMAL":
		e.Priority = execution.Normal
	case original == "LOW":
		e.Priority = execution.Low
	case strings.EqualFold(original, "critical"):
		e.Priority, e.EnginePriority = execution.High, original
	case original != "":
		e.Priority, e.EnginePriority = execution.Normal, original
	}
	o.measures(&e)
	o.read("timedOut", &e.TimedOut, CodeInvalidField)
	o.lists(&e)
	o.failure(&e)
	o.metadata(&e)
	for name, to := range map[string]*json.RawMessage{"input": &e.Input, "output": &e.Output} {
		if raw, ok := o.members[name]; ok && string(raw) != "null" {
			*to = raw
		}
	}
	e.HasInput, e.HasOutput = e.Input != nil, e.Output != nil
	return e
}

func (o *oracle) times(e *execution.Event, now execution.Instant) {
	e.ReceivedAt, e.Timestamp, e.Deadline = now, now, execution.NoInstant
	if at, ok := o.time("timestamp"); ok {
		if e.ClockSkewed = at.After(now.Time().Add(5 * time.Minute)); !e.ClockSkewed {
			e.Timestamp = execution.At(at)
		}
	}
	if at, ok := o.time("deadline"); ok {
		if at.UTC().Year() > 2261 {
			o.bad(CodeInvalidTimestamp)
		}
		e.Deadline = execution.At(at)
	}
}

func (o *oracle) measures(e *execution.Event) {
	e.DurationMs = int64(math.Round(o.number("durationMs", 1<<53)))
	e.InputBytes = int64(math.Round(o.number("inputSizeBytes", 1<<53)))
	e.OutputBytes = int64(math.Round(o.number("outputSizeBytes", 1<<53)))
	e.CPUPercent = o.number("cpuUsagePercent", math.Inf(1))
	e.MemoryMB = o.number("memoryUsageMb", math.Inf(1))
	e.Progress = int(math.Round(o.number("progress", 100)))
	if n := o.number("attempt", 1e6); n != -1 {
		if n < 1 || n != math.Trunc(n) {
			o.bad(CodeInvalidField)
		}
		e.Attempt = int(n)
	}
}

func (o *oracle) lists(e *execution.Event) {
	var tags []*string
	if o.read("tags", &tags, CodeInvalidField) && len(tags) > 32 {
		o.bad(CodeInvalidField)
	}
	for _, tag := range tags {
		if tag == nil || *tag == "" {
			o.bad(CodeInvalidField)
			return
		}
		o.checkName(*tag, 64)
		e.Tags = append(e.Tags, *tag)
	}
	var steps []map[string]json.RawMessage
	if !o.read("steps", &steps, CodeInvalidField) {
		return
	}
	e.Plan = []execution.PlanStep{}
	seen := map[string]bool{}
	for _, members := range steps {
		step := oracle{members: members}
		p := execution.PlanStep{StepID: step.id("stepId", true), Name: step.name("name")}
		if p.Name == "" {
			p.Name = p.StepID
		}
		var depends []*string
		step.read("dependsOn", &depends, CodeInvalidField)
		for _, id := range depends {
			if id == nil || !oracleID.MatchString(*id) {
				step.bad(CodeInvalidField)
				break
			}
			p.DependsOn = append(p.DependsOn, *id)
		}
		if len(step.codes) > 0 || seen[p.StepID] || len(steps) > StepsMax || len(depends) > StepsMax {
			o.bad(CodeInvalidField)
			return
		}
		seen[p.StepID] = true
		e.Plan = append(e.Plan, p)
	}
}

func (o *oracle) failure(e *execution.Event) {
	raw, ok := o.members["error"]
	if !ok || string(raw) == "null" {
		return
	}
	inside := oracle{}
	info := &execution.ErrorInfo{}
	if json.Unmarshal(raw, &info.Message) != nil {
		if json.Unmarshal(raw, &inside.members) != nil {
			o.bad(CodeInvalidField)
			return
		}
		info.Type, info.Message, info.Stack = inside.name("type"), inside.running("message"), inside.running("stack")
		if code := inside.members["code"]; len(code) > 0 && strings.ContainsRune("-0123456789", rune(code[0])) {
			info.Code = string(code)
			inside.checkName(info.Code, 255)
		} else {
			info.Code = inside.name("code")
		}
		if *info == (execution.ErrorInfo{}) {
			inside.bad(CodeInvalidField)
		}
	} else if strings.ContainsFunc(info.Message, oracleControl(true)) {
		o.bad(CodeInvalidField)
	}
	o.codes = append(o.codes, inside.codes...)
	info.Message, info.Stack = oracleCut(info.Message, errorBytesMax), oracleCut(info.Stack, stackBytesMax)
	e.Error = info
}

func (o *oracle) running(name string) (s string) {
	if o.read(name, &s, CodeInvalidField) && strings.ContainsFunc(s, oracleControl(true)) {
		o.bad(CodeInvalidField)
	}
	return s
}

func oracleCut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for s = s[:limit]; !utf8.ValidString(s); {
		s = s[:len(s)-1]
	}
	if word := oracleWord.FindString(s); len(word) < 64 {
		s = strings.TrimSuffix(s, word)
		s = strings.TrimSuffix(s, oracleNumber.FindString(s))
	}
	return s + "…"
}

var (
	oracleWord   = regexp.MustCompile(`[A-Za-z0-9@._%+\x{80}-\x{10FFFF}-]*$`)
	oracleNumber = regexp.MustCompile(`[0-9 +()-]{0,64}$`)
)

func (o *oracle) metadata(e *execution.Event) {
	var members []string
	raw, ok := o.members["metadata"]
	if !ok || string(raw) == "null" {
		return
	}
	tokens := json.NewDecoder(bytes.NewReader(raw))
	depth, isKey := 0, []bool{false}
	for {
		token, err := tokens.Token()
		if err != nil {
			break
		}
		switch t := token.(type) {
		case json.Delim:
			if t == '{' || t == '[' {
				depth++
				isKey = append(isKey, t == '{')
				continue
			}
			depth--
			isKey = isKey[:len(isKey)-1]
		case string:
			if strings.ContainsFunc(t, oracleControl(true)) {
				o.bad(CodeInvalidField)
			}
			if depth == 1 && isKey[len(isKey)-1] && oracleAtKey(raw, tokens.InputOffset()) {
				members = append(members, t)
			}
		}
	}
	if raw[0] != '{' || len(raw) > 32<<10 || len(members) > 200 {
		o.bad(CodeInvalidField)
	}
	e.Metadata = raw
}

// oracleAtKey reports whether the token that ends at offset is a member's name.
func oracleAtKey(raw []byte, offset int64) bool {
	rest := bytes.TrimLeft(raw[offset:], " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}

func oracleDepth(raw []byte) (deepest int) {
	tokens := json.NewDecoder(bytes.NewReader(raw))
	depth := 0
	for {
		token, err := tokens.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			deepest = max(deepest, depth)
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}
