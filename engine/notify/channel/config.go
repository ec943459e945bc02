// Package channel knows the channels of notifications: what their configurations may hold, which parts of these are secret, and how a message
// is sent through each.
package channel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"flowwatch/engine/alert"
	"flowwatch/engine/fault"
	"flowwatch/engine/notify"
)

// Limits of configurations.
const (
	mailAddressesMax = 20
	phonesMax        = 5
	inboxesMax       = 100
	addressBytesMax  = 254
	urlBytesMax      = 2048
	secretRunesMax   = 255
	idBytesMax       = 128
	configBytesMax   = 32 << 10
)

// slackHost is where Slack takes messages for its incoming webhooks.
const slackHost = "hooks.slack.com"

// Everybody is the address of an in_app channel that names nobody: all who may see the record.
const Everybody = "all"

// roles of people; see package access.
var roles = []string{"viewer", "accountant", "workflow_admin", "org_admin", "auditor"}

// config is what any channel's configuration may hold. Unknown members are ignored.
type config struct {
	To         []string `json:"to"`
	Cc         []string `json:"cc"`
	Encoding   string   `json:"encoding"`
	WebhookURL string   `json:"webhookUrl"`
	Channel    string   `json:"channel"`
	URL        string   `json:"url"`
	Secret     string   `json:"secret"`
	SecretRef  string   `json:"secretRef"`
	UserIDs    []string `json:"userIds"`
	Roles      []string `json:"roles"`
}

// parser collects targets and mistakes.
type parser struct {
	config
	allow   *Allow
	targets []notify.Target
	fields  []fault.Field
	seen    map[string]bool
}

func (p *parser) wrong(location, format string, args ...any) {
	p.fields = append(p.fields, fault.Field{Location: location, Message: fmt.Sprintf(format, args...)})
}

// add keeps a target once.
func (p *parser) add(t notify.Target) {
	if key := strings.ToLower(t.Address); !p.seen[key] {
		p.seen[key] = true
		p.targets = append(p.targets, t)
	}
}

// ParseTargets returns a target for each address of a channel, or what is wrong with it; locations are relative to the channel: "type",
// "config.to[1]". It takes a configuration as somebody wrote it, and as Split stored it. Webhooks to inner addresses are refused unless allowed;
// for names that only resolve to one there is Lookup, and the guard when it is sent.
func ParseTargets(c alert.Channel, allow *Allow) ([]notify.Target, []fault.Field) {
	p := &parser{allow: allow, seen: map[string]bool{}}
	raw := c.Config
	if len(raw) == 0 || string(raw) == "null" {
		raw = json.RawMessage("{}")
	}
	if len(raw) > configBytesMax {
		p.wrong("config", "at most %d bytes", configBytesMax)
		return nil, p.fields
	}
	if err := json.Unmarshal(raw, &p.config); err != nil {
		p.wrong("config"+wrongMember(err), "is of the wrong type")
		return nil, p.fields
	}
	switch notify.Type(c.Type) {
	case notify.Email:
		p.email()
	case notify.Slack:
		p.slack()
	case notify.SMS:
		p.sms()
	case notify.Webhook:
		p.webhook()
	case notify.InApp:
		p.inApp()
	default:
		p.wrong("type", "must be email, slack, sms, webhook or in_app")
	}
	if len(p.fields) > 0 {
		return nil, p.fields
	}
	return p.targets, nil
}

func wrongMember(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return "." + wrong.Field
	}
	return ""
}

func (p *parser) email() {
	if len(p.To) == 0 || len(p.To)+len(p.Cc) > mailAddressesMax {
		p.wrong("config.to", "1 to %d addresses, cc included", mailAddressesMax)
		return
	}
	cc := make([]string, 0, len(p.Cc))
	for i, s := range p.Cc {
		address, ok := mailbox(s)
		if !ok {
			p.wrong(fmt.Sprintf("config.cc[%d]", i), "must be an e-mail address")
		}
		cc = append(cc, address)
	}
	for i, s := range p.To {
		address, ok := mailbox(s)
		if !ok {
			p.wrong(fmt.Sprintf("config.to[%d]", i), "must be an e-mail address")
			continue
		}
		t := notify.Target{Type: notify.Email, Address: address}
		if len(p.targets) == 0 && len(cc) > 0 {
			t.Options.Cc = cc // with the first alone: each copy is sent once
		}
		p.add(t)
	}
}

// mailbox is the bare address of s. Only ASCII: few servers take more (RFC 6531).
func mailbox(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if len(s) > addressBytesMax || strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsControl(r) }) {
		return "", false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s {
		return "", false
	}
	at := strings.LastIndexByte(s, '@')
	local, domain := s[:at], s[at+1:]
	return local + "@" + strings.ToLower(domain), len(local) <= 64 && hostName(domain) && !strings.ContainsAny(local, `" `)
}

func (p *parser) sms() {
	if len(p.To) == 0 || len(p.To) > phonesMax {
		p.wrong("config.to", "1 to %d numbers", phonesMax)
		return
	}
	if p.Encoding != "" && p.Encoding != "gsm7" && p.Encoding != "ucs2" {
		p.wrong("config.encoding", "must be gsm7 or ucs2")
	}
	for i, s := range p.To {
		number, ok := phone(s)
		if !ok {
			p.wrong(fmt.Sprintf("config.to[%d]", i), "must be a number with its country, such as +48600100200 (E.164)")
			continue
		}
		p.add(notify.Target{Type: notify.SMS, Address: number, Options: notify.Delivering{Encoding: p.Encoding}})
	}
}

// phone is s as E.164: people write spaces and hyphens.
func phone(s string) (string, bool) {
	s = strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(s)
	digits, plus := strings.CutPrefix(s, "+")
	if !plus || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	return s, true
}

func (p *parser) slack() {
	t := notify.Target{Type: notify.Slack, Options: notify.Delivering{SecretRef: p.SecretRef, Channel: p.Channel}}
	if !printable(p.Channel, 0, secretRunesMax) {
		p.wrong("config.channel", "at most %d characters", secretRunesMax)
	}
	if mark, hidden := strings.CutPrefix(p.WebhookURL, Hidden); hidden && p.SecretRef != "" {
		t.Address = "https://" + slackHost + "/" + Hidden + mark
		p.add(t)
		return
	}
	if message := checkSlackURL(p.WebhookURL, p.allow); message != "" {
		p.wrong("config.webhookUrl", "%s", message)
		return
	}
	t.Address = "https://" + slackHost + "/" + Hidden + mark(p.WebhookURL)
	t.Secret = secrets{WebhookURL: p.WebhookURL}.seal()
	p.add(t)
}

// mark tells one webhook of Slack from another without telling the token: 64 bits of a hash of something that nobody can guess.
func mark(webhookURL string) string {
	sum := sha256.Sum256([]byte(webhookURL))
	return "#" + hex.EncodeToString(sum[:8])
}

func checkSlackURL(s string, allow *Allow) string {
	u, message := webURL(s)
	switch {
	case message != "":
		return message
	case allow.host(u.Hostname()) || allowedAddress(u.Hostname(), allow):
		return ""
	case u.Scheme != "https" || canonical(u.Hostname()) != slackHost || u.Port() != "" && u.Port() != "443" || u.User != nil:
		return "must begin with https://" + slackHost + "/"
	}
	return ""
}

func allowedAddress(host string, allow *Allow) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && allow.address(ip.Unmap())
}

func (p *parser) webhook() {
	if message := p.allow.CheckURL(p.URL); message != "" {
		p.wrong("config.url", "%s", message)
	}
	if p.Secret != "" && !printable(p.Secret, 1, secretRunesMax) {
		p.wrong("config.secret", "at most %d characters", secretRunesMax)
	}
	if len(p.fields) > 0 {
		return
	}
	stored, s := p.split(notify.Webhook) // of what Split stored nothing is left to take out
	t := notify.Target{Type: notify.Webhook, Address: stored.URL, Options: notify.Delivering{SecretRef: p.SecretRef}, Secret: s.seal()}
	if strings.Contains(stored.URL, Hidden) {
		// What is hidden may tell two apart.
		t.Address += "#" + p.SecretRef
	}
	p.add(t)
}

// webURL reads an address for POSTs, or says what is wrong with it.
func webURL(s string) (*url.URL, string) {
	u, err := url.Parse(s)
	switch {
	case err != nil || len(s) > urlBytesMax || !printable(s, 1, urlBytesMax) || strings.Contains(s, " "):
		return nil, fmt.Sprintf("must be a URL of at most %d bytes", urlBytesMax)
	case u.Scheme != "http" && u.Scheme != "https" || u.Opaque != "":
		return nil, "must begin with https:// or http://"
	case u.Fragment != "":
		return nil, "must have no fragment"
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err != nil && !hostName(host) {
		return nil, "must name a host, in ASCII"
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, "has a port that is none"
		}
	} else if strings.HasSuffix(u.Host, ":") {
		return nil, "has a port that is none"
	}
	return u, ""
}

func (p *parser) inApp() {
	if len(p.UserIDs)+len(p.Roles) > inboxesMax {
		p.wrong("config", "at most %d users and roles", inboxesMax)
		return
	}
	for i, id := range p.UserIDs {
		if id == "" || len(id) > idBytesMax || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > unicode.MaxASCII || r == 0x7f }) {
			p.wrong(fmt.Sprintf("config.userIds[%d]", i), "must be the id of a user")
			continue
		}
		p.add(notify.Target{Type: notify.InApp, Address: "user:" + id})
	}
	for i, role := range p.Roles {
		if !slices.Contains(roles, role) {
			p.wrong(fmt.Sprintf("config.roles[%d]", i), "must be one of %s", strings.Join(roles, ", "))
			continue
		}
		p.add(notify.Target{Type: notify.InApp, Address: "role:" + role})
	}
	if len(p.UserIDs)+len(p.Roles) == 0 {
		p.add(notify.Target{Type: notify.InApp, Address: Everybody})
	}
}

func printable(s string, least, most int) bool {
	n := utf8.RuneCountInString(s)
	return n >= least && n <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// Lookup resolves the hosts of webhooks and returns what is wrong with them: names that lead inside. It asks the network, at most 2 seconds a
// name; what nobody can resolve now is no mistake. A nil resolver is the system's.
func Lookup(ctx context.Context, c alert.Channel, allow *Allow, resolver *net.Resolver) []fault.Field {
	var x config
	if notify.Type(c.Type) != notify.Webhook || json.Unmarshal(c.Config, &x) != nil {
		return nil
	}
	u, message := webURL(x.URL)
	if message != "" || !allow.lookup(ctx, resolver, u.Hostname()) {
		return nil
	}
	return []fault.Field{{Location: "config.url", Message: "resolves to an address inside the network, which the administrator has not allowed (--webhook-allow)"}}
}
