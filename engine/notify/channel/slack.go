package channel

import (
	"context"
	"net/http"
	"strings"

	"flowwatch/engine/notify"
)

// slacker posts to incoming webhooks of Slack, or of what speaks like it and is allowed.
type slacker struct {
	*poster
	allow *Allow
}

// gone are what Slack says when a webhook will not work again before somebody makes a new one.
var gone = []string{"no_service", "no_service_id", "no_team", "team_disabled", "invalid_auth", "invalid_token", "token_revoked", "account_inactive",
	"action_prohibited", "channel_not_found", "channel_is_archived", "user_not_found", "posting_to_general_channel_denied"}

// Send posts Message.Slack.
func (s *slacker) Send(ctx context.Context, to notify.Target, m *notify.Message) error {
	address, err := s.whereTo(to)
	if err != nil {
		return err
	}
	a, err := s.send(ctx, http.MethodPost, address, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, m.Slack, false)
	switch {
	case err != nil:
		return err
	case a.good():
		return nil
	}
	said := strings.TrimSpace(a.body)
	if a.status == http.StatusNotFound || a.status == http.StatusGone {
		return misconfigured("Slack does not know the webhook: " + said)
	}
	for _, word := range gone {
		if a.status < 500 && said == word {
			return misconfigured("Slack refuses the webhook: " + said)
		}
	}
	return a.failure()
}

// Knock implements notify.Knocker.
func (s *slacker) Knock(ctx context.Context, to notify.Target) error {
	address, err := s.whereTo(to)
	if err != nil {
		return err
	}
	return s.knock(ctx, address)
}

func (s *slacker) whereTo(to notify.Target) (string, error) {
	secret, err := openSecrets(to.Secret)
	if err != nil || secret.WebhookURL == "" {
		return "", missing("the address of the Slack webhook is not there")
	}
	if message := checkSlackURL(secret.WebhookURL, s.allow); message != "" {
		return "", misconfigured("webhookUrl " + message)
	}
	return secret.WebhookURL, nil
}
