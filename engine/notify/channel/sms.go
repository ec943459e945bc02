package channel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"flowwatch/engine/notify"
	"flowwatch/engine/notify/gsm7"
	"flowwatch/engine/setting"
)

// texter asks the organisation's gateway to send text messages.
type texter struct {
	*poster
	settings func() *setting.Settings
}

// gateway is how one is spoken to. The expressions are about a 2xx answer's body.
type gateway struct {
	method, body  string
	headers       map[string]string
	success       string // the message is taken; "": every 2xx says so
	misconfigured string // no message will be taken
	permanent     string // this message will not
}

// presets fill in what settings do not say.
var presets = map[string]gateway{
	// SMSAPI's sms.do. idx with check_idx makes it refuse a repetition with error 53, so that one counts as sent.
	"smsapi": {
		method:  http.MethodPost,
		headers: map[string]string{"Authorization": "Bearer {key}", "Content-Type": "application/x-www-form-urlencoded"},
		body:    "to={digits}&from={from}&message={text}&encoding=utf-8&format=json&idx={id}&check_idx=1",
		success: `"count"\s*:\s*[1-9]|"error"\s*:\s*53\b`, misconfigured: `"error"\s*:\s*(14|101|102|103|105|110|112|1000|1001)\b`, permanent: `"error"\s*:\s*(11|12|13|17|18|19|20|30|40|200|201)\b`,
	},
	// A GSM gateway of the office, in the form of version 2 of SMSEagle's API.
	"lan": {
		method:  http.MethodPost,
		headers: map[string]string{"access-token": "{key}", "Content-Type": "application/json"},
		body:    `{"to":["{to}"],"text":"{text}","encoding":"{charset}"}`,
	},
}

const defaultPreset = "smsapi"

// gatewayOf is how the gateway of settings is spoken to.
func gatewayOf(s *setting.SMS) gateway {
	name := s.Preset
	if name == "" {
		name = defaultPreset
	}
	g := presets[name]
	if s.Body != "" || s.Method != "" {
		// What somebody wrote stands for itself: headers and verdicts of a preset are about its own body.
		g = gateway{method: http.MethodPost, body: g.body, headers: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}
	}
	if s.Method != "" {
		g.method = s.Method
	}
	if s.Body != "" {
		g.body = s.Body
	}
	headers := http.Header{}
	for name, value := range g.headers {
		headers.Set(name, value)
	}
	for name, value := range s.Headers {
		headers.Set(name, value)
	}
	g.headers = map[string]string{}
	for name := range maps.Keys(headers) {
		g.headers[name] = headers.Get(name)
	}
	if s.Success != "" {
		g.success = s.Success
	}
	return g
}

// Send sends Message.SMS. In gsm7 what the alphabet lacks is said in plain letters.
func (x *texter) Send(ctx context.Context, to notify.Target, m *notify.Message) error {
	s := x.settings().SMS
	if s == nil {
		return misconfigured("no gateway of text messages is set")
	}
	number, ok := phone(to.Address)
	if !ok {
		return fail(notify.Permanent, "the number is none", nil)
	}
	g := gatewayOf(s)
	sum := sha256.Sum256([]byte(m.Key))
	values := map[string]string{
		"{to}": number, "{digits}": strings.TrimPrefix(number, "+"), "{text}": m.SMS, "{from}": s.Sender, "{key}": s.APIKey,
		"{id}": hex.EncodeToString(sum[:16]), "{encoding}": "ucs2", "{charset}": "unicode",
	}
	if to.Options.Encoding != "ucs2" {
		values["{text}"], values["{encoding}"], values["{charset}"] = gsm7.Plain(m.SMS), "gsm7", "standard"
	}
	head := http.Header{}
	for name, template := range g.headers {
		if strings.Contains(template, "{key}") && s.APIKey == "" {
			return missing("the key of the gateway is not there")
		}
		head.Set(name, headerText(fill(template, values, header)))
	}
	address, body := s.URL, fill(g.body, values, escaping(g.method, head.Get("Content-Type")))
	if g.method == http.MethodGet {
		head.Del("Content-Type")
		address, body = s.URL+"?"+body, ""
	}
	a, err := x.send(ctx, g.method, address, head, []byte(body), true)
	if err != nil {
		return err
	}
	return g.verdict(a)
}

// Knock implements notify.Knocker.
func (x *texter) Knock(ctx context.Context, _ notify.Target) error {
	s := x.settings().SMS
	if s == nil {
		return misconfigured("no gateway of text messages is set")
	}
	return x.knock(ctx, s.URL)
}

// verdict says what an answer means.
func (g *gateway) verdict(a *answer) error {
	if !a.good() {
		return a.failure()
	}
	says := func(pattern string) bool {
		if pattern == "" {
			return false
		}
		re, err := regexp.Compile(pattern)
		return err == nil && re.MatchString(a.body)
	}
	text := "the gateway says: " + a.body
	switch {
	case g.success == "" || says(g.success):
		return nil
	case says(g.misconfigured):
		return fail(notify.Misconfigured, text, nil)
	case says(g.permanent):
		return fail(notify.Permanent, text, nil)
	}
	return fail(notify.Temporary, text, nil)
}

// fill puts values into a template; values are not searched for further names.
func fill(template string, values map[string]string, escape func(string) string) string {
	pairs := make([]string, 0, 2*len(values))
	for name, value := range values {
		pairs = append(pairs, name, escape(value))
	}
	return strings.NewReplacer(pairs...).Replace(template)
}

// escaping is how values are written into a body.
func escaping(method, contentType string) func(string) string {
	switch {
	case method == http.MethodGet || strings.HasPrefix(contentType, "application/x-www-form-urlencoded"):
		return url.QueryEscape
	case strings.Contains(contentType, "json"):
		return func(s string) string {
			b, _ := json.Marshal(s) // a string is always JSON
			return string(b[1 : len(b)-1])
		}
	case strings.Contains(contentType, "xml"):
		return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;").Replace
	}
	return header
}
