package channel

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"flowwatch/engine/alert"
	"flowwatch/engine/fault"
	"flowwatch/engine/notify"
	"flowwatch/engine/setting"
)

// Hidden stands for what is secret, in what is stored and shown; in a change it keeps what is there.
const Hidden = setting.Hidden

// secrets are the secret members of a configuration: what the vault keeps, as JSON, under the configuration's secretRef, and what
// notify.Target.Secret holds.
type secrets struct {
	Secret     string `json:"secret,omitempty"`     // webhook: of the signature
	URL        string `json:"url,omitempty"`        // webhook: in full, when it carries credentials
	WebhookURL string `json:"webhookUrl,omitempty"` // slack
}

func (s secrets) seal() string {
	if s == (secrets{}) {
		return ""
	}
	b, _ := json.Marshal(s) // a struct of strings is always JSON
	return string(b)
}

func openSecrets(sealed string) (s secrets, err error) {
	if sealed == "" {
		return s, nil
	}
	if err := json.Unmarshal([]byte(sealed), &s); err != nil {
		return s, errors.New("the stored secret cannot be read")
	}
	return s, nil
}

// split takes the secrets out of c.
func (c config) split(t notify.Type) (config, secrets) {
	var s secrets
	switch t {
	case notify.Slack:
		if c.WebhookURL != "" && !strings.HasPrefix(c.WebhookURL, Hidden) {
			s.WebhookURL = c.WebhookURL
			c.WebhookURL = Hidden + mark(c.WebhookURL)
		}
	case notify.Webhook:
		if c.Secret != "" && c.Secret != Hidden {
			s.Secret, c.Secret = c.Secret, Hidden
		}
		if bare := withoutCredentials(c.URL); bare != c.URL {
			s.URL, c.URL = c.URL, bare
		}
	}
	return c, s
}

// hides says whether something secret was taken out of c before.
func (c config) hides() bool {
	return c.Secret == Hidden || strings.Contains(c.URL, Hidden) || strings.HasPrefix(c.WebhookURL, Hidden)
}

// withoutCredentials is a URL whose user and query are hidden: tokens stand in both.
func withoutCredentials(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.User == nil && u.RawQuery == "" {
		return s
	}
	if u.User != nil {
		u.User = url.User(Hidden)
	}
	if u.RawQuery != "" {
		u.RawQuery = Hidden
	}
	return strings.ReplaceAll(u.String(), url.QueryEscape(Hidden), Hidden)
}

// members reads a configuration as an object, of which unknown members are kept.
func members(raw json.RawMessage) (map[string]any, config, error) {
	object := map[string]any{}
	var c config
	if len(raw) == 0 || string(raw) == "null" {
		return object, c, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return nil, c, fmt.Errorf("configuration of a channel: %w", err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, c, fmt.Errorf("configuration of a channel: %w", err)
	}
	return object, c, nil
}

// with writes the members that may be secret back into the object.
func with(c alert.Channel, object map[string]any, x config) alert.Channel {
	for name, value := range map[string]string{"webhookUrl": x.WebhookURL, "url": x.URL, "secret": x.Secret, "secretRef": x.SecretRef} {
		if value == "" {
			delete(object, name)
		} else {
			object[name] = value
		}
	}
	c.Config, _ = json.Marshal(object) // it came from JSON
	return c
}

// Split returns a channel as it is stored and shown, and its secret, to be sealed under ref; ref is "" where nothing is secret. A secretRef that
// is there stays, so that messages on their way find the secret; where there is none, one is made at random.
func Split(c alert.Channel) (stored alert.Channel, ref, secret string, err error) {
	object, x, err := members(c.Config)
	if err != nil {
		return c, "", "", err
	}
	bare, s := x.split(notify.Type(c.Type))
	if s == (secrets{}) {
		if !bare.hides() {
			bare.SecretRef = ""
		}
		return with(c, object, bare), "", "", nil
	}
	if bare.SecretRef == "" {
		bare.SecretRef = rand.Text()
	}
	return with(c, object, bare), bare.SecretRef, s.seal(), nil
}

// Join is the opposite of Split: the channel with its secret in clear. It keeps the secretRef.
func Join(stored alert.Channel, secret string) (alert.Channel, error) {
	object, x, err := members(stored.Config)
	if err != nil {
		return stored, err
	}
	s, err := openSecrets(secret)
	if err != nil {
		return stored, err
	}
	for _, one := range []struct{ to, from *string }{{&x.Secret, &s.Secret}, {&x.URL, &s.URL}, {&x.WebhookURL, &s.WebhookURL}} {
		if *one.from != "" {
			*one.to = *one.from
		}
	}
	return with(stored, object, x), nil
}

// Ref is the name of a stored channel's secret; "": it has none.
func Ref(stored alert.Channel) string {
	_, x, err := members(stored.Config)
	if err != nil {
		return ""
	}
	return x.SecretRef
}

// Shown is a channel, stored or in clear, without anything secret. What cannot be read is shown empty.
func Shown(c alert.Channel) alert.Channel {
	object, x, err := members(c.Config)
	if err != nil {
		c.Config = json.RawMessage("{}")
		return c
	}
	bare, _ := x.split(notify.Type(c.Type))
	return with(c, object, bare)
}

// Keep returns the channels that somebody sent with what they left hidden filled in from the stored ones, each in clear, ready for ParseTargets
// and Split. What is hidden is found by its secretRef, else by the same type and address; a hidden part of a URL keeps its secret only while
// the rest of the URL is the same, so that credentials never go to another host. A secretRef that none of the stored has is dropped. secret
// opens the secret of a ref. Locations of mistakes are relative to the list: "[1].config.secret". For a new rule old is nil.
func Keep(next, old []alert.Channel, secret func(ref string) (string, bool)) ([]alert.Channel, []fault.Field) {
	out := make([]alert.Channel, 0, len(next))
	var fields []fault.Field
	used := map[string]bool{}
	for i, c := range next {
		object, x, err := members(c.Config)
		if err != nil {
			out = append(out, c) // ParseTargets says what is wrong
			continue
		}
		before, found := former(c.Type, x, old)
		if !found {
			x.SecretRef = ""
		}
		kept, wrong := x.keep(notify.Type(c.Type), before, secret)
		for _, f := range wrong {
			fields = append(fields, fault.Field{Location: fmt.Sprintf("[%d].config.%s", i, f.Location), Message: f.Message})
		}
		if kept.SecretRef = before.SecretRef; used[kept.SecretRef] {
			kept.SecretRef = ""
		}
		used[kept.SecretRef] = true
		out = append(out, with(c, object, kept))
	}
	return out, fields
}

// former is the stored configuration that x comes from.
func former(channelType string, x config, old []alert.Channel) (config, bool) {
	var same []config
	for _, c := range old {
		if _, stored, err := members(c.Config); err == nil && c.Type == channelType && stored.SecretRef != "" {
			same = append(same, stored)
		}
	}
	if i := slices.IndexFunc(same, func(s config) bool { return x.SecretRef != "" && s.SecretRef == x.SecretRef }); i >= 0 {
		return same[i], true
	}
	if x.SecretRef != "" {
		return config{}, false
	}
	address := func(c config) string { return c.URL + " " + c.WebhookURL }
	if i := slices.IndexFunc(same, func(s config) bool { return address(s) == address(x) }); i >= 0 {
		return same[i], true
	}
	if len(same) == 1 && x.WebhookURL == Hidden {
		return same[0], true
	}
	return config{}, false
}

// keep fills in what is hidden.
func (c config) keep(t notify.Type, before config, secret func(string) (string, bool)) (config, []fault.Field) {
	var fields []fault.Field
	var s secrets
	if before.SecretRef != "" {
		if sealed, ok := secret(before.SecretRef); ok {
			if opened, err := openSecrets(sealed); err == nil {
				s = opened
			}
		}
	}
	fill := func(name string, value *string, kept string, hidden bool) {
		switch {
		case !hidden:
		case kept == "":
			fields = append(fields, fault.Field{Location: name, Message: "hides a secret that is not there: send it in clear"})
		default:
			*value = kept
		}
	}
	switch t {
	case notify.Slack:
		same := c.WebhookURL == before.WebhookURL || c.WebhookURL == Hidden
		if !same {
			s.WebhookURL = ""
		}
		fill("webhookUrl", &c.WebhookURL, s.WebhookURL, strings.HasPrefix(c.WebhookURL, Hidden))
	case notify.Webhook:
		fill("secret", &c.Secret, s.Secret, c.Secret == Hidden)
		if c.URL != before.URL {
			s.URL = ""
		}
		fill("url", &c.URL, s.URL, strings.Contains(c.URL, Hidden))
	}
	return c, fields
}
