package channel

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"flowwatch/engine/notify"
)

// hooker posts to webhooks.
type hooker struct{ *poster }

// Send posts Message.JSON. Any 2xx is delivered; redirects are not followed.
func (h *hooker) Send(ctx context.Context, to notify.Target, m *notify.Message) error {
	s, address, err := whereTo(to)
	if err != nil {
		return err
	}
	now := strconv.FormatInt(time.Now().Unix(), 10)
	header := http.Header{"Content-Type": {cmp.Or(m.Media, "application/json")}, "Idempotency-Key": {headerText(m.Key)}, "X-Flowwatch-Timestamp": {now}}
	if s.Secret != "" {
		header.Set("X-Flowwatch-Signature", Signature(s.Secret, now, m.JSON))
	}
	a, err := h.send(ctx, http.MethodPost, address, header, m.JSON, false)
	switch {
	case err != nil:
		return err
	case a.good():
		return nil
	}
	return a.failure()
}

// Knock implements notify.Knocker.
func (h *hooker) Knock(ctx context.Context, to notify.Target) error {
	_, address, err := whereTo(to)
	if err != nil {
		return err
	}
	return h.knock(ctx, address)
}

// whereTo opens the target's secrets and says where it is.
func whereTo(to notify.Target) (s secrets, address string, err error) {
	s, err = openSecrets(to.Secret)
	if err != nil || s == (secrets{}) && to.Options.SecretRef != "" {
		return s, "", missing("the webhook's secret is not there")
	}
	address, _, _ = strings.Cut(to.Address, "#")
	if s.URL != "" {
		address = s.URL
	}
	if strings.Contains(address, Hidden) {
		return s, "", missing("the webhook's address is not there")
	}
	return s, address, nil
}

// Signature is the value of X-Flowwatch-Signature: "sha256=" and the HMAC-SHA256 of timestamp, ".", body by the secret, in hex.
func Signature(secret, timestamp string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(timestamp + "."))
	h.Write(body)
	return "sha256=" + hex.EncodeToString(h.Sum(nil))
}

// headerText is s as one line of printable ASCII; what cannot be is told by its hash, so that two stay two.
func headerText(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:])
	}
	return s
}
