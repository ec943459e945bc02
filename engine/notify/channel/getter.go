package channel

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"

	"flowwatch/engine/mask"
	"flowwatch/engine/notify"
)

const errInside = "is an address inside the network, which the administrator has not allowed (--webhook-allow)"

// CheckURL says what is wrong with an address that the appliance is to reach for an organisation, "" when nothing is.
func (a *Allow) CheckURL(address string) string {
	u, message := webURL(address)
	if message == "" && a.refusesName(u.Hostname()) {
		message = errInside
	}
	return message
}

// Getter reads documents from where webhooks may be sent to, and from nowhere else. It is safe for concurrent use.
type Getter struct{ client *http.Client }

// NewGetter returns a getter. It needs no closing.
func NewGetter(allow *Allow) *Getter { return &Getter{newPoster(Options{}, allow.guard(nil)).client} }

// Get reads a document of at most bytesMax bytes, for as long as ctx allows. An error's text may be shown; the address is no part of it.
func (g *Getter) Get(ctx context.Context, address, accept string, bytesMax int) ([]byte, error) {
	var reached atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { reached.Store(true) }})
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, fail(notify.Misconfigured, "the address is no URL", nil)
	}
	request.Header.Set("Accept", accept)
	request.Header.Set("User-Agent", "Flowwatch")
	response, err := g.client.Do(request)
	if err != nil {
		return nil, unanswered(ctx, err, reached.Load())
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(response.Body, answerBytesMax)) // it only explains
		return nil, (&answer{status: response.StatusCode, header: response.Header, body: mask.Preview(string(said))}).failure()
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, int64(bytesMax)+1))
	switch {
	case err != nil:
		return nil, unanswered(ctx, err, true)
	case len(body) > bytesMax:
		return nil, fail(notify.Permanent, fmt.Sprintf("the answer is larger than %d bytes", bytesMax), nil)
	}
	return body, nil
}
