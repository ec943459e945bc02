package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"flowwatch/api"
	"flowwatch/engine/alert"
	"flowwatch/engine/notify"
)

// mailbox is a mail server that takes everything.
type mailbox struct {
	mu    sync.Mutex // guards mails
	mails []string
}

// NewSession implements smtp.Backend.
func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return mailboxSession{m}, nil }

type mailboxSession struct{ box *mailbox }

func (mailboxSession) Mail(string, *smtp.MailOptions) error { return nil }
func (mailboxSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (mailboxSession) Reset()                               {}
func (mailboxSession) Logout() error                        { return nil }

func (s mailboxSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.mails = append(s.box.mails, string(text))
	return err
}

func (m *mailbox) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.mails)
}

func newMailbox(t *testing.T) (box *mailbox, address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	box = &mailbox{}
	server := smtp.NewServer(box)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return box, listener.Addr().String()
}

// AC6.1, AC6.2b: the demo has a rule of each type, and each of them reaches a mail server. What the office does by chance is helped along.
func TestEachRuleOfTheDemoReachesAMailServer(t *testing.T) {
	t.Parallel()
	box, address := newMailbox(t)
	data := empty(t)
	token := tokenFor(t, data, "default", "workflow_admin,integration")
	demo := begin(t, "demo", "--data", data, "--listen", "127.0.0.1:0", "--mail", address)
	client, err := newClient(demo.url, token, nil, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, client.post(t.Context(), "/api/ingest/events", trouble(time.Now()), nil))

	var told []alert.Type
	require.Eventually(t, func() bool {
		var page api.AlertPage
		read(t, demo.url, token, "/api/monitoring/alert-history?limit=100", &page)
		told = nil
		for i := range page.Items {
			for _, d := range page.Items[i].Deliveries {
				if page.Items[i].Builtin == "" && d.Channel == notify.Email && d.Status == notify.Delivered && !slices.Contains(told, page.Items[i].AlertType) {
					told = append(told, page.Items[i].AlertType)
				}
			}
		}
		return len(told) == len(alert.Types())
	}, 60*time.Second, 100*time.Millisecond, "%v", &told)
	require.GreaterOrEqual(t, box.count(), len(alert.Types()), "messages of different types are not put together")
	demo.stop(t)
	flowwatch(t, "check", "--data", data).requireDone(t)
	flowwatch(t, "demo", "--mail", "nowhere").requireLine(t, 2, "--mail")
}

// trouble are events that meet each rule of the demo.
func trouble(now time.Time) []map[string]any {
	var all []map[string]any
	add := func(kind, workflow, id string, ago time.Duration, more map[string]any) {
		e := map[string]any{"type": kind, "workflowId": workflow, "executionId": "trouble-" + id, "timestamp": now.Add(-ago).UTC().Format(time.RFC3339Nano)}
		for name, v := range more {
			e[name] = v
		}
		all = append(all, e)
	}
	add("execution.failed", "tax-filing", "tax", 0, map[string]any{"error": "brak podpisu"})
	for i := range 30 {
		add("execution.failed", "invoice-processing", fmt.Sprint("invoice-", i), 0, nil)
	}
	for i := range 3 {
		add("execution.failed", "jpk-generation", fmt.Sprint("jpk-", i), -time.Duration(i)*time.Millisecond, nil)
	}
	add("execution.started", "invoice-processing", "slow", 2*time.Minute, nil)
	add("execution.started", "month-end-closing", "hangs", 5*time.Minute, nil)
	for i := range 5 {
		add("execution.queued", "payroll", fmt.Sprint("queued-", i), time.Second, nil)
	}
	add("execution.started", "payment-processing", "retried", time.Second, nil)
	step := map[string]any{"stepId": "wysylka", "stepName": "Wysyłka do banku", "attempt": 2}
	add("step.started", "payment-processing", "retried", time.Second, step)
	add("execution.progress", "payment-processing", "retried", 0, map[string]any{"progress": 50})
	return all
}
