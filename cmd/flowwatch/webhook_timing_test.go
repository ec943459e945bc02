package main_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// measureWebhooks compares ingestion of a server that tells a webhook of everything with that of one that tells nobody, in turns: while nobody answers, and
// while the receiver takes what it can.
func measureWebhooks(t *testing.T, binary string, table *figures) {
	const rounds = 10
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	var pair pairOfServers
	for i, name := range []string{"telling", "silent"} {
		pair[i].child = newChild(t, binary, filepath.Join(benchDir(t), name), "--webhook-allow", "127.0.0.1")
		pair[i].tokens = []string{pair[i].createToken(t, "office", "integration,viewer,org_admin")}
		pair[i].start(t)
	}
	status, _, answer, err := pair[0].do(http.MethodPost, "/api/admin/webhooks", pair[0].tokens[0],
		[]byte(fmt.Sprintf(`{"name":"ERP","url":"http://%s/","events":["*"],"batch":true}`, address)))
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status, "%s", answer)
	waiting := pair.compare(t, rounds)
	listener, err = net.Listen("tcp", address)
	require.NoError(t, err)
	var received, bytes atomic.Int64
	receiver := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		received.Add(1)
		bytes.Add(n)
	})}
	go func() { _ = receiver.Serve(listener) }()
	defer receiver.Close()
	telling := pair.compare(t, rounds)
	for _, s := range pair {
		s.stop(t)
		s.check(t)
	}
	table.add(figure{
		name: "ingest beside a webhook that nobody answers, of that without", value: waiting.share, unit: percent, target: 95, atLeast: true, note: waiting.note,
	})
	table.add(figure{
		name: "ingest beside a webhook that takes everything, of that without", value: telling.share, unit: percent, target: 90, atLeast: true,
		note: fmt.Sprintf("%d requests of %.1f MiB received meanwhile; %s", received.Load(), mib(bytes.Load()), telling.note),
	})
}
